import { describe, expect, test } from 'vitest';
import { SERIES } from '../../../src/catalog/releases.ts';
import { runAs } from '../../../src/catalog/service.ts';
import {
  databaseArgv,
  databaseSteps,
  inOrder,
  isBackendOf,
  majorAt,
  rolls,
  SERVICES,
  seriesOfPackage,
  service,
} from '../../../src/catalog/services/index.ts';
import { WindlassError } from '../../../src/model/error.ts';

const ids = (name: string, target: string): string[] =>
  databaseSteps(service(name), target).map(({ id, moment }) => `${id}:${moment}`);

describe('database steps', () => {
  test('keystone expands first and contracts last; from Yoga on migrate does nothing and is left out', () => {
    expect(ids('keystone', 'epoxy')).toEqual(['expand:first', 'contract:last']);
    expect(ids('keystone', 'rocky')).toEqual(['expand:first', 'migrate:first', 'contract:last']);
  });

  test('glance expands and migrates before new code serves, contracts after the last old node', () => {
    expect(ids('glance', '2025.1')).toEqual(['expand:first', 'migrate:first', 'contract:last']);
  });

  test('placement syncs first and completes its rows at the end', () => {
    expect(ids('placement', '2025.1')).toEqual(['sync:first', 'online:after']);
  });

  test('no code means both done and needed, and a plain Python or shell error means neither', () => {
    for (const entry of SERVICES) {
      for (const { check } of entry.database) {
        expect(check.done.filter((code) => check.todo.includes(code))).toEqual([]);
        expect([...check.done, ...check.todo]).not.toContain(255);
        expect(check.done).not.toContain(1);
        expect(check.todo.length).toBeGreaterThan(0);
        // A program of ours must not be confused with a shell or a Python that could not run it.
        if (check.input) for (const code of check.todo) expect(code).toBeGreaterThanOrEqual(10);
      }
    }
  });

  test("run as the service's user, as arguments", () => {
    const [expand] = databaseSteps(service('glance'), '2025.1');
    expect(expand && databaseArgv(expand)).toEqual({
      argv: ['runuser', '-u', 'glance', '--', 'glance-manage', 'db', 'expand'],
      check: ['runuser', '-u', 'glance', '--', 'glance-manage', 'db', 'check'],
    });
    expect(runAs('root', ['true'])).toEqual(['true']);
  });
});

describe('entries', () => {
  test('every fact has a source and every order names a known service', () => {
    const known = SERVICES.map(({ name }) => name);
    expect(new Set(known).size).toBe(known.length);
    for (const entry of SERVICES) {
      expect(entry.source).not.toBe('');
      for (const step of entry.database) expect(step.source).not.toBe('');
      for (const roll of entry.rolls) expect(roll.source).not.toBe('');
      for (const before of entry.after) expect(known).toContain(before);
    }
  });

  test('order: keystone first, whatever was asked', () => {
    expect(inOrder(['placement', 'glance', 'keystone'])).toEqual(['keystone', 'placement', 'glance']);
  });

  test('an unknown service is refused with the nearest name', () => {
    expect(() => service('keyston')).toThrow(WindlassError);
    expect(() => service('keyston')).toThrow(/no service 'keyston'/);
    try {
      service('keyston');
    } catch (error) {
      expect(error instanceof WindlassError && error.fault.remedy).toMatch(/Did you mean keystone/);
    }
  });

  test('backends are known by the names of OCI, kolla and OpenStack-Ansible', () => {
    expect(isBackendOf(service('glance'), 'glancebe')).toBe(true);
    expect(isBackendOf(service('keystone'), 'keystone_external_back')).toBe(true);
    expect(isBackendOf(service('keystone'), 'glance')).toBe(false);
  });

  test("zed's code is known to live on epoxy's schema, other hops are not known", () => {
    expect(rolls(service('placement'), 'zed', 'epoxy')?.how).toBe('rolling');
    expect(rolls(service('placement'), 'zed', '2024.1')).toBeUndefined();
  });
});

describe('versions', () => {
  test.each([
    ['keystone', '2:22.0.2-0+deb12u3', 'zed'],
    ['keystone', '2:27.0.0-3+deb13u5', '2025.1'],
    ['keystone', '2:18.0.0-3+deb11u1', 'victoria'],
    ['glance', '2:21.0.0-2+deb11u1', 'victoria'],
    ['glance', '2:30.0.0-3+deb13u2', '2025.1'],
    ['placement', '8.0.0-2', 'zed'],
    ['placement', '13.0.0-1', '2025.1'],
  ])('%s %s is %s', (name, version, series) => {
    expect(seriesOfPackage(service(name), version)).toBe(series);
  });

  test('a version of no known series is not guessed', () => {
    expect(seriesOfPackage(service('keystone'), '2:99.0.0-1')).toBeUndefined();
    expect(seriesOfPackage(service('keystone'), 'git')).toBeUndefined();
    expect(majorAt(service('placement'), 'rocky')).toBeUndefined();
    expect(SERIES.length).toBeGreaterThan(20);
  });
});
