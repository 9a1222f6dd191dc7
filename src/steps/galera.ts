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

const BOOTSTRAP = `rm -f -- /var/lib/mysql/gvwstate.dat
sed -i 's/^safe_to_bootstrap:.*/safe_to_bootstrap: 1/' /var/lib/mysql/grastate.dat
galera_new_cluster
`;

const positionOn = (node: string): string => `position on ${node}`;

/**
 * The first member of a cluster that is off as a whole: the one that knows most, which is asked of all others. One that
 * was not stopped cleanly keeps no position: then nobody can say who knows most, and nothing is begun.
 */
export const galeraBootstrap = defineStep({
  kind: 'galera.bootstrap',
  params: z.strictObject({ unit: z.string(), others: z.array(z.string()) }),
  commands: ({ unit }) => [
    { argv: systemd.unmask(unit) },
    { argv: systemd.resetFailed(unit) },
    { argv: ['sh', '-eus'], input: BOOTSTRAP },
  ],
  undo: ({ unit }) => [{ argv: systemd.stop(unit) }, { argv: systemd.mask(unit) }],
  looks: ({ unit, others }) => ({
    states: systemd.unitStates([unit]),
    status: galera.status,
    grastate: galera.grastate,
    ...Object.fromEntries(others.map((node) => [positionOn(node), { ...galera.grastate, on: node }])),
  }),
  judge({ unit, others }, seen) {
    const state = systemd.readUnitStates(answer(seen, 'states'))[systemd.unitName(unit)];
    if (state?.active === 'activating') return wait(`${unit} is starting`);
    if (state?.active === 'active') {
      const status = galera.readStatus(answer(seen, 'status'));
      if (typeof status === 'string') return wait(status);
      return status.state === 'Synced' && status.primary && status.ready
        ? done(`Synced, cluster size ${status.size}, ${status.version}`)
        : wait(`${status.state}, cluster size ${status.size}`);
    }
    const mine = galera.readSeqno(answer(seen, 'grastate'));
    const knows = others.map((node) => [node, galera.readSeqno(answer(seen, positionOn(node)))] as const);
    const unclean = [...knows.filter(([, seqno]) => seqno < 0).map(([node]) => node)];
    if (mine < 0 || unclean.length > 0) {
      return refuse(
        `no position is kept by ${mine < 0 ? 'this member' : unclean.join(', ')} (grastate.dat: seqno -1)`,
        'ask each with galera_recovery, start a new cluster on the one that knows most (galera_new_cluster), then resume',
      );
    }
    const further = knows.filter(([, seqno]) => seqno > mine);
    return further.length === 0
      ? todo(`the cluster is off; nobody knows more than this member, at ${mine}`)
      : refuse(
          `${further.map(([node, seqno]) => `${node} knows more (${seqno})`).join(', ')} than this member (${mine})`,
          `start a new cluster there (galera_new_cluster), then resume`,
        );
  },
});
