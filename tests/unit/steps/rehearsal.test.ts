import { describe, expect, test } from 'vitest';
import { kinds } from '../../../src/steps/registry.ts';
import { rehearsalDump, rehearsalRestore } from '../../../src/steps/rehearsal.ts';
import { rehearsalCopy } from '../../../src/steps/rehearsal-seal.ts';
import { CLAIM, machine, REHEARSAL_EXAMPLES, wall } from './rehearsal-examples.ts';
import { bad, ok } from './seen.ts';

/** A kind's judgement with the example's parameters, of the example's answers but for these. */
function judged(kind: string, over: object, params: object = {}) {
  const example = REHEARSAL_EXAMPLES.find((one) => one.kind === kind);
  if (!example) throw new Error(`no example of ${kind}`);
  return kinds.step(kind).judge({ ...example.params, ...params }, { ...example.done, ...over });
}

describe('the machine', () => {
  test('is taken when it is fresh, and taken anew for each round', () => {
    expect(judged('rehearsal.claim', { state: machine('') })).toMatchObject({ is: 'todo' });
    expect(judged('rehearsal.claim', { state: machine('prod 1', ['mariadb-server']) })).toMatchObject({
      is: 'todo',
    });
  });

  test.each([
    [
      'a database server that we did not bring',
      machine('', ['mariadb-server', '/var/lib/mysql']),
      /not a fresh one/,
    ],
    ["another cluster's", machine('other 1'), /rehearsals of other/],
    ['the old system', machine('', [], 'bookworm'), /does not run trixie/],
  ])('is refused with %s', (_, state, says) => {
    expect(judged('rehearsal.claim', { state })).toMatchObject({
      is: 'refuse',
      because: expect.stringMatching(says),
    });
  });

  test("is refused with another server than the target's: a false green", () => {
    const settings = ok('windlass-version\t10.11.19-MariaDB\ninnodb_snapshot_isolation\tOFF\n');
    expect(judged('rehearsal.server', { settings })).toMatchObject({ is: 'refuse' });
  });

  test('is refused when the old defaults are not kept; their order does not matter', () => {
    const said = (value: string) =>
      ok(`windlass-version\t11.8.6-MariaDB\ncharacter_set_collations\t${value}\n`);
    const params = {
      keeps: [
        {
          option: 'character_set_collations',
          value: 'utf8mb3=utf8mb3_general_ci,utf8mb4=utf8mb4_general_ci',
        },
      ],
    };
    const shipped = said('utf8mb3=utf8mb3_uca1400_ai_ci');
    expect(judged('rehearsal.server', { settings: shipped }, params)).toMatchObject({ is: 'refuse' });
    const kept = said('utf8mb4=utf8mb4_general_ci,utf8mb3=utf8mb3_general_ci');
    expect(judged('rehearsal.server', { settings: kept }, params)).toMatchObject({ is: 'done' });
  });

  test('claims nothing but what is a word', () => {
    for (const unit of ['a b', '-x', '$(reboot)', '']) {
      expect(() => kinds.step('rehearsal.claim').commands({ ...CLAIM, units: [unit] })).toThrow();
    }
  });
});

