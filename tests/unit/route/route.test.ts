import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DISTRIBUTIONS } from '../../../src/catalog/distributions.ts';
import { SERIES, seriesOrder } from '../../../src/catalog/releases.ts';
import { Cluster } from '../../../src/model/cluster.ts';
import { EXIT, WindlassError } from '../../../src/model/error.ts';
import type { Standing } from '../../../src/model/target.ts';
import { type Route, route } from '../../../src/route/index.ts';
import { standing, standingOf, targetOf } from '../../../src/route/target.ts';

const THREE = ['keystone', 'glance', 'placement'];

function cluster(services: readonly string[], controllers = 3): Cluster {
  return Cluster.parse({
    cluster: 'test',
    os: 'debian/bookworm',
    openstack: 'zed',
    nodes: Object.fromEntries(
      Array.from({ length: controllers }, (_, index) => [
        `ctl${index + 1}`,
        { address: `192.0.2.${index + 11}`, roles: ['controller'] },
      ]),
    ),
    services: { controller: [...services] },
    platform: ['rabbitmq', 'galera', 'pacemaker', 'haproxy'],
  });
}

const at = (text: string): Standing => {
  const [os = '', openstack = ''] = text.split('/');
  return { os, openstack };
};
const go = (from: string, to: string, services: readonly string[] = THREE, controllers = 3): Route =>
  route(at(from), at(to), cluster(services, controllers));
const hops = (found: Route): string[] =>
  found.hops.map(({ strategy, to }) => `${strategy} ${to.os}/${to.openstack}`);

