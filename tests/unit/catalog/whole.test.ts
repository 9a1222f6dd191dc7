import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { assumedFacts } from '../../../src/catalog/assume.ts';
import { COMPONENTS } from '../../../src/catalog/components/index.ts';
import { findSeries } from '../../../src/catalog/releases.ts';
import type { Service } from '../../../src/catalog/service.ts';
import {
  apisOf,
  arrivals,
  departures,
  paceOf,
  presence,
  uncovered,
  unpulled,
} from '../../../src/catalog/services/changes.ts';
import {
  databaseSteps,
  findServiceWord,
  inOrder,
  isBackendOf,
  SERVICES,
  service,
} from '../../../src/catalog/services/index.ts';
import { ROLES } from '../../../src/model/cluster.ts';
import type { NodeFacts } from '../../../src/model/facts.ts';
import { cleanCluster } from '../check/fixture.ts';

/** Packages of the sources the catalogue draws from, and the units and init scripts in each, as Debian has them. */
const Recorded = z.record(z.string(), z.array(z.string()));
const recorded = (release: string): z.infer<typeof Recorded> =>
  Recorded.parse(JSON.parse(readFileSync(join(import.meta.dirname, 'recorded', `${release}.json`), 'utf8')));
const LISTS = { zed: recorded('bookworm'), '2025.1': recorded('trixie') };

const NAMES = SERVICES.map(({ name }) => name);
const rolesOf = (entry: Service) =>
  ROLES.flatMap((role) => {
    const there = entry.roles[role];
    return there ? [{ role, ...there }] : [];
  });

describe('the whole catalogue', () => {
  test('has what a cloud is made of', () => {
    expect(NAMES).toEqual(
      expect.arrayContaining(
        'nova neutron cinder heat horizon barbican designate octavia aodh gnocchi ceilometer cloudkitty magnum manila ironic swift'.split(
          ' ',
        ),
      ),
    );
    expect(Object.keys(COMPONENTS)).toEqual(
      expect.arrayContaining(['ceph', 'ceph-mon', 'ceph-osd', 'memcached', 'openvswitch', 'ovn', 'libvirt']),
    );
  });

  test('waits for known services, in no circle, keystone first', () => {
    for (const { after } of SERVICES) for (const before of after) expect(NAMES).toContain(before);
    const order = inOrder(NAMES.toReversed());
    expect([...order].sort()).toEqual([...NAMES].sort());
    expect(order[0]).toBe('keystone');
    for (const { name, after } of SERVICES) {
      for (const before of after) expect(order.indexOf(before)).toBeLessThan(order.indexOf(name));
    }
  });

  test('components wait for known components, in no circle', () => {
    const reach = (name: string, seen: readonly string[]): void => {
      expect(seen).not.toContain(name);
      expect(COMPONENTS[name]).toBeDefined();
      for (const before of COMPONENTS[name]?.after ?? []) reach(before, [...seen, name]);
    };
    for (const name of Object.keys(COMPONENTS)) reach(name, []);
  });

  test('no unit belongs to two services', () => {
    const owners = new Map<string, string>();
    for (const entry of SERVICES) {
      for (const unit of new Set(rolesOf(entry).flatMap(({ units }) => units))) {
        if (entry.shared?.includes(unit)) continue;
        expect([unit, owners.get(unit)]).toEqual([unit, undefined]);
        owners.set(unit, entry.name);
      }
    }
    for (const { units, name } of Object.values(COMPONENTS)) {
      for (const unit of units) expect([name, unit, owners.get(unit)]).toEqual([name, unit, undefined]);
    }
  });

  test('no unit is named twice on a role, and every API has a unit that some role has', () => {
    for (const entry of SERVICES) {
      const all = rolesOf(entry);
      for (const { units, packages } of all) {
        expect(new Set(units).size).toBe(units.length);
        expect(new Set(packages).size).toBe(packages.length);
      }
      for (const api of apisOf(entry)) {
        expect([entry.name, all.some(({ units }) => units.includes(api.unit))]).toEqual([entry.name, true]);
        expect(api.backends.length).toBeGreaterThan(0);
        expect(api.expect).not.toContain(500);
      }
    }
  });

  test('no HAProxy backend means two services, no port two APIs', () => {
    const ports = SERVICES.flatMap((entry) => apisOf(entry).map(({ port }) => port));
    expect(new Set(ports).size).toBe(ports.length);
    for (const backend of SERVICES.flatMap((entry) => apisOf(entry).flatMap(({ backends }) => backends))) {
      expect([backend, SERVICES.filter((entry) => isBackendOf(entry, backend)).length]).toEqual([backend, 1]);
    }
  });

  test('says where everything is from', () => {
    for (const entry of SERVICES) {
      const told = [
        entry,
        ...entry.database,
        ...entry.rolls,
        ...(entry.status ? [entry.status] : []),
        ...(entry.pace ?? []),
        ...(entry.adds ?? []),
        ...(entry.removes ?? []),
        ...(entry.pins ?? []),
        ...(entry.facts ?? []),
      ];
      for (const { source } of told) expect(source.trim()).not.toBe('');
    }
    for (const entry of Object.values(COMPONENTS)) {
      const told = [
        ...entry.facts,
        ...(entry.nodeWork ? [entry.nodeWork] : []),
        ...Object.values(entry.finish ?? {}).flat(),
      ];
      expect(told.length).toBeGreaterThan(0);
      for (const { source } of told) expect(source.trim()).not.toBe('');
    }
  });

  test('names known series', () => {
    for (const entry of SERVICES) {
      const words = [
        ...entry.database.flatMap(({ since, until }) => [since, until]),
        ...entry.rolls.flatMap(({ from, to }) => [from, to]),
        ...(entry.adds ?? []).map(({ at }) => at),
        ...(entry.removes ?? []).map(({ at }) => at),
        entry.status?.since,
        entry.tells?.series,
      ];
      for (const word of words) if (word !== undefined) expect(findSeries(word)?.id).toBe(word);
    }
  });

  test('a status check has a code for every outcome, and says what it asks', () => {
    for (const { status, name } of SERVICES) {
      if (!status) continue;
      const codes = [...status.ok, ...status.warn, ...status.stop];
      expect(new Set(codes).size).toBe(codes.length);
      // 255 is what it ends with when it broke: neither good nor bad.
      expect(codes).not.toContain(255);
      expect([name, status.asks.length > 0, new Set(status.asks).size]).toEqual([
        name,
        true,
        status.asks.length,
      ]);
    }
    expect(service('octavia').status).toBeUndefined();
  });

  test('pins, paces and departures are of units and packages it has', () => {
    for (const entry of SERVICES) {
      const units = rolesOf(entry).flatMap((one) => one.units);
      const packages = rolesOf(entry).flatMap((one) => one.packages);
      for (const pace of entry.pace ?? []) {
        for (const unit of pace.units) expect(units).toContain(unit);
        expect(pace.limit).toBeGreaterThan(0);
      }
      for (const { unit, package: name } of [...(entry.adds ?? []), ...(entry.removes ?? [])]) {
        if (unit !== undefined) expect(units).toContain(unit);
        if (name !== undefined) expect(packages).toContain(name);
      }
      for (const pin of entry.pins ?? []) {
        expect(entry.etc.some((folder) => pin.file.startsWith(`${folder}/`))).toBe(true);
      }
    }
  });
});

