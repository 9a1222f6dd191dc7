import { strangeDefaults } from '../catalog/components/table-defaults.ts';
import { type Check, read, some } from './check.ts';

/** A new table's foreign key to an old one of another character set: errno 150 in the middle of a sync. */
export const tableDefaults: Check = {
  code: 'WL-CHECK-TABLE-DEFAULTS',
  title: 'New tables would get another collation than those that are there',
  source: 'docs/rolling.md; research/lab.md 4 (4, 5)',
  find(scene) {
    if (scene.from.openstack === scene.to.openstack) return [];
    const galera = read(scene).find(([, facts]) => facts.galera?.tables)?.[1].galera;
    if (galera?.tables === undefined) return [];
    return strangeDefaults(galera.databases, galera.tables).map(({ schema, is, tables, counts, clear }) => ({
      level: clear ? ('note' as const) : ('warn' as const),
      evidence: `${schema} makes new tables as ${is}; those it has are ${some(Object.entries(counts).map(([name, count]) => `${name} (${count})`))}`,
      remedy: clear
        ? 'Nothing to do: the plan sets its default to what its tables have before any schema changes.'
        : `Some tables are one and some the other: rehearse the migrations. If those that new tables refer to are ${tables}: ALTER DATABASE ${schema} CHARACTER SET ${tables.split('_')[0]} COLLATE ${tables}.`,
    }));
  },
};
