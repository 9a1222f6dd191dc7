import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../../src/model/event.ts';
import type { ThingReport } from '../../../src/report/data.ts';
import { guestReports, touchWords } from '../../../src/report/guests.ts';
import { toldIn } from '../../../src/run/redact.ts';

const finished = (step: string, ...told: object[]): RunEvent => ({
  type: 'step.finished',
  at: 1,
  step,
  outcome: 'done',
  because: '',
  told: told.map((one) => JSON.stringify(one)),
});

const web = { guest: 'b1', name: 'web', on: 'cmp1' };
const thing: ThingReport = {
  name: 'web',
  kind: 'ping',
  where: '10.0.0.5',
  rate: 10,
  outage: 0.4,
  longestGap: 0.4,
  failed: 3,
  total: 900,
  open: false,
  spans: [],
  charges: [],
  blind: [],
  errors: [],
};

describe('guests in the report', () => {
  test('say what was done to each, in order, and what its own probe lost', () => {
    const [guest, ...more] = guestReports(
      [
        finished('cmp1/guests/move', { ...web, what: 'moved', to: 'cmp2', seconds: 12 }),
        finished('cmp2/guests/move', { ...web, on: 'cmp2', what: 'shut off' }),
        finished('cmp2/guests/start', { ...web, on: 'cmp2', what: 'started' }),
      ],
      [thing],
    );
    expect(more).toEqual([]);
    expect(guest).toMatchObject({ name: 'web', lost: 0.4, failed: 3, total: 900 });
    expect(guest && touchWords(guest)).toBe(
      'moved from cmp1 to cmp2 in 12 s, then shut off on cmp2, then started on cmp2',
    );
  });

  test('one that stayed says why, and one that nobody watched says so by having no figure', () => {
    const [guest] = guestReports([finished('cmp1/guests/move', { ...web, what: 'kept', why: 'a GPU' })], []);
    expect(guest).not.toHaveProperty('lost');
    expect(guest && touchWords(guest)).toBe('kept on cmp1: a GPU');
  });

  test('one that arrived broken says so', () => {
    const [guest] = guestReports(
      [finished('cmp1/guests/move', { ...web, what: 'moved', to: 'cmp2', why: 'it arrived as ERROR' })],
      [],
    );
    expect(guest && touchWords(guest)).toBe('moved from cmp1 to cmp2: it arrived as ERROR');
  });

  test('lines of another shape are left aside', () => {
    expect(guestReports([finished('x/y/z', { what: 'exploded' })], [])).toEqual([]);
  });
});

test('of a command’s output only marked lines are kept, without credentials', () => {
  expect(toldIn('noise\ntold: {"guest":"b1"}\n told: no\ntold: amqp://u:secret@h/\n')).toEqual([
    '{"guest":"b1"}',
    'amqp://u:*****@h/',
  ]);
});
