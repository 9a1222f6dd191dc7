import { changesCollation } from '../catalog/components/galera.ts';
import { distribution } from '../catalog/distributions.ts';
import { type Check, type Found, read, some } from './check.ts';

/** New tables would get another collation than the foreign keys of old ones: errno 150 in the middle of a sync. */
export const collation: Check = {
  code: 'WL-CHECK-COLLATION',
  title: "Databases were made with collations that are not the new MariaDB's default",
  source: 'research/lab.md 4 (4, 5)',
  find(scene) {
    const to = distribution(scene.to.os).ships.mariadb;
    const [first] = read(scene).filter(([, { galera }]) => galera && galera.version !== '');
    const galera = first?.[1].galera;
    if (!galera || to === undefined || scene.from.os === scene.to.os) return [];
    if (!changesCollation(galera.version, to)) return [];
    const all = Object.entries(galera.databases);
    const general = all.filter(([, name]) => /^(utf8|utf8mb3|utf8mb4)_general_ci$/.test(name));
    const other = all.filter(([, name]) => !/^(utf8|utf8mb3|utf8mb4)_general_ci$/.test(name));
    const found: Found[] = [];
    if (general.length > 0) {
      found.push({
        level: 'note',
        evidence: `${some(general.map(([name, is]) => `${name} (${is})`))} on MariaDB ${/^[\d.]+/.exec(galera.version)?.[0] ?? galera.version}, to be ${to}`,
        remedy: 'Nothing to do: the plan pins character_set_collations before any schema changes.',
      });
    }
    for (const [name, is] of other) {
      found.push({
        level: 'warn',
        evidence: `${name} has ${is} for its default: a pin of the general collations does not reach it`,
        remedy: `Rehearse it on ${to}; if its tables are utf8mb3_general_ci: ALTER DATABASE ${name} CHARACTER SET utf8mb3 COLLATE utf8mb3_general_ci.`,
      });
    }
    return found;
  },
};