function fault(act: () => unknown): WindlassError {
  try {
    act();
  } catch (error) {
    if (error instanceof WindlassError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('bookworm/zed to trixie/epoxy', () => {
  test('is one os-roll for keystone, glance and placement, and says that upstream does not support it', () => {
    const found = go('bookworm/zed', 'trixie/epoxy');
    expect(hops(found)).toEqual(['os-roll trixie/2025.1']);
    const warning = found.findings.find(({ code }) => code === 'WL-RULE-SLURP');
    expect(warning?.level).toBe('warn');
    expect(warning?.evidence).toContain('upstream does not support zed to 2025.1 epoxy');
    expect(warning?.evidence).toContain('research/lab.md 5');
  });

  test('predicts what the lab measured: the bus is moved once, the VIP once, guests never', () => {
    const [hop] = go('bookworm/zed', 'trixie/epoxy').hops;
    expect(hop?.outage).toEqual({ api: 1, vip: 1, sql: 1.24, bus: 4, guests: 0 });
  });

  test('with nova it is a roll that cuts nova over, and needs the workaround for old computes', () => {
    const found = go('bookworm/zed', 'trixie/epoxy', [...THREE, 'nova', 'neutron']);
    expect(hops(found)).toEqual(['os-roll trixie/2025.1']);
    expect(found.hops[0]?.outage).toMatchObject({ nova: 32.2, neutron: 28.2 });
    expect(found.findings.map(({ code }) => code)).toContain('WL-RULE-NOVA-FLOOR');
    expect(found.findings.find(({ code }) => code === 'WL-RULE-NOVA-FLOOR')?.remedy).toContain(
      'disable_compute_service_check_for_ffu',
    );
  });

  test('with one controller it is in place, and everything is away meanwhile', () => {
    const [hop] = go('bookworm/zed', 'trixie/epoxy', THREE, 1).hops;
    expect(hop?.strategy).toBe('in-place');
    expect(hop?.outage.api).toBeGreaterThan(100);
  });

  test('and where its system stays, only its APIs are: for its packages, and what each service takes to come back', () => {
    const [hop] = go('bookworm/zed', 'bookworm/epoxy', THREE, 1).hops;
    expect(hop).toMatchObject({ strategy: 'in-place', outage: { vip: 0, sql: 0, bus: 0, guests: 0 } });
    expect(hop?.outage.api).toBeGreaterThan(150 + 3 * 10);
  });

  test('offers the way over a local repository as an alternative', () => {
    const [other] = go('bookworm/zed', 'trixie/epoxy').alternatives;
    expect(other?.map(({ strategy, to }) => `${strategy} ${to.os}/${to.openstack}`)).toEqual([
      'rolling bookworm/2025.1',
      'os-roll trixie/2025.1',
    ]);
  });
});

describe('the source documents', () => {
  test('000: stretch/rocky to buster/rocky is an os-roll with a new bus and a new Corosync cluster', () => {
    const found = go('stretch/rocky', 'buster/rocky', [...THREE, 'nova', 'neutron', 'cinder', 'heat']);
    expect(hops(found)).toEqual(['os-roll buster/rocky']);
    expect(found.hops[0]?.outage.bus).toBe(4);
    expect(found.findings.map(({ code, level }) => `${level} ${code}`)).toEqual([
      'note WL-RULE-RABBITMQ',
      'note WL-RULE-COROSYNC',
    ]);
  });

  test('001: the next release on the same system is rolled without any outage of the three APIs', () => {
    const found = go('trixie/epoxy', 'trixie/gazpacho', ['keystone', 'placement']);
    expect(hops(found)).toEqual(['rolling trixie/2026.1']);
    expect(found.hops[0]?.outage.api).toBe(0);
    expect(found.findings).toEqual([]);
  });

  test('002: Mitaka to Ocata, skipping Newton, has been done', () => {
    const found = go('trusty/mitaka', 'xenial/ocata', [
      'keystone',
      'glance',
      'nova',
      'neutron',
      'cinder',
      'heat',
    ]);
    expect(hops(found)).toEqual(['os-roll xenial/ocata']);
    expect(found.findings[0]?.evidence).toContain('(002)');
  });
});

describe('what is not legal', () => {
  test.each([
    ['trixie/epoxy', 'bookworm/zed', 'WL-RULE-OS-DOWNGRADE'],
    ['bookworm/epoxy', 'bookworm/zed', 'WL-RULE-OPENSTACK-DOWNGRADE'],
    ['bookworm/zed', 'trixie/zed', 'WL-RULE-ARCHIVE'],
    ['bookworm/zed', 'xenial/ocata', 'WL-RULE-OS-FAMILY'],
    ['bullseye/victoria', 'bookworm/zed', 'WL-RULE-SLURP'],
    ['bookworm/zed', 'forky/gazpacho', 'WL-RULE-ARCHIVE-LACKS'],
    ['trixie/epoxy', 'trixie/indri', 'WL-RULE-ARCHIVE'],
  ])('%s to %s is refused by %s, exit 3', (from, to, rule) => {
    const error = fault(() => go(from, to));
    expect(error.fault.code).toBe('WL-ROUTE-ILLEGAL');
    expect(error.fault.message).toContain(rule);
    expect(error.fault.remedy).not.toBe('');
    expect(error.exit).toBe(EXIT.blocked);
  });

  test('a service nobody has tried over a skip makes it illegal, by name', () => {
    const error = fault(() => go('bullseye/victoria', 'bookworm/zed', ['keystone', 'heat']));
    expect(error.fault.message).toContain('nobody has proved it for keystone, heat');
  });

  test('a skip over a cluster whose services are not named is refused too', () => {
    expect(fault(() => go('bookworm/zed', 'trixie/epoxy', [])).fault.message).toContain('not named');
  });

  test('an unknown name is refused with its neighbours, exit 2', () => {
    const error = fault(() => go('bookworm/zed', 'trixy/epoxy'));
    expect(error.fault.code).toBe('WL-TARGET-UNKNOWN');
    expect(error.fault.remedy).toContain('trixie');
    expect(error.exit).toBe(EXIT.usage);
  });
});

describe('long ways', () => {
  test('bookworm to forky stops at trixie', () => {
    const found = go('bookworm/zed', 'forky/gazpacho', ['keystone', 'placement']);
    expect(hops(found)).toEqual(['os-roll trixie/2025.1', 'os-roll forky/2026.1']);
    expect(found.refused.map(({ rule }) => rule)).toContain('WL-RULE-OS-ONE-STEP');
  });

  test('Epoxy to Hibiscus stops at the SLURP between, and glance stays where its packages are missing', () => {
    const found = go('trixie/epoxy', 'trixie/hibiscus');
    expect(hops(found)).toEqual(['rolling trixie/2026.1', 'rolling trixie/2026.2']);
    expect(found.findings.map(({ code }) => code)).toEqual(['WL-RULE-ARCHIVE-STAYS']);
  });

  test('nothing to do gives no hops', () => {
    expect(go('trixie/epoxy', 'trixie/2025.1')).toEqual({
      hops: [],
      alternatives: [],
      refused: [],
      findings: [],
      holds: [],
    });
  });

  test('any route found joins end to end, never goes back, and no finding in it blocks', () => {
    const os = fc.constantFrom(...DISTRIBUTIONS.map(({ codename }) => codename));
    const openstack = fc.constantFrom(...SERIES.map(({ id }) => id));
    const services = fc.subarray([...THREE, 'nova', 'neutron', 'cinder', 'heat', 'horizon']);
    fc.assert(
      fc.property(os, openstack, os, openstack, services, (osA, seriesA, osB, seriesB, names) => {
        try {
          const found = go(`${osA}/${seriesA}`, `${osB}/${seriesB}`, names);
          let here: Standing = { os: osA, openstack: seriesA };
          for (const hop of found.hops) {
            expect(hop.from).toEqual(here);
            expect(seriesOrder(hop.to.openstack)).toBeGreaterThanOrEqual(seriesOrder(here.openstack));
            here = hop.to;
          }
          expect(here).toEqual({ os: osB, openstack: seriesB });
          expect(found.findings.filter(({ level }) => level === 'block')).toEqual([]);
          for (const other of found.alternatives) {
            expect(other.length).toBeGreaterThanOrEqual(found.hops.length);
          }
        } catch (error) {
          if (!(error instanceof WindlassError)) throw error;
          expect(error.fault.code).toBe('WL-ROUTE-ILLEGAL');
          expect(error.fault.message).toMatch(/WL-RULE-/);
        }
      }),
      { numRuns: 400 },
    );
  });
});

describe('target words', () => {
  const from = at('bookworm/zed');
  test.each([
    [{ os: 'trixie' }, 'trixie/2025.1'],
    [{ os: 'debian/trixie' }, 'trixie/2025.1'],
    [{ os: 'trixie', openstack: 'Gazpacho' }, 'trixie/2026.1'],
    [{ openstack: 'epoxy' }, 'bookworm/2025.1'],
    [{ openstack: '2026.1' }, 'trixie/2026.1'],
  ])('%j is %s', (words, want) => {
    const { os, openstack } = targetOf(words, from);
    expect(`${os}/${openstack}`).toBe(want);
  });

  test('none, or one that nothing ships, is refused', () => {
    expect(fault(() => targetOf({}, from)).fault.code).toBe('WL-TARGET-MISSING');
    expect(fault(() => targetOf({ openstack: 'indri' }, from)).fault.code).toBe('WL-TARGET-NOWHERE');
    expect(fault(() => targetOf({ os: 'trusty' }, from)).fault.code).toBe('WL-TARGET-NOWHERE');
  });

  test('the cluster file stands somewhere', () => {
    expect(standingOf(cluster(THREE))).toEqual({ os: 'bookworm', openstack: 'zed' });
    expect(standing({ os: 'debian/trixie', openstack: 'Epoxy' })).toEqual({
      os: 'trixie',
      openstack: '2025.1',
    });
  });
});
