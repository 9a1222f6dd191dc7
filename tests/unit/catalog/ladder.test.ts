import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SERIES, seriesBetween, seriesOrder } from '../../../src/catalog/releases.ts';
import { arrivals, databasesAt, newParts } from '../../../src/catalog/services/changes.ts';
import {
  databaseSteps,
  databaseWay,
  mustCutOver,
  SERVICES,
  service,
} from '../../../src/catalog/services/index.ts';

const typed = (name: string, from: string, to: string): string[] =>
  databaseWay(service(name), from, to).map(({ argv }) => argv.join(' '));
const ladders = SERVICES.filter(({ ladder }) => ladder !== undefined);
const anyLadder = fc.constantFrom(...ladders);
const anySeries = fc.constantFrom(...SERIES.map(({ id }) => id));

describe("source 002's ladder of nova", () => {
  test('is its ten lines, in its order', () => {
    const way = typed('nova', 'mitaka', 'ocata');
    expect(way.slice(0, 6)).toEqual([
      'nova-manage api_db sync --version 20',
      'nova-manage db sync --version 334',
      'nova-manage db online_data_migrations',
      'nova-manage cell_v2 map_cell0',
      'nova-manage cell_v2 create_cell --name=cell1',
      'nova-manage cell_v2 discover_hosts',
    ]);
    expect(way[6]).toContain('nova-manage cell_v2 map_instances --cell_uuid "$cell"');
    expect(way.slice(7)).toEqual([
      'nova-manage api_db sync',
      'nova-manage db sync',
      'nova-manage db online_data_migrations',
    ]);
  });

  test('passes Newton before any new code serves; only Ocata’s own rows are carried over while it does', () => {
    const moments = databaseWay(service('nova'), 'mitaka', 'ocata').map(
      ({ id, moment }) => `${id}:${moment}`,
    );
    expect(moments.filter((one) => !one.endsWith(':first'))).toEqual(['ocata-online:after']);
    expect(moments).toContain('newton-online:first');
  });

  test('taken release by release it is the same rungs, and Newton’s rows are carried over while Newton serves', () => {
    expect([...typed('nova', 'mitaka', 'newton'), ...typed('nova', 'newton', 'ocata')]).toEqual(
      typed('nova', 'mitaka', 'ocata'),
    );
    expect(databaseWay(service('nova'), 'mitaka', 'newton').at(-1)).toMatchObject({ moment: 'after' });
  });

  test('has nothing to say of releases after it', () => {
    expect(typed('nova', 'zed', '2025.1')).toEqual(
      databaseSteps(service('nova'), '2025.1').map(({ argv }) => argv.join(' ')),
    );
  });
});

describe('any ladder', () => {
  test('has rungs for every series it spans, oldest first, each with a check, a series and a source', () => {
    for (const { ladder = [] } of ladders) {
      const at = ladder.map((rung) => rung.at);
      const order = at.map(seriesOrder);
      expect(order).toEqual(order.toSorted((a, b) => a - b));
      const [first = '', last = ''] = [at[0], at.at(-1)];
      for (const { id } of seriesBetween(first, last)) expect(at).toContain(id);
      for (const rung of ladder) {
        expect(rung.source).toMatch(/\S/);
        expect(rung.check.argv).not.toEqual(rung.argv);
        expect(rung.check.done.filter((code) => rung.check.todo.includes(code))).toEqual([]);
        for (const code of rung.check.todo) expect(code).toBeGreaterThanOrEqual(10);
        expect(rung.check.input ?? '').not.toMatch(/\.(upgrade|stamp|db_sync|create_all)\(/);
      }
    }
  });

  test('gives for any way its rungs in series order, by names of their own, none of another series', () => {
    fc.assert(
      fc.property(anyLadder, anySeries, anySeries, (entry, from, to) => {
        const way = databaseWay(entry, from, to);
        const passed = seriesBetween(from, to).map(({ id }) => id);
        const rungs = (entry.ladder ?? []).filter(({ at }) => passed.includes(at));
        expect(way.slice(0, rungs.length).map(({ argv }) => argv)).toEqual(rungs.map(({ argv }) => argv));
        expect(new Set(way.map(({ id }) => id)).size).toBe(way.length);
        if (passed.length === 0) expect(way).toEqual([]);
      }),
    );
  });

  test('is the same rungs whether a series on the way is stopped at or passed', () => {
    fc.assert(
      fc.property(anyLadder, fc.tuple(anySeries, anySeries, anySeries), (entry, three) => {
        const [a = '', b = '', c = ''] = three.toSorted((x, y) => seriesOrder(x) - seriesOrder(y));
        const rungs = (from: string, to: string): unknown[] =>
          databaseWay(entry, from, to)
            .filter(({ id }) => entry.ladder?.some((rung) => `${rung.at}-${rung.id}` === id))
            .map(({ argv, check }) => [argv, check]);
        expect([...rungs(a, b), ...rungs(b, c)]).toEqual(rungs(a, c));
      }),
    );
  });

  test('that passes a series stops every process: no code of that series ever runs', () => {
    const at = (openstack: string) => ({ os: 'xenial', openstack });
    expect(mustCutOver(service('nova'), at('mitaka'), at('ocata'))).toBe(true);
    const [passed] = databaseWay(service('nova'), 'mitaka', 'ocata');
    expect(passed).toMatchObject({ moment: 'first', offline: true });
  });
});

test('before Pike keystone has no --check: its parser would say 2, which means expand from Pike on', () => {
  for (const target of ['newton', 'ocata']) {
    const [sync] = databaseSteps(service('keystone'), target);
    expect(sync?.check.argv).toEqual(['python2', '-']);
  }
  expect(databaseSteps(service('keystone'), 'pike')[0]?.check.argv).toContain('--check');
});

describe('what is new from Mitaka to Ocata', () => {
  test('besides packages: every line of 002', () => {
    const parts = SERVICES.flatMap((entry) => newParts(entry, 'mitaka', 'ocata'));
    expect(parts.flatMap(({ endpoint }) => endpoint?.type ?? [])).toEqual([
      'identity',
      'artifact',
      'placement',
      'volumev3',
    ]);
    expect(parts.flatMap(({ database }) => database ?? [])).toEqual([{ schema: 'nova_cell0', like: 'nova' }]);
    expect(parts.flatMap(({ proxy }) => proxy?.name ?? [])).toEqual(['glare', 'placement']);
    for (const { source, says } of parts) expect([source, says]).not.toContain('');
  });

  test('packages that nothing pulls in; Glare came and went again by Pike', () => {
    const names = (to: string): string[] =>
      SERVICES.flatMap((entry) => arrivals(entry, 'mitaka', to)).map((one) => one.package);
    expect(names('ocata')).toEqual(['glance-glare', 'nova-placement-api']);
    expect(names('pike')).toEqual(['nova-placement-api']);
  });

  test('a database that a later release brings is not there yet', () => {
    expect(databasesAt(service('nova'), 'mitaka')).toEqual(['nova_api', 'nova']);
    expect(databasesAt(service('nova'), 'rocky')).toEqual(['nova_api', 'nova', 'nova_cell0']);
  });
});
