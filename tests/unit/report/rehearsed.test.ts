import { describe, expect, test } from 'vitest';
import { RunEvent } from '../../../src/model/event.ts';
import { Plan } from '../../../src/model/plan.ts';
import type { Rehearsal } from '../../../src/model/rehearsal.ts';
import { buildReport, renderHtml, renderMarkdown } from '../../../src/report/index.ts';
import { exampleRun } from './example.ts';

const run = exampleRun();
const done = (thing: string, seconds: number): Rehearsal['steps'][number] => ({
  id: thing,
  title: `title of ${thing}`,
  seconds,
  outcome: 'done',
  says: 'at head',
});
const [first] = run.plan.steps;
if (first === undefined) throw new Error('an empty plan');
const SYNC = 'cluster/glance-database/sync';
// The example's first step in the dress of a sync: what a rehearsal does too goes by the same id.
const dressed = (body: unknown): unknown =>
  JSON.parse(JSON.stringify(body).replaceAll(JSON.stringify(first.id), JSON.stringify(SYNC)));
const plan = Plan.parse(dressed(run.plan));
const events = RunEvent.array().parse(dressed(run.events));
const rehearsal: Rehearsal = {
  windlass: 1,
  cluster: plan.cluster,
  from: plan.from,
  to: plan.to,
  plan: 'sha256:r',
  run: 'r-rehearsal',
  at: '2026-10-13T12:00:00.000Z',
  outcome: 'passed',
  asShipped: false,
  fingerprint: 'sha256:f',
  fingerprints: {},
  steps: [
    done('rehearsal/packages/fetch', 99),
    done(SYNC, 6.6),
    done('cluster/nova-database/sync', 16),
    done('rehearsal/glance/start', 3),
  ],
  findings: [],
  window: { seconds: 27.5, services: { glance: 1.25, nova: 26.25 } },
  versions: {},
};
const data = buildReport({ ...run, plan, events, rehearsal });

describe('a run that was rehearsed', () => {
  test('has each step on a database beside its rehearsal; what only one of both has is left out', () => {
    const took = data.steps.find(({ id }) => id === SYNC)?.seconds;
    expect(took).toBeGreaterThan(0);
    expect(data.rehearsed).toMatchObject({ run: 'r-rehearsal', at: Date.parse(rehearsal.at) });
    expect(data.rehearsed?.steps).toEqual([{ id: SYNC, title: `title of ${SYNC}`, rehearsed: 6.6, took }]);
  });

  test('has the predicted window beside what the service’s probes missed, where somebody watched it', () => {
    const away = data.things.find(({ name }) => name === 'glance-list')?.outage;
    expect(data.rehearsed?.windows).toEqual([
      { service: 'glance', predicted: 1.25, away },
      { service: 'nova', predicted: 26.25 },
    ]);
  });

  test('tells of a step that is not done yet only what was rehearsed', () => {
    const before = buildReport({ ...run, plan, events: events.slice(0, 1), rehearsal });
    expect(before.rehearsed?.steps).toEqual([{ id: SYNC, title: `title of ${SYNC}`, rehearsed: 6.6 }]);
  });

  test('says so on the page and in Markdown', () => {
    const page = renderHtml(data);
    const part = page.slice(page.indexOf('<h2>As rehearsed'), page.indexOf('<h2>Slowest steps'));
    for (const word of ['r-rehearsal', SYNC, '6.60 s', '26.25 s', 'not watched'])
      expect(part).toContain(word);
    const markdown = renderMarkdown(data);
    expect(markdown).toContain('Rehearsal r-rehearsal, 2026-10-13 12:00:00.');
    expect(markdown).toMatch(/\| cluster\/glance-database\/sync \| 6\.60 s \| [\d.]+ s \|/);
    expect(markdown).toContain('| nova | 26.25 s | not watched |');
  });

  test('and one that was not says nothing of it', () => {
    const plain = buildReport(run);
    expect(plain.rehearsed).toBeUndefined();
    expect(renderHtml(plain)).not.toContain('As rehearsed');
    expect(renderMarkdown(plain)).not.toContain('As rehearsed');
  });
});
