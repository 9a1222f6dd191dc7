import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReportData } from '../../../src/report/index.ts';
import { buildReport, html, inlineJson, renderHtml, renderMarkdown } from '../../../src/report/index.ts';
import { exampleRun } from './example.ts';

const data = buildReport(exampleRun());

/** The same report with one string put in everywhere a person, a node or a program may have written one. */
function written(text: string): ReportData {
  return {
    ...data,
    cluster: text,
    by: text,
    because: text,
    things: data.things.map((thing) => ({
      ...thing,
      name: text,
      where: text,
      errors: [{ error: text, count: 1 }],
      charges: [{ step: text, seconds: thing.outage }],
      spans: thing.spans.map((span) => ({ ...span, steps: [text] })),
    })),
    phases: data.phases.map((phase) => ({ ...phase, title: text })),
    steps: data.steps.map((step) => ({ ...step, id: text, title: text, on: [text], because: text })),
    faults: data.faults.map((fault) => ({
      ...fault,
      message: text,
      remedy: text,
      output: text,
      node: text,
      step: text,
    })),
    findings: data.findings.map((finding) => ({ ...finding, title: text, evidence: text, remedy: text })),
    moments: data.moments.map(({ at }) => ({ at, text })),
  };
}

/** The page without what it says, so that two pages can be compared by their structure. */
function tags(page: string): string[] {
  return (
    page.replace(/<script type="application\/json"[\s\S]*?<\/script>/, '').match(/<\/?[a-z][a-z0-9]*/gi) ?? []
  );
}

describe('the HTML report', () => {
  const page = renderHtml(data);

  it('is one file that fetches nothing', () => {
    expect(page).not.toMatch(/\b(src|href|action|srcset|poster)\s*=/i);
    expect(page).not.toMatch(/url\(|@import|<link|<iframe|<img/i);
    expect(page.match(/<script/g)).toHaveLength(1);
  });

  it('says the outage, the longest gap, failed of total and the step to blame of every thing', () => {
    const row = page.slice(
      page.indexOf('<p class="name">database'),
      page.indexOf('<p class="name">bus-quorum'),
    );
    expect(row).toContain('3.45 s');
    expect(row).toContain('(planned 3 s)');
    expect(row).toContain('2.42 s');
    expect(row).toContain('failed of 21,147');
    expect(row).toContain('ctl3/galera/stop (70 %)');
  });

  it('carries its data for programs', () => {
    const text =
      /<script type="application\/json" id="windlass-report">([\s\S]*?)<\/script>/.exec(page)?.[1] ?? '';
    expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(data)));
  });

  it('takes hostile text for text', () => {
    const hostile = `</title></style></script><script>alert(1)</script><img src=x onerror='x' a="b"> & <!--`;
    const bad = renderHtml(written(hostile));
    expect(tags(bad)).toEqual(tags(renderHtml(written('quiet'))));
    expect(bad).not.toContain('<script>alert');
    expect(bad).not.toContain('<img');
  });

  it('keeps its structure whatever is written in it', () => {
    const plain = tags(renderHtml(written('quiet')));
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'binary' }), (text) => {
        expect(tags(renderHtml(written(text)))).toEqual(plain);
      }),
      { numRuns: 30 },
    );
  });

  it('folds a thousand nodes into lanes and rows that can be read', () => {
    const [model] = data.steps.filter(({ phase }) => phase === 'computes');
    if (model === undefined) throw new Error('the example has computes');
    const many = [...Array(1000).keys()].map((n) => ({
      ...model,
      id: `cmp${n}/os/upgrade`,
      on: [`cmp${n}`],
    }));
    const big = renderHtml({ ...data, steps: many });
    expect(big).toContain('cmp… × 1000');
    expect(big).toContain('on 1,000 nodes');
    expect(big.match(/class="lane"/g)).toHaveLength(1 + data.things.length);
  });

  it('can be made of a run without probes and of no run at all', () => {
    const without = renderHtml({ ...data, things: [] });
    expect(without).toContain('not measured');
    const { started: _s, ended: _e, run: _r, by: _b, ...rest } = data;
    expect(renderHtml({ ...rest, outcome: 'not started', wall: 0, things: [], moments: [] })).toContain(
      'has not been run',
    );
  });
});

describe('escaping', () => {
  it('touches what is put in and not the template', () => {
    expect(html`<b>${'<i>&"\''}</b>${html`<i>${1}</i>`}${undefined}${false}${[html`<u>`, '<']}`.text).toBe(
      '<b>&lt;i&gt;&amp;&quot;&#39;</b><i>1</i><u>&lt;',
    );
  });

  it('lets no JSON end its script element', () => {
    const text = inlineJson({ a: '</script><!--', b: '\u2028' }).text;
    expect(text).not.toContain('<');
    expect(JSON.parse(text)).toEqual({ a: '</script><!--', b: '\u2028' });
  });
});

describe('the Markdown report', () => {
  it('has the accounts as a table', () => {
    const text = renderMarkdown(data);
    expect(text).toContain('| database | 3.45 s | 3 s | 2.42 s | 32 of 21,147 | ctl3/galera/stop (70 %) |');
    expect(text).toContain('**WL-STEP-CHECK** in `ctl2/galera/join` (mended later)');
  });

  it('keeps its tables whole whatever is written in it', () => {
    const lines = renderMarkdown(written('a | b\nc <b> `x`')).split('\n');
    for (const line of lines.filter((each) => each.startsWith('| '))) {
      expect(line.replaceAll('\\|', '').split('|').length).toBeGreaterThanOrEqual(7);
    }
    expect(lines.some((line) => line.includes('a \\| b c \\<b\\> \\`x\\`'))).toBe(true);
  });
});
