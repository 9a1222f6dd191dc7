import type { Service } from '../catalog/service.ts';
import { databaseArgv, databaseSteps, SERVICES } from '../catalog/services/index.ts';
import { blocking, type Check, type Found, read, type Scene, some } from './check.ts';

/** Heads and all revisions of the code installed on any node; undefined where no node has this service's. */
function revisions(scene: Scene, entry: Service): { heads: Set<string>; known: Set<string> } | undefined {
  const all = read(scene).map(([, { migrations }]) => migrations ?? {});
  if (!all.some((one) => one[entry.name] !== undefined)) return undefined;
  // Plug-ins keep their own chains in the same database; revisions are unique, so one set does for all.
  const modules = all.flatMap((one) => Object.values(one));
  return {
    heads: new Set(modules.flatMap(({ heads }) => heads)),
    known: new Set(modules.flatMap(({ known }) => known)),
  };
}

function syncs(entry: Service, release: string): string {
  const [first] = databaseSteps(entry, release);
  return first ? databaseArgv(first).argv.join(' ') : `${entry.name}'s database commands`;
}

/**
 * A schema that is not at the head of its code: an earlier sync that failed half way and said 0 (lab.md 4, item 6), or
 * code that was put back under a newer database. Either makes the next upgrade go wrong in the middle.
 */
export const schemaHeads: Check = {
  code: 'WL-CHECK-SCHEMA-HEAD',
  title: "A database is not at the head of its code's migrations",
  source: 'research/lab.md 4 (item 6): neutron-db-manage current, both lines must end with (head)',
  find(scene) {
    const schemas = scene.facts.cloud?.schemas ?? {};
    return SERVICES.flatMap((entry): Found[] => {
      const code = revisions(scene, entry);
      if (code === undefined) return [];
      return entry.databases.flatMap((database): Found[] => {
        const own = (schemas[database] ?? []).filter((one) => !code.heads.has(one));
        // A plug-in that was removed leaves its table: of what no code knows only the service's own chain counts.
        const plugged = Object.entries(schemas)
          .filter(([chain]) => chain.startsWith(`${database}.`))
          .flatMap(([, rows]) => rows.filter((one) => code.known.has(one) && !code.heads.has(one)));
        const off = [...own, ...plugged];
        if (off.length === 0) return [];
        const ahead = own.filter((one) => !code.known.has(one));
        return [
          {
            level: blocking(scene),
            evidence:
              ahead.length > 0
                ? `${database} is at ${some(ahead)}, which no installed code of ${entry.name} knows: the code is older than its database`
                : `${database} is at ${some(off)}, not at (head): an earlier upgrade was not finished`,
            remedy:
              ahead.length > 0
                ? `Bring ${entry.name}'s packages to the release that made this database, or restore the database of this one.`
                : `On one controller, with ${entry.name}'s servers stopped: ${syncs(entry, scene.from.openstack)}; then its own \`current\` must say (head) on every line.`,
          },
        ];
      });
    });
  },
};