describe('databases', () => {
  test('of every service can be raised to Epoxy and read back', () => {
    for (const entry of SERVICES) {
      expect([entry.name, uncovered(entry, '2025.1')]).toEqual([entry.name, false]);
      const steps = databaseSteps(entry, '2025.1');
      expect(new Set(steps.map(({ id }) => id)).size).toBe(steps.length);
      for (const { check, argv, runAs } of steps) {
        expect(check.done.length).toBeGreaterThan(0);
        expect(check.meaning).not.toBe('');
        expect(argv.length).toBeGreaterThan(0);
        expect(runAs).not.toBe('root');
      }
    }
  });

  test('a program that reads is not the command that changes', () => {
    for (const { database } of SERVICES) {
      for (const { check, argv } of database) expect(check.argv).not.toEqual(argv);
      // Reading programs never commit, upgrade, stamp or run the migrations themselves.
      for (const { check } of database) {
        expect(check.input ?? '').not.toMatch(/\.(upgrade|stamp|db_sync|commit|create_all)\(/);
      }
    }
  });

  test('what nobody has upgraded in the lab says so', () => {
    const seen = ['keystone', 'glance', 'placement', 'nova', 'neutron', 'cinder', 'heat'];
    expect(SERVICES.filter(({ incomplete }) => incomplete === undefined).map(({ name }) => name)).toEqual(
      seen,
    );
  });

  test('nothing is known of how cinder is brought to a series before Xena', () => {
    expect(uncovered(service('cinder'), 'wallaby')).toBe(true);
    expect(uncovered(service('horizon'), 'wallaby')).toBe(false);
  });

  test('nova: every cell, then rows; neutron: expand, and contract only with every server stopped', () => {
    const ids = (name: string, target: string): string[] =>
      databaseSteps(service(name), target).map(({ id, moment }) => `${id}:${moment}`);
    expect(ids('nova', '2025.1')).toEqual([
      'api-sync:first',
      'sync:first',
      'sync-cells:first',
      'online:after',
    ]);
    // Ocata's are rungs of a ladder: ladder.test.ts.
    expect(ids('nova', 'ocata')).toEqual([]);
    expect(uncovered(service('nova'), 'ocata')).toBe(false);
    expect(ids('neutron', '2025.1')).toEqual(['expand:first', 'contract:first']);
    expect(ids('neutron', 'rocky')).toEqual(['sync:first']);
    expect(
      databaseSteps(service('neutron'), '2025.1')
        .filter(({ offline }) => offline === true)
        .map(({ id }) => id),
    ).toEqual(['contract']);
  });

  test('what runs online data migrations only to count them lets nothing be committed', () => {
    const online = SERVICES.flatMap(({ database }) => database.filter(({ id }) => id === 'online'));
    expect(online.map(({ runAs }) => runAs).sort()).toEqual(['cinder', 'ironic', 'nova', 'placement']);
    for (const { check, moment, runAs } of online) {
      expect(moment).toBe('after');
      if (runAs !== 'placement') {
        expect(check.input).toContain('do_commit = lambda self, connection: self.do_rollback(connection)');
      }
    }
  });
});

describe("Debian's package lists", () => {
  test.each(Object.entries(LISTS))('have every package that the catalogue has at %s', (series, list) => {
    for (const entry of SERVICES) {
      for (const { role } of rolesOf(entry)) {
        for (const name of presence(entry, role, series)?.packages ?? []) {
          // Documentation packages are not recorded.
          if (!name.endsWith('-doc'))
            expect([entry.name, name, name in list]).toEqual([entry.name, name, true]);
        }
      }
    }
  });

  test.each(Object.entries(LISTS))('have every unit that the catalogue has at %s', (series, list) => {
    for (const entry of SERVICES) {
      for (const { role } of rolesOf(entry)) {
        const there = presence(entry, role, series);
        const shipped = (there?.packages ?? []).flatMap((name) => list[name] ?? []);
        for (const unit of there?.units ?? []) {
          if (entry.shared?.includes(unit) || unit === 'neutron-server') continue;
          expect([entry.name, role, unit, shipped.includes(unit)]).toEqual([entry.name, role, unit, true]);
        }
      }
    }
  });

  test('have every component’s packages in one of the two', () => {
    for (const { name, packages, former } of Object.values(COMPONENTS)) {
      for (const one of packages) {
        const is = one in LISTS.zed || one in LISTS['2025.1'] || (former?.includes(one) ?? false);
        expect([name, one, is]).toEqual([name, one, true]);
      }
    }
  });

  test('what is new at Epoxy is not in bookworm, and what is gone is in neither', () => {
    for (const entry of SERVICES) {
      for (const { package: name, unit } of arrivals(entry, 'zed', '2025.1')) {
        const before = unit === undefined ? name in LISTS.zed : (LISTS.zed[name] ?? []).includes(unit);
        expect([name, before, name in LISTS['2025.1']]).toEqual([name, false, true]);
      }
      for (const { package: name, at } of entry.removes ?? []) {
        if (name === undefined || at === '2025.1') continue;
        expect([name, name in LISTS.zed, name in LISTS['2025.1']]).toEqual([name, false, false]);
      }
    }
  });
});

describe('what a hop changes', () => {
  const neutron = service('neutron');

  test('neutron-periodic-workers is needed where neutron-rpc-server was, and nothing brings it', () => {
    const controller = (name: string): boolean => ['neutron-api', 'neutron-rpc-server'].includes(name);
    expect(unpulled(neutron, controller, 'zed', '2025.1').map((one) => one.package)).toEqual([
      'neutron-periodic-workers',
    ]);
    const ovn = (name: string): boolean => controller(name) || name === 'ovn-central';
    expect(unpulled(neutron, ovn, 'zed', '2025.1').map((one) => one.package)).toEqual([
      'neutron-periodic-workers',
      'neutron-ovn-maintenance-worker',
    ]);
    expect(unpulled(neutron, () => true, 'zed', '2025.1')).toEqual([]);
    expect(unpulled(neutron, controller, 'zed', '2024.1')).toEqual([]);
    expect(unpulled(neutron, () => false, 'zed', '2025.1')).toEqual([]);
  });

  test('linuxbridge becomes an empty shell', () => {
    const gone = departures(neutron, 'zed', '2025.1');
    expect(gone.map(({ unit, hollow }) => [unit, hollow])).toEqual([['neutron-linuxbridge-agent', true]]);
    expect(departures(neutron, '2025.1', '2026.1')).toEqual([]);
  });

  test('what a role has depends on the series', () => {
    const controller = (name: string, series: string): readonly string[] =>
      presence(service(name), 'controller', series)?.units ?? [];
    expect(controller('nova', 'rocky')).toContain('nova-consoleauth');
    expect(controller('nova', 'zed')).not.toContain('nova-consoleauth');
    expect(controller('neutron', 'zed')).not.toContain('neutron-periodic-workers');
    expect(controller('neutron', '2025.1')).toContain('neutron-periodic-workers');
    expect(controller('ironic', 'zed')).toContain('ironic-inspector');
    expect(controller('ironic', '2025.1')).toContain('ironic-inspector-conductor');
    expect(presence(service('ironic'), 'controller', 'zed')?.packages).toContain('ironic-inspector');
    expect(presence(service('keystone'), 'compute', 'zed')).toBeUndefined();
  });

  test('what is usual is part of what may be met', () => {
    for (const entry of SERVICES) {
      for (const { units, usual } of rolesOf(entry))
        for (const unit of usual ?? []) expect(units).toContain(unit);
    }
  });

  test('agents are restarted a few at a time, thirty seconds apart; APIs as their node goes', () => {
    expect(paceOf('neutron-openvswitch-agent')).toMatchObject({
      class: 'neutron-agent',
      limit: 3,
      every: 30,
    });
    expect(paceOf('nova-compute')?.limit).toBe(1);
    expect(paceOf('keystone')).toBeUndefined();
  });

  test('a second API is the same service', () => {
    expect(isBackendOf(service('heat'), 'heat_api_cfn_back')).toBe(true);
    expect(isBackendOf(service('nova'), 'nova_metadata-back')).toBe(true);
    expect(findServiceWord('swift-object-replicator')?.name).toBe('swift');
    expect(findServiceWord('neutron-bgp-dragent')?.name).toBe('neutron');
  });
});

describe('a node that nobody could ask', () => {
  const facts = (services: Record<string, string[]>, openstack = 'zed', os = 'debian/bookworm') =>
    assumedFacts(
      cleanCluster({
        os,
        openstack,
        services,
        nodes: {
          ctl1: { address: '192.0.2.11', roles: ['controller'] },
          cmp1: { address: '192.0.2.31', roles: ['compute'] },
        },
      }),
    ).nodes;
  const units = (node: NodeFacts | undefined, like: RegExp): string[] =>
    Object.keys(node?.units ?? {}).filter((unit) => like.test(unit));

  test('has what is usual of a service at its release', () => {
    const { ctl1 } = facts({ controller: ['nova', 'neutron'] });
    expect(units(ctl1, /^nova/)).toEqual([
      'nova-conductor.service',
      'nova-scheduler.service',
      'nova-novncproxy.service',
      'nova-api-metadata.service',
      'nova-api.service',
    ]);
    expect(units(ctl1, /^neutron/)).toEqual(['neutron-rpc-server.service', 'neutron-api.service']);
    expect(ctl1?.packages['neutron-rpc-server']?.version).toBe('21.0.0');
    const old = facts({ controller: ['nova'] }, 'rocky', 'debian/stretch').ctl1;
    expect(units(old, /consoleauth|placement/)).toHaveLength(2);
  });

  test('has the units that its role names, and no others', () => {
    const { cmp1 } = facts({ controller: ['nova'], compute: ['nova-compute', 'neutron-linuxbridge-agent'] });
    expect(units(cmp1, /./).filter((unit) => /^(nova|neutron)/.test(unit))).toEqual([
      'nova-compute.service',
      'neutron-linuxbridge-agent.service',
    ]);
  });
});

describe('Ceph', () => {
  test('is told to wait for a node, and to stop waiting', () => {
    for (const name of ['ceph-mon', 'ceph-osd']) {
      const work = COMPONENTS[name]?.nodeWork;
      expect(work?.before).toEqual([['ceph', 'osd', 'set', 'noout']]);
      expect(work?.after).toEqual([['ceph', 'osd', 'unset', 'noout']]);
      expect(work?.tolerates).toContain('OSDMAP_FLAGS');
    }
    expect(COMPONENTS['ceph-osd']?.after).toEqual(['ceph-mon']);
  });
});
