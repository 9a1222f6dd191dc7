import { blocking, type Check, read } from './check.ts';

/** Its migration would run in the middle of the upgrade, past expand and contract, dumps and rehearsal, and on the way back again. */
export const selfMigrating: Check = {
  code: 'WL-CHECK-SELF-MIGRATING',
  title: 'A package migrates its database by itself whenever it is upgraded',
  source: 'postinst of nova-common, neutron-common, heat-common 2022.2 (Debian)',
  find: (scene) =>
    read(scene).flatMap(([node, { selfMigrating: found = [], packages }]) =>
      found
        .filter(({ package: name }) => packages[name] !== undefined)
        .map(({ package: name, question }) => ({
          level: blocking(scene),
          node,
          evidence: `debconf on ${node} says ${question} = true: ${name}'s script migrates the database each time it is configured`,
          remedy: `On ${node}: echo '${name} ${question} boolean false' | debconf-set-selections; databases are then migrated by the plan alone.`,
        })),
    ),
};
