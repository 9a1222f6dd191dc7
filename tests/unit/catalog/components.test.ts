import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assumedFacts } from '../../../src/catalog/assume.ts';
import { changesCollation, membersMix } from '../../../src/catalog/components/galera.ts';
import { COMPONENTS, component } from '../../../src/catalog/components/index.ts';
import { corosyncMixes } from '../../../src/catalog/components/pacemaker.ts';
import { busWay, flagsFor, mirrors, runsOn } from '../../../src/catalog/components/rabbitmq.ts';
import {
  archiveFor,
  CODENAMES,
  DISTRIBUTIONS,
  distribution,
  distributionsBetween,
} from '../../../src/catalog/distributions.ts';
import { findSeries } from '../../../src/catalog/releases.ts';
import { RULES } from '../../../src/catalog/rules.ts';
import { compareVersions, minor, upstream } from '../../../src/catalog/version.ts';
import { Facts } from '../../../src/model/facts.ts';
import { cleanCluster } from '../check/fixture.ts';

describe('distributions', () => {
  test('every one names known series, and what it pairs with is newer than what it ships', () => {
    expect(new Set(CODENAMES).size).toBe(CODENAMES.length);
    for (const one of DISTRIBUTIONS) {
      expect(one.source).not.toBe('');
      if (one.openstack !== undefined) expect(findSeries(one.openstack)?.id).toBe(one.openstack);
      for (const pair of one.pairings) expect(findSeries(pair.openstack)?.id).toBe(pair.openstack);
    }
  });

  test('what a newer Debian ships is not older', () => {
    const line = DISTRIBUTIONS.filter(({ id }) => id === 'debian');
    for (const [index, one] of line.entries()) {
      const next = line[index + 1];
      for (const [name, version] of Object.entries(one.ships)) {
        const later = next && Object.entries(next.ships).find(([other]) => other === name)?.[1];
        if (later !== undefined) expect([name, compareVersions(later, version) >= 0]).toEqual([name, true]);
      }
    }
  });

  test('between, and where a release can be had', () => {
    expect(distributionsBetween('bookworm', 'forky')?.map(({ codename }) => codename)).toEqual([
      'trixie',
      'forky',
    ]);
    expect(distributionsBetween('trixie', 'bookworm')).toEqual([]);
    expect(distributionsBetween('xenial', 'trixie')).toBeUndefined();
    expect(archiveFor('stretch', 'rocky')?.archive).toContain('backports');
    expect(archiveFor('trixie', '2025.1')?.archive).toContain('own');
    expect(archiveFor('trixie', 'zed')).toBeUndefined();
    expect(distribution('debian/Trixie').version).toBe('13');
  });
});

describe('RabbitMQ', () => {
  test.each([
    ['3.6.6', '3.7.8', 'rebuild'],
    ['3.10.8', '4.0.5', 'rebuild'],
    ['3.8.9', '3.10.8', 'in-place'],
    ['3.13.7', '4.0.5', 'in-place'],
    ['4.0.5', '4.3.6', 'rebuild'],
    ['4.2.1', '4.3.6', 'in-place'],
    ['3.10.8', '3.10.19', 'same'],
    ['4.0.5', '3.10.8', 'none'],
  ])('%s to %s: %s', (from, to, way) => {
    expect(busWay(from, to)).toMatchObject({ way });
  });

  test.each([
    ['3.10.8', '25.2.3', true],
    ['4.0.5', '27.3.4.1', true],
    ['4.0.5', '25.2.3', false],
    ['4.3.6', '29.1.1', false],
    ['3.8.9', '23.2.6', undefined],
    ['3.10.19', '25.3', true],
  ])('%s on Erlang %s: %s', (version, erlang, want) => {
    expect(runsOn(version, erlang)).toBe(want);
  });

  test('flags are those of every version on the way', () => {
    expect(flagsFor('3.12.1', '3.13.0')).toEqual([]);
    expect(flagsFor('3.13.7', '4.0.5')).toContain('stream_filtering');
    expect(flagsFor('3.10.8', '3.12.0')).toEqual(expect.arrayContaining(['user_limits', 'feature_flags_v2']));
  });

  test('mirroring ends with 4.0', () => {
    expect([mirrors('3.13.7'), mirrors('4.0.5'), mirrors('4.10.0')]).toEqual([true, false, false]);
  });
});