describe('what is read of a live node', () => {
  const dump = { from: 'ctl1', database: 'nova', path: '/var/lib/windlass-rehearsal/nova.sql.gz' };

  test('is brought by a carry, and no command of the step is for it', () => {
    expect(rehearsalDump.carries?.(dump)).toMatchObject([{ on: 'ctl1', path: dump.path }]);
    expect(rehearsalDump.carries?.(dump)[0]?.input).toContain('--single-transaction');
    expect(rehearsalDump.commands(dump).map(({ argv }) => argv[0])).toEqual(['gzip', 'install']);
  });

  test('writes nothing there: no redirection, no temporary file', () => {
    const [copy] = rehearsalCopy.carries?.({ from: 'ctl1', places: ['/etc/nova'], path: '/x' }) ?? [];
    expect(copy?.argv).toEqual(['python3', '-', '/etc/nova']);
    expect(copy?.input).not.toMatch(/open\(path, 'w|mktemp|os\.(remove|rename|replace)/);
    expect(rehearsalDump.carries?.(dump)[0]?.input).not.toMatch(/>/);
  });
});

describe('a clone', () => {
  test('is restored again when it is not what was restored', () => {
    expect(judged('rehearsal.restore', { mark: bad(1) })).toMatchObject({ is: 'todo' });
    expect(judged('rehearsal.restore', { tables: ok('keystone\t12\n') })).toMatchObject({ is: 'todo' });
    expect(judged('rehearsal.restore', { mark: ok('0\n'), tables: ok('') })).toMatchObject({ is: 'todo' });
  });

  test('has the name of a database and nothing else', () => {
    for (const database of ['a`b', 'a b', '', '../x']) {
      expect(rehearsalRestore.params.safeParse({ database, dump: '/d', mark: '/m' }).success).toBe(false);
    }
  });
});

describe('the wall', () => {
  test('is raised where something can be reached', () => {
    expect(judged('rehearsal.wall', { wall: wall({ reached: ['192.0.2.11'] }) })).toMatchObject({
      is: 'todo',
    });
  });

  test('is refused on a node of the cluster, and where Windlass itself would be shut out', () => {
    expect(judged('rehearsal.wall', { wall: wall({ own: ['192.0.2.11'] }) })).toMatchObject({
      is: 'refuse',
      because: expect.stringContaining('this machine itself'),
    });
    expect(judged('rehearsal.wall', { wall: wall({ spoken: ['192.0.2.10'] }) })).toMatchObject({
      is: 'refuse',
      remedy: expect.stringContaining('no node of the cluster'),
    });
  });

  test('that is down again keeps every later step from starting', () => {
    const guard = kinds.guard('rehearsal.walled');
    const params = { host: 'rehearsal', addresses: ['192.0.2.11'] };
    expect(guard.judge(params, { wall: wall({ reached: ['192.0.2.11'] }) })).toMatchObject({
      is: 'closed',
      because: expect.stringContaining('booted'),
    });
  });
});

describe('nothing of the target runs while', () => {
  test.each([
    [
      'a file leads elsewhere',
      { files: ok('{"files": 12, "named": ["/etc/nova/nova.conf:7"]}') },
      /nova\.conf:7/,
    ],
    ['no file was found at all', { files: ok('{"files": 0, "named": []}') }, /no configuration/],
    ['a cell leads elsewhere', { cells: ok('{"cells": 2, "left": 1}') }, /1 cells/],
    ['an endpoint leads elsewhere', { endpoints: ok('{"endpoints": 9, "left": 9}') }, /9 endpoints/],
  ])('%s', (_, over, says) => {
    expect(judged('rehearsal.sealed', over)).toMatchObject({
      is: 'refuse',
      because: expect.stringMatching(says),
    });
  });

  test('a live schema is not what was copied', () => {
    const live = ok(JSON.stringify({ keystone: { hash: `sha256:${'b'.repeat(64)}`, revisions: {} } }));
    expect(judged('rehearsal.untouched', { live })).toMatchObject({
      is: 'refuse',
      because: expect.stringContaining('keystone on ctl1'),
    });
    expect(judged('rehearsal.untouched', { live: ok('{}') })).toMatchObject({ is: 'refuse' });
  });
});

describe('the heads', () => {
  const code = ok(
    ["e1.py:revision = 'e1'", "e2.py:revision = 'e2'", "e2.py:down_revision = 'e1'"]
      .map((line) => `keystone/versions/${line}\n`)
      .join(''),
  );
  test('are those of the code: a database that stayed behind fails, whatever its commands said', () => {
    expect(judged('rehearsal.heads', { code })).toMatchObject({
      is: 'refuse',
      because: 'keystone is at e1, which is no head',
    });
  });
  test('of code that was not found prove nothing', () => {
    expect(judged('rehearsal.heads', { code: ok('') })).toMatchObject({ is: 'refuse' });
  });
});

describe("the target's own check", () => {
  const kept = (...checks: [check: string, result: string][]) =>
    ok(
      JSON.stringify({
        rc: 0,
        words: '',
        checks: checks.map(([check, result]) => ({ check, result, details: 'why' })),
      }),
    );
  test('is judged check by check, not by its exit code', () => {
    expect(
      judged('rehearsal.status', { kept: kept(['Cells v2', 'Success'], ['Placement API', 'Failure']) }),
    ).toMatchObject({
      is: 'refuse',
      because: 'Placement API: Failure: why',
    });
    expect(judged('rehearsal.status', { kept: kept(['Cells v2', '']) })).toMatchObject({ is: 'refuse' });
  });
  test('that warns goes by and says so; so does a failure that the plan has an answer to', () => {
    expect(
      judged('rehearsal.status', {
        kept: kept(['Cells v2', 'Warning'], ['Older than N-1 computes', 'Failure']),
      }),
    ).toMatchObject({
      is: 'done',
      because: expect.stringMatching(/Cells v2 warns.*computes fails, and the plan bears/),
    });
  });
  test('that made no check at all is a fault', () => {
    const crashed = ok(JSON.stringify({ rc: 255, words: 'ImportError: x', checks: [] }));
    expect(judged('rehearsal.status', { kept: crashed })).toMatchObject({
      is: 'refuse',
      because: expect.stringContaining('ImportError'),
    });
  });
});
