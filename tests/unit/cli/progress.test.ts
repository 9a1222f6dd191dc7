import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { type LiveView, liveLines } from '../../../src/cli/live-lines.ts';
import { fit, pad, paint, screen, width } from '../../../src/cli/paint.ts';
import { terminalHost } from '../../../src/cli/progress.ts';
import type { RunEvent } from '../../../src/model/event.ts';
import type { Entry, Journal } from '../../../src/run/index.ts';
import { exampleRun } from '../report/example.ts';

const example = exampleRun();
const ESC = String.fromCharCode(27);

/** A stream that keeps what was written, and says what a terminal would. */
function stream(columns = 100, rows = 30) {
  const through = new PassThrough();
  let text = '';
  through.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const tty = Object.assign(through, { columns, rows, isTTY: false }) as unknown as NodeJS.WriteStream;
  return { tty, text: () => text };
}

function journal(events: readonly RunEvent[]): Journal {
  const entries: Entry[] = events.map((event, index) => ({ seq: index + 1, event }));
  return { read: async () => entries } as unknown as Journal;
}

/** Tells events to a host as the engine does: each is in the journal before it is told. */
async function told(events: readonly RunEvent[], earlier = 0, tty = false) {
  const out = stream();
  const host = terminalHost({
    plan: example.plan,
    run: 'r',
    journal: journal(events.slice(0, earlier + 1)),
    stream: out.tty,
    color: false,
    tty,
  });
  for (const event of events.slice(earlier)) host.tell({ code: 'event', event });
  await new Promise((resolve) => setImmediate(resolve));
  host.close();
  return out.text();
}
const times = /^\d\d:\d\d:\d\d /gm;

describe('a run told line by line', () => {
  it('says what starts, ends, fails and waits, with the remedy', async () => {
    const text = (await told(example.events)).replaceAll(times, '');
    const lines = text.split('\n');
    expect(lines.slice(0, 2)).toEqual([
      'run      r-20261014-2000 started by ada',
      'start    ctl1/apt/prefetch  Fetch the packages on ctl1',
    ]);
    expect(lines).toContain('done     ctl1/vip/leave 10 s  seen so on the node');
    expect(lines).toContain('gate     cutover waits: windlass approve cutover');
    expect(text).toContain(
      [
        'FAILED   ctl2/galera/join  WL-STEP-CHECK: the member did not reach Synced within 60 s',
        '                  | WSREP: Requesting state transfer: donor ctl1',
        '                  | WSREP: State transfer failed: -113 (No route to host)',
        '                  do: look at /var/log/mysql/error.log on ctl2; then `windlass resume`',
        'halted   ctl2/galera/join failed',
      ].join('\n'),
    );
    expect(lines).toContain('start    ctl2/galera/join  Join the database again on ctl2 (attempt 2)');
    expect(text).not.toContain(ESC);
  });

  it('does not tell again what an earlier orchestrator told, but knows it', async () => {
    const at = example.events.findIndex(
      (event) => event.type === 'step.finished' && event.step === 'ctl1/vip/leave',
    );
    const text = await told(example.events.slice(0, at + 1), at);
    expect(text.replaceAll(times, '')).toBe('done     ctl1/vip/leave 10 s  seen so on the node\n');
  });
});

describe('a run told live', () => {
  it('shows what runs and how far it is, and leaves the terminal as it was', async () => {
    const at = example.events.findIndex(
      (event) => event.type === 'step.started' && event.step === 'ctl2/os/upgrade',
    );
    const text = await told(example.events.slice(0, at + 1), 0, true);
    expect(text).toContain('19 of 57 steps');
    expect(text).toContain('▸ ctl2/os/upgrade');
    expect(text.indexOf(`${ESC}[?25l`)).toBeGreaterThan(-1);
    expect(text.endsWith(`${ESC}[?25h`)).toBe(true);
  });

  const view: LiveView = {
    heading: 'prod',
    elapsed: 75,
    left: 3700,
    done: 3,
    total: 6,
    running: [...Array(8).keys()].map((n) => ({
      step: `cmp${n}/os/upgrade`,
      title: 'Upgrade',
      seconds: n * 20,
      estimate: 60,
    })),
    gates: [{ id: 'cutover', title: 'No way back', seconds: 61 }],
    stopped: 'paused',
    probes: [
      { name: 'keystone', standing: { seconds: 1.25, longestGap: 1, failed: 3, total: 50, open: false } },
      { name: 'bus', standing: { seconds: 4, longestGap: 4, failed: 9, total: 50, open: true } },
    ],
  };

  it('folds what does not fit', () => {
    const lines = liveLines(view, 70, paint(false));
    expect(lines[0]).toMatch(/^─ prod ─+ 1:15, about 1:01:40 left$/);
    expect(lines[1]).toContain('3 of 6 steps');
    expect(lines).toContain('  and 2 more');
    expect(lines.find((line) => line.includes('cutover'))).toContain('gate cutover for 1:01: No way back');
    expect(lines.at(-1)).toBe('✓ keystone 1.3 s   ✗ bus away 4.0 s');
    expect(liveLines(view, 24, paint(false)).slice(-2)).toEqual(['✓ keystone 1.3 s', '✗ bus away 4.0 s']);
  });

  it('is the same with colour, but for the colour', () => {
    const plain = liveLines(view, 70, paint(false));
    const painted = liveLines(view, 70, paint(true));
    expect(painted.map(width)).toEqual(plain.map(width));
    expect(painted.join('')).toContain(ESC);
  });
});

describe('drawing in place', () => {
  it('writes each redraw at once and goes up over exactly what it drew', () => {
    const out = stream(20, 5);
    const view = screen(out.tty);
    view.draw(['one', 'two', 'x'.repeat(50), 'four', 'never shown']);
    view.draw(['one']);
    view.print('above');
    view.end();
    const parts = out.text().split(`${ESC}[?25l`);
    expect(parts[1]).toContain(`${'x'.repeat(18)}…`);
    expect(parts[1]).not.toContain('never');
    expect(parts[2]).toContain(`${ESC}[4F`);
    expect(parts[2]).toContain(`${ESC}[1Fabove`);
  });

  it('counts and cuts painted text by what is seen', () => {
    const red = paint(true).red('abcdef');
    expect(width(red)).toBe(6);
    expect(width(fit(`${red}ghi`, 5))).toBe(5);
    expect(fit(`${red}ghi`, 5)).toContain(`${ESC}[39m`);
    expect(width(pad(red, 10))).toBe(10);
    expect(fit('abc', 3)).toBe('abc');
  });
});