describe('MariaDB and Corosync', () => {
  test('members mix where somebody has seen it', () => {
    expect(membersMix('10.11.19', '11.8.6').mixes).toBe(true);
    expect(membersMix('10.1', '10.3').mixes).toBe(true);
    expect(membersMix('10.5.23', '11.8.6').mixes).toBeUndefined();
  });

  test('collations change from 11.5 on', () => {
    expect(changesCollation('10.11.19-MariaDB', '11.8.6')).toBe(true);
    expect(changesCollation('11.8.6', '11.8.9')).toBe(false);
    expect(changesCollation('10.5.23', '10.11.19')).toBe(false);
  });

  test('Corosync 2 and 3 do not talk', () => {
    expect(corosyncMixes('2.4', '3.0').mixes).toBe(false);
    expect(corosyncMixes('3.1.7', '3.1.9').mixes).toBe(true);
  });
});

describe('entries', () => {
  test('every fact and rule has a source', () => {
    for (const one of Object.values(COMPONENTS)) {
      expect(one.packages.length).toBeGreaterThan(0);
      for (const fact of one.facts) expect(fact.source).not.toBe('');
    }
    expect(new Set(RULES.map(({ id }) => id)).size).toBe(RULES.length);
    for (const rule of RULES) expect(rule.source).not.toBe('');
    expect(component('puppet')).toBeUndefined();
  });
});

describe('versions', () => {
  // Each pair was put to `dpkg --compare-versions`, as were 400 random ones.
  test.each([
    ['1.0~rc1', '1.0'],
    ['1.0', '1.0-1'],
    ['1.0-1', '1.0-1+deb12u1'],
    ['2:22.0.2-0+deb12u3', '2:27.0.0-3'],
    ['9', '1:1'],
    ['8.1.3-1', '8.1.4-1+deb10u1'],
    ['3.9', '3.10'],
    ['12.2.11+dfsg1-2.1', '12.2.12-1~bpo90+1'],
    ['1.0~~', '1.0~'],
    ['1.0a', '1.0+'],
    ['0~~-z', '0+dfsg011'],
  ])('%s is older than %s', (older, newer) => {
    expect(compareVersions(older, newer)).toBeLessThan(0);
    expect(compareVersions(newer, older)).toBeGreaterThan(0);
  });

  test('is an order', () => {
    const version = fc.stringMatching(/^[0-9][0-9a-c.+~]{0,6}(-[0-9a-c+~]{1,3})?$/);
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(Math.sign(compareVersions(a, b))).toBe(-Math.sign(compareVersions(b, a)) + 0);
        expect(compareVersions(a, a)).toBe(0);
        if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0) {
          expect(compareVersions(a, c)).toBeLessThanOrEqual(0);
        }
      }),
    );
  });

  test('the parts that matter', () => {
    expect(upstream('2:22.0.2-0+deb12u3')).toBe('22.0.2');
    expect(upstream('1:25.2.3+dfsg-1+deb12u4')).toBe('25.2.3');
    expect(minor('10.11.19-MariaDB-0+deb12u1')).toBe('10.11');
    expect(minor('1:11.8.6-0')).toBe('11.8');
  });
});

describe('assumed facts', () => {
  test('are facts, marked as assumed, of every node', () => {
    const cluster = cleanCluster();
    const facts = assumedFacts(cluster);
    expect(Facts.parse(facts)).toEqual(facts);
    expect(facts.assumed).toBe(true);
    expect(Object.keys(facts.nodes)).toEqual(Object.keys(cluster.nodes));
  });

  test('have the versions of the release and the platform on the controllers', () => {
    const { ctl1, cmp1 } = assumedFacts(cleanCluster()).nodes;
    expect(ctl1?.packages.keystone?.version).toBe('22.0.0');
    expect(ctl1?.units['placement-api.service']?.active).toBe('active');
    expect(ctl1?.rabbitmq?.version).toBe('3.10.8');
    expect(ctl1?.galera).toMatchObject({ clusterSize: 3, databases: { glance: 'utf8mb3_general_ci' } });
    expect(ctl1?.pacemaker?.resources).toEqual({ 'openstack-api-vip': 'ctl1' });
    expect(ctl1?.haproxy?.servers.map(({ backend }) => backend)).toContain('placementbe');
    expect(cmp1?.rabbitmq).toBeUndefined();
    expect(cmp1?.apt.sources[0]?.content).toContain(' bookworm ');
  });

  test('put the bus and the database on nodes of their own role where there are some', () => {
    const cluster = cleanCluster({
      nodes: {
        ctl1: { address: '192.0.2.11', roles: ['controller'] },
        msg1: { address: '192.0.2.21', roles: ['messaging'] },
        sql1: { address: '192.0.2.22', roles: ['sql'] },
      },
    });
    const { ctl1, msg1, sql1 } = assumedFacts(cluster).nodes;
    expect([ctl1?.rabbitmq, msg1?.galera, sql1?.rabbitmq]).toEqual([undefined, undefined, undefined]);
    expect(msg1?.rabbitmq?.members).toEqual(['rabbit@msg1']);
    expect(sql1?.galera?.clusterSize).toBe(1);
  });
});
