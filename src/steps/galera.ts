import { z } from 'zod';
import * as galera from '../drivers/galera.ts';
import * as systemd from '../drivers/systemd.ts';
import { complaint } from '../drivers/text.ts';
import { defineStep } from './kind.ts';
import { answer, done, refuse, todo, wait } from './verdict.ts';

/** Goes into SQL text: nothing else may be a schema's or a collation's name. */
const Identifier = z.string().regex(/^[A-Za-z0-9_$-]+$/);

/** A member stopped cleanly and masked; its state file must keep a position, or its return would copy everything. */
export const galeraHold = defineStep({
  kind: 'galera.hold',
  params: z.strictObject({ unit: z.string() }),
  commands: ({ unit }) => [{ argv: systemd.stop(unit) }, { argv: systemd.mask(unit) }],
  undo: ({ unit }) => [{ argv: systemd.unmask(unit) }, { argv: systemd.start(unit) }],
  looks: ({ unit }) => ({ states: systemd.unitStates([unit]), grastate: galera.grastate }),
  judge({ unit }, seen) {
    const state = systemd.readUnitStates(answer(seen, 'states'))[systemd.unitName(unit)];
    if (state?.active === 'deactivating') return wait(`${unit} is stopping`);
    if (state?.active !== 'inactive' || state.load !== 'masked') {
      return todo(
        `${unit} is ${state?.active ?? 'unknown'}${state?.load === 'masked' ? '' : ', not masked'}`,
      );
    }
    return galera.readSeqno(answer(seen, 'grastate')) >= 0
      ? done('stopped cleanly, position kept')
      : refuse(
          'the member stopped without keeping its position (grastate.dat: seqno -1)',
          'it would rejoin by a full state transfer; start it on the old release, let it sync, and stop it again',
        );
  },
});

/** The server's own tables: its start upgrades them by itself, or does not, so the tool is asked. */
export const galeraUpgradeTables = defineStep({
  kind: 'galera.upgrade-tables',
  params: z.strictObject({}),
  commands: () => [{ argv: ['mariadb-upgrade'] }],
  looks: () => ({ needed: { argv: ['mariadb-upgrade', '--check-if-upgrade-is-needed'] } }),
  judge(_params, seen) {
    const { rc } = answer(seen, 'needed');
    // 1 is its word for "not needed" (lab.md section 2); anything but 0 and 1 is a fault of the tool.
    if (rc === 1) return done('tables are of this version');
    return rc === 0 ? todo('tables are of an older version') : wait(complaint(answer(seen, 'needed')));
  },
});

/** What new tables of each schema get. Nothing that is there changes, so nobody waits for it. */
export const galeraDefaults = defineStep({
  kind: 'galera.defaults',
  params: z.strictObject({
    schemas: z.array(z.strictObject({ schema: Identifier, collation: Identifier, before: Identifier })),
  }),
  commands: ({ schemas }) => [galera.setDefaultCollations(schemas)],
  undo: ({ schemas }) => [
    galera.setDefaultCollations(schemas.map(({ schema, before }) => ({ schema, collation: before }))),
  ],
  looks: () => ({ databases: galera.databases }),
  judge({ schemas }, seen) {
    const asked = answer(seen, 'databases');
    if (asked.rc !== 0) return wait(complaint(asked));
    const now = galera.readDatabases(asked);
    const gone = schemas.filter(({ schema }) => now[schema] === undefined);
    if (gone.length > 0) {
      return refuse(
        `no such database: ${gone.map(({ schema }) => schema).join(', ')}`,
        'discover and plan again: the databases are not what they were',
      );
    }
    const other = schemas.filter(({ schema, collation }) => now[schema] !== collation);
    return other.length === 0
      ? done('new tables get what the old ones have')
      : todo(other.map(({ schema }) => `${schema} makes new tables as ${now[schema]}`).join(', '));
  },
});

/** A member started and in sync: `systemctl start` returns before that (lab.md section 2). */
export const galeraRejoin = defineStep({
  kind: 'galera.rejoin',
  params: z.strictObject({ unit: z.string(), size: z.int() }),
  commands: ({ unit }) => [
    { argv: systemd.unmask(unit) },
    { argv: systemd.resetFailed(unit) },
    { argv: systemd.start(unit) },
  ],
  undo: ({ unit }) => [{ argv: systemd.stop(unit) }, { argv: systemd.mask(unit) }],
  looks: ({ unit }) => ({ states: systemd.unitStates([unit]), status: galera.status }),
  judge({ unit, size }, seen) {
    const unitState = systemd.readUnitStates(answer(seen, 'states'))[systemd.unitName(unit)];
    if (unitState?.active === 'activating') return wait(`${unit} is starting`);
    if (unitState?.active !== 'active') return todo(`${unit} is ${unitState?.active ?? 'unknown'}`);
    const status = galera.readStatus(answer(seen, 'status'));
    if (typeof status === 'string') return wait(status);
    return status.state === 'Synced' && status.size >= size && status.primary && status.ready
      ? done(`Synced, cluster size ${status.size}, ${status.version}`)
      : wait(`${status.state}, cluster size ${status.size}`);
  },
});
