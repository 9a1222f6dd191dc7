import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mustCutOver, service } from '../../../src/catalog/services/index.ts';
import { oldCodeRehearsed } from '../../../src/check/old-rehearsed.ts';
import type { Facts } from '../../../src/model/facts.ts';
import type { OldCode, Rehearsal } from '../../../src/model/rehearsal.ts';
import { passedRehearsal } from '../passed-rehearsal.ts';
import { cleanCloud, cleanCluster, cleanFacts } from './fixture.ts';

const ZED = { os: 'bookworm', openstack: 'zed' };
const WAY = { from: ZED, to: { os: 'bookworm', openstack: '2025.1' } };
const PRINTS = { glance: 'sha256:g', neutron: 'sha256:n' };

const facts = (fingerprints: Record<string, string> = PRINTS): Facts => ({
  ...cleanFacts(),
  cloud: { ...cleanCloud(), fingerprints },
});
const fails: OldCode = { is: 'fails', says: "Unknown column 'x'", catalogue: 'rolls' };
const document = (old: Record<string, OldCode> | undefined, over: Partial<Rehearsal> = {}): Rehearsal =>
  passedRehearsal(PRINTS, {
    cluster: 'clean',
    from: WAY.from,
    to: WAY.to,
    at: '2026-11-21T15:30:00.000Z',
    ...(old ? { old } : {}),
    ...over,
  });

describe('old code that failed in a rehearsal on the expanded schema', () => {
  test('blocks a plan that would roll it, in its own words, with the remedy', () => {
    expect(oldCodeRehearsed(cleanCluster(), facts(), WAY, document({ glance: fails }))).toEqual([
      expect.objectContaining({
        level: 'block',
        code: 'WL-CHECK-OLD-CODE-FAILS',
        evidence: expect.stringMatching(/glance would roll, but its zed failed .*: Unknown column 'x'/),
        remedy: expect.stringContaining('policy: {cutover: [glance]}'),
      }),
    ]);
  });

  test('blocks also where the rehearsal failed later on', () => {
    const one = document({ glance: fails }, { outcome: 'failed' });
    expect(oldCodeRehearsed(cleanCluster(), facts(), WAY, one)).toHaveLength(1);
  });

  test('blocks nothing where the policy cuts it over', () => {
    const cluster = cleanCluster({ policy: { cutover: ['glance'] } });
    expect(oldCodeRehearsed(cluster, facts(), WAY, document({ glance: fails }))).toEqual([]);
  });

  test('blocks nothing where the plan cuts it over by itself', () => {
    const way = { ...WAY, to: { os: 'trixie', openstack: '2025.1' } };
    const one = document({ neutron: fails }, { to: way.to });
    expect(oldCodeRehearsed(cleanCluster(), facts(), way, one)).toEqual([]);
    // With the column kept beside the migration it rolls: then a failure counts.
    expect(oldCodeRehearsed(cleanCluster(), facts(), WAY, document({ neutron: fails }))).toHaveLength(1);
  });

  test.each<[string, Rehearsal | undefined, Facts]>([
    ['there was no rehearsal', undefined, facts()],
    ['the old release was not there', document(undefined), facts()],
    ['it was of another cluster', document({ glance: fails }, { cluster: 'other' }), facts()],
    [
      'it was from another release',
      document({ glance: fails }, { from: { ...ZED, openstack: 'yoga' } }),
      facts(),
    ],
    [
      'it was to another system',
      document({ glance: fails }, { to: { os: 'trixie', openstack: '2025.1' } }),
      facts(),
    ],
    ['it was as shipped', document({ glance: fails }, { asShipped: true }), facts()],
    ['the schema has changed since', document({ glance: fails }), facts({ ...PRINTS, glance: 'other' })],
  ])('says nothing where %s', (_, one, now) => {
    expect(oldCodeRehearsed(cleanCluster(), now, WAY, one)).toEqual([]);
  });

  test('is looked for in each service by itself, and a schema of another one changes nothing', () => {
    const now = facts({ ...PRINTS, neutron: 'other' });
    const both = document({ glance: fails, neutron: fails });
    expect(
      oldCodeRehearsed(cleanCluster(), now, WAY, both).map(({ evidence }) => evidence.split(' ')[0]),
    ).toEqual(['glance']);
  });

  test('is found for exactly the services that would roll and failed', () => {
    const NAMES = ['keystone', 'glance', 'placement', 'nova', 'neutron', 'cinder', 'heat'];
    const outcome = fc.constantFrom<OldCode['is']>('lives', 'fails', 'not tried');
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...NAMES), outcome),
        fc.subarray(NAMES),
        fc.constantFrom('bookworm', 'trixie'),
        (said, cutover, os) => {
          const way = { from: ZED, to: { os, openstack: '2025.1' } };
          const old = Object.fromEntries(
            Object.entries(said).map(([name, is]): [string, OldCode] => [name, { ...fails, is }]),
          );
          const cluster = cleanCluster({ policy: { cutover } });
          const found = oldCodeRehearsed(cluster, facts(), way, document(old, { to: way.to }));
          const wanted = Object.keys(said).filter(
            (name) =>
              said[name] === 'fails' &&
              !cutover.includes(name) &&
              !mustCutOver(service(name), way.from, way.to),
          );
          expect(found.map(({ evidence }) => evidence.split(' ')[0])).toEqual(wanted);
        },
      ),
    );
  });
});
