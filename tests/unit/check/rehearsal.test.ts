import { describe, expect, test } from 'vitest';
import { rehearsed } from '../../../src/check/rehearsal.ts';
import type { Facts } from '../../../src/model/facts.ts';
import { fresh, type Rehearsal } from '../../../src/model/rehearsal.ts';
import { passedRehearsal } from '../passed-rehearsal.ts';
import { cleanCloud, cleanCluster, cleanFacts } from './fixture.ts';

const EPOXY = { os: 'trixie', openstack: '2025.1' };
const WAY = { from: { os: 'bookworm', openstack: 'zed' }, to: EPOXY };
const PRINTS = { nova: 'sha256:n', keystone: 'sha256:k' };
const AT = '2026-11-21T15:30:00.000Z';
const DAY = 86_400_000;
const NOW = Date.parse(AT) + DAY;

const document = (over: Partial<Rehearsal> = {}): Rehearsal =>
  passedRehearsal(PRINTS, { cluster: 'clean', from: WAY.from, to: EPOXY, at: AT, ...over });
const FAULT = {
  step: 'cluster/nova-database/sync',
  title: 'x',
  code: 'WL-STEP-COMMAND',
  says: 'errno: 150',
  remedy: 'pin the collation',
};
const failed = document({ outcome: 'failed', failed: FAULT });

const facts = (fingerprints: Record<string, string> | undefined = PRINTS): Facts => ({
  ...cleanFacts(),
  cloud: { ...cleanCloud(), ...(fingerprints ? { fingerprints } : {}) },
});
const wanted = (over: object = {}) => ({ cluster: 'clean', to: EPOXY, fingerprints: PRINTS, ...over });
const WEEK = 7 * 86_400;

describe('a rehearsal', () => {
  test('that passed, for this target and these schemas, lately, counts', () => {
    expect(fresh(document(), wanted(), NOW, WEEK)).toMatchObject({ is: 'fresh' });
    // What other databases do is nobody's business here.
    expect(fresh(document(), wanted({ fingerprints: { ...PRINTS, probe: 'x' } }), NOW, WEEK).is).toBe(
      'fresh',
    );
  });

  test.each([
    ['that there was not', undefined, {}, NOW, /there was none/],
    ['that failed', failed, {}, NOW, /failed at cluster\/nova-database\/sync: errno: 150/],
    ['that was cut off', document({ outcome: 'unfinished' }), {}, NOW, /not finished/],
    ['of another cluster', document({ cluster: 'other' }), {}, NOW, /of other/],
    ['to another system', document(), { to: { os: 'forky', openstack: '2025.1' } }, NOW, /not to forky/],
    [
      'to another release',
      document(),
      { to: { os: 'trixie', openstack: '2026.1' } },
      NOW,
      /not to trixie \/ 2026.1/,
    ],
    ['without the old defaults', document({ asShipped: true }), {}, NOW, /without the old defaults/],
    ['that is too old', document(), {}, NOW + 7 * DAY, /8 days old, and counts for 7 days/],
    [
      'whose schema has changed',
      document(),
      { fingerprints: { ...PRINTS, nova: 'other' } },
      NOW,
      /schema of nova has changed/,
    ],
    ['whose database is gone', document(), { fingerprints: { keystone: 'sha256:k' } }, NOW, /schema of nova/],
    ['whose schemas nobody can read now', document(), { fingerprints: undefined }, NOW, /could not be read/],
  ])('%s is void', (_, given, over, now, says) => {
    expect(fresh(given, wanted(over), now, WEEK)).toMatchObject({
      is: 'void',
      because: expect.stringMatching(says),
    });
  });
});

describe('where the policy requires one', () => {
  const cluster = cleanCluster({ policy: { rehearsal: 'required' } });

  test('a plan is blocked without it, and what to type is said', () => {
    expect(rehearsed(cluster, facts(), WAY, undefined, NOW)).toMatchObject([
      {
        level: 'block',
        code: 'WL-CHECK-REHEARSAL',
        evidence: 'there was none',
        remedy: expect.stringContaining('windlass rehearse --os trixie --openstack 2025.1'),
      },
    ]);
  });

  test('one that failed blocks with the real words and its remedy; once it passes nothing is found', () => {
    const [found] = rehearsed(cluster, facts(), WAY, failed, NOW);
    expect(found).toMatchObject({ level: 'block', evidence: expect.stringContaining('errno: 150') });
    expect(found?.remedy).toMatch(/^pin the collation; then rehearse again/);
    expect(rehearsed(cluster, facts(), WAY, document(), NOW)).toEqual([]);
  });

  test('one that failed as shipped says so, with what the database said and not what the tool guessed', () => {
    const output = [
      'ERROR: Could not access cell0.',
      'Is the cell0 database connection URL correct?',
      'Error: (pymysql.err.OperationalError) (1005, "Can\'t create table share_mapping (errno: 150)")',
      '(Background on this error at: https://sqlalche.me/e/20/e3q8)',
    ].join('\n');
    const fault = { ...FAULT, says: '`nova-manage db sync` failed', output };
    const shipped = { ...failed, asShipped: true, failed: fault };
    const [found] = rehearsed(cluster, facts(), WAY, shipped, NOW);
    expect(found?.evidence).toMatch(
      /^it failed, as shipped, at cluster\/nova-database\/sync: .* failed; Error: .*errno: 150/,
    );
    expect(found?.remedy).toMatch(/^the plan keeps the old defaults that were left out; then rehearse again/);
    const told = (text: string): string =>
      rehearsed(cluster, facts(), WAY, { ...shipped, failed: { ...fault, output: text } }, NOW)[0]
        ?.evidence ?? '';
    expect(told('reading\nValueError: no such option\n\nbye')).toMatch(/; ValueError: no such option$/);
    expect(told('only this')).toMatch(/; only this$/);
  });

  test('it is void once the live schema has changed, or nobody can read it', () => {
    expect(rehearsed(cluster, facts({ ...PRINTS, keystone: 'x' }), WAY, document(), NOW)).toMatchObject([
      { level: 'block' },
    ]);
    const unread = { ...facts(), cloud: cleanCloud() };
    expect(rehearsed(cluster, unread, WAY, document(), NOW)).toMatchObject([{ level: 'block' }]);
  });

  test('how long it counts is the policy’s', () => {
    const strict = cleanCluster({ policy: { rehearsal: 'required', rehearsalWithin: '2h' } });
    expect(rehearsed(strict, facts(), WAY, document(), NOW)).toMatchObject([
      { evidence: 'it is 24 h old, and counts for 2 h' },
    ]);
  });

  test('none is asked for where no schema changes', () => {
    const same = { from: WAY.from, to: { os: 'trixie', openstack: 'zed' } };
    expect(rehearsed(cluster, facts(), same, undefined, NOW)).toEqual([]);
  });
});

describe('where the policy says nothing', () => {
  test('none is missed, and one of this way that failed is warned of', () => {
    expect(rehearsed(cleanCluster(), facts(), WAY, undefined, NOW)).toEqual([]);
    expect(rehearsed(cleanCluster(), facts(), WAY, failed, NOW)).toMatchObject([{ level: 'warn' }]);
    const elsewhere = { ...failed, to: { os: 'forky', openstack: '2026.1' } };
    expect(rehearsed(cleanCluster(), facts(), WAY, elsewhere, NOW)).toEqual([]);
  });
});
