import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { stateDir } from '../../../src/cli/context.ts';
import { measurementsFrom } from '../../../src/cli/measurements.ts';
import type { Rehearsal } from '../../../src/model/rehearsal.ts';
import { measure } from '../../../src/schedule/index.ts';
import { cleanCloud, cleanFacts } from '../check/fixture.ts';
import { passedRehearsal } from '../passed-rehearsal.ts';
import { plan, step } from '../run/world.ts';

const NOW = Date.parse('2026-11-21T16:00:00Z');
const PRINTS = { nova: 'sha256:n', keystone: 'sha256:k' };
const made = plan([step('a', 'one')]);

let dir: string;
const place = () => stateDir({ cluster: join(dir, 'cluster.yaml'), state: dir });
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'windlass-measurements-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** What discovery read before the plan was made. */
function rests(fingerprints: Record<string, string>): void {
  const facts = { ...cleanFacts(), cloud: { ...cleanCloud(), fingerprints } };
  writeFileSync(place().factsOf(made), JSON.stringify(facts));
}

function rehearsed(over: Partial<Rehearsal> = {}): void {
  const document = passedRehearsal(PRINTS, {
    cluster: made.cluster,
    from: made.from,
    to: made.to,
    at: '2026-11-21T15:00:00.000Z',
    ...over,
  });
  writeFileSync(place().rehearsal, JSON.stringify(document));
}

const judge = () => {
  const condition = { kind: 'rehearsed', within: 86_400 } as const;
  const moment = { now: NOW, openedAt: NOW };
  return measure(condition, measurementsFrom(place(), made)(condition, moment), moment);
};

describe('a gate that wants a rehearsal', () => {
  test('opens by one that passed, on the schemas the plan rests on', () => {
    rests(PRINTS);
    rehearsed();
    expect(judge()).toMatchObject({ met: true });
  });

  test.each([
    ['none was made', () => rests(PRINTS), 'there was none'],
    [
      'it failed',
      () => {
        rests(PRINTS);
        rehearsed({ outcome: 'failed' });
      },
      'it failed',
    ],
    [
      'a schema is another',
      () => {
        rests({ ...PRINTS, nova: 'sha256:m' });
        rehearsed();
      },
      'the schema of nova has changed',
    ],
    [
      'it is too old',
      () => {
        rests(PRINTS);
        rehearsed({ at: '2026-11-20T15:00:00.000Z' });
      },
      'old',
    ],
    ['nobody read the schemas', () => rehearsed(), 'could not be read'],
  ])('stays shut when %s', (_, set, words) => {
    set();
    expect(judge()).toMatchObject({ met: false, evidence: expect.stringContaining(words) });
  });
});
