import { describe, expect, test } from 'vitest';
import { bornSelects, readBorn } from '../../../src/drivers/born.ts';

const TABLES = {
  nova: {
    services: ['id'],
    compute_nodes: ['id'],
    instances: ['uuid', 'display_name', 'host', 'created_at', 'deleted', 'deleted_at'],
  },
  cinder: { services: ['id'], volumes: ['id', 'display_name', 'created_at', 'deleted'] },
  glance: { images: ['id', 'name', 'created_at', 'disk_format', 'deleted'] },
  neutron: {
    agents: ['id'],
    routers: ['id'],
    networks: ['id', 'name', 'standard_attr_id'],
    ports: ['id', 'name', 'standard_attr_id'],
    standardattributes: ['id', 'created_at'],
  },
};
const SINCE = Date.parse('2026-11-21T18:34:29Z');

describe('what was made since a moment', () => {
  const selects = bornSelects(TABLES, SINCE);

  test('is asked of every database that keeps it, in UTC, and nothing is written', () => {
    expect(selects.map(({ id }) => id)).toEqual([
      'guests',
      'deleted',
      'number',
      'volumes',
      'images',
      'networks',
      'ports',
    ]);
    for (const { id, sql } of selects) {
      if (id !== 'number') expect(sql).toContain("'2026-11-21 18:34:29'");
      expect(sql).toMatch(/^SELECT /);
    }
  });

  test('a guest made and deleted since is not one that comes back', () => {
    expect(selects.find(({ id }) => id === 'deleted')?.sql).toMatch(/deleted_at >= .* AND created_at < /);
  });

  test('is told by id, name and host; a table that could not be read is said', () => {
    const out =
      '== guests\n1b\tborn late\tcmp1\n== deleted\n2d\tgone\t\n== number\n37\n== volumes\n== images\n== networks\n== ports\n== end\n';
    const err = "ERROR 1146 (42S02) at line 7: Table 'cinder.volumes' doesn't exist\n";
    expect(readBorn(selects, { rc: 1, out, err })).toMatchObject({
      guests: [{ id: '1b', name: 'born late', host: 'cmp1' }],
      deleted: [{ id: '2d', name: 'gone' }],
      number: 37,
      faults: [expect.stringContaining('volumes')],
    });
    expect(readBorn(selects, { rc: 1, out: '', err: 'no server' })).toBe('no server');
  });
});
