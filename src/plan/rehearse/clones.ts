import { REHEARSAL_DIR } from '../../steps/rehearsal.ts';
import { Chain } from '../draft.ts';
import { changedTableDefaults } from '../os-roll/prepare.ts';
import { cellsOf, IDENTITY, type Stage, urlsOf } from './stage.ts';

const SOURCE = 'research/lab.md 4 (rehearsal on clones); 002';
/** RabbitMQ's own account for its own machine. */
const BUS = 'rabbit://guest:guest@127.0.0.1:5672//';
/** Nobody listens there. */
const DEAD_BUS = 'rabbit://none:none@127.0.0.1:1//';

/** Live databases read in one transaction each, one after the other, and made clones. */
export function clone(chain: Chain, stage: Stage): void {
  const { host, member, databases } = stage;
  chain.draft.phase('clones', `Copy the databases of ${member}, reading only`);
  const before = chain.last;
  const dumps: string[] = [];
  for (const database of databases) {
    const own = new Chain(chain.draft, [...before, ...dumps.slice(-1)]);
    const dump = `${REHEARSAL_DIR}/${database}.sql.gz`;
    own.step({
      id: `${host}/${database}/dump`,
      kind: 'rehearsal.dump',
      on: [host],
      params: { from: member, database, path: dump },
      title: `Dump ${database} on ${member} to ${host}`,
      why: 'one transaction, nothing locked, nothing written there; it goes through here as a stream and is not kept',
      source: SOURCE,
      return: 'reversible',
      estimate: 10,
      timeout: 14_400,
    });
    dumps.push(...own.last);
  }
  chain.after([...before, ...dumps]);
  for (const database of databases) {
    chain.step({
      id: `${host}/${database}/restore`,
      kind: 'rehearsal.restore',
      on: [host],
      params: {
        database,
        dump: `${REHEARSAL_DIR}/${database}.sql.gz`,
        mark: `${REHEARSAL_DIR}/${database}.restored`,
      },
      title: `Restore ${database} on ${host}, under its own name`,
      why: "the machine's own server: no suffix is needed, and none can be forgotten",
      source: SOURCE,
      return: 'irreversible',
      estimate: 10,
      timeout: 14_400,
    });
  }
  tableDefaults(chain, stage);
}

/** As the real plan does before any sync; left out where the machine is to be as it is shipped. */
function tableDefaults(chain: Chain, stage: Stage): void {
  const { host, live, member, databases, asShipped } = stage;
  const schemas = changedTableDefaults(live, member).filter(({ schema }) => databases.includes(schema));
  if (asShipped || schemas.length === 0) return;
  chain.step({
    id: `${host}/databases/defaults`,
    kind: 'galera.defaults',
    on: [host],
    params: { schemas },
    title: `Let new tables of ${schemas.map(({ schema }) => schema).join(', ')} be made as the old ones are`,
    why: 'the real plan does so before any sync',
    source: 'docs/rolling.md; research/lab.md 4 (4)',
    return: 'reversible',
    estimate: 1,
  });
}

/**
 * Every way from the clones to the live cloud cut, before any of the target's code runs: routes, files, Nova's cells,
 * Keystone's catalogue. Then the proof, and the guard that all later steps have.
 */
export function seal(chain: Chain, stage: Stage, old?: Stage): void {
  const both = [stage, ...(old ? [old] : [])];
  chain.draft.phase('seal', 'Cut every way from the clones to the live cloud');
  for (const one of both) wall(chain, one);
  for (const one of both) configuration(chain, one);
  for (const one of both) prove(chain, one);
  untouched(chain, stage, 'before');
  chain.draft.everywhere = both.map(walled);
}

/** The guard of everything that runs a release's code on a machine. */
export const walled = ({ host, addresses }: Stage) => ({
  kind: 'rehearsal.walled',
  params: { host, addresses: [...addresses] },
  title: 'no address of the cluster can be reached, now',
});

function wall(chain: Chain, { host, addresses }: Stage): void {
  chain.step({
    id: `${host}/wall/raise`,
    kind: 'rehearsal.wall',
    on: [host],
    params: { addresses: [...addresses] },
    title: `Make the cluster's ${addresses.length} addresses unreachable from ${host}`,
    why: 'what nobody thought of rewriting cannot go there either',
    source: SOURCE,
    return: 'reversible',
    estimate: 2,
  });
}

function configuration(chain: Chain, stage: Stage): void {
  const { host, model, places, credentials, addresses, names, databases, services } = stage;
  const openrc = credentials === undefined ? [] : [credentials];
  const cells = cellsOf(stage);
  const step = (
    id: string,
    kind: string,
    params: Record<string, unknown>,
    title: string,
    why: string,
  ): void =>
    chain.step({
      id: `${host}/${id}`,
      kind,
      on: [host],
      params,
      title,
      why,
      source: SOURCE,
      return: 'reversible',
      estimate: 3,
      timeout: 600,
    });
  step(
    'configuration/copy',
    'rehearsal.copy',
    { from: model, places: [...places, ...openrc], path: `${REHEARSAL_DIR}/configuration.tar.gz` },
    `Copy ${model}'s configuration and keys of the services to ${host}`,
    'Fernet and credential keys too; passwords go from file to file and are shown nowhere',
  );
  step(
    'configuration/rewrite',
    'rehearsal.rewrite',
    {
      places: [...places],
      credentials: openrc,
      addresses: [...addresses],
      names: [...names],
      bus: services.some(({ bus }) => bus) ? BUS : DEAD_BUS,
      identity: IDENTITY,
    },
    `Turn every database, bus and API address in it to ${host} itself`,
    'a sync goes where the configuration says',
  );
  if (cells !== null) {
    step(
      'nova-cells/rewrite',
      'rehearsal.cells',
      { database: cells },
      "Turn the addresses in Nova's cell mappings to the clones, and their bus to none",
      'they hold live databases: `nova-manage db sync` would migrate the live cell0',
    );
  }
  if (databases.length > 0) {
    step(
      'databases/accounts',
      'rehearsal.accounts',
      { places: [...places], databases: [...databases], cells },
      `Give the services' accounts their clones on ${host}`,
      'the same accounts and passwords, read from the files there',
    );
  }
  if (databases.includes('keystone')) {
    step(
      'keystone-endpoints/rewrite',
      'rehearsal.endpoints',
      { database: 'keystone', urls: urlsOf(stage) },
      "Turn the endpoints in the clone of Keystone's catalogue to the loopback",
      'a service asks where the others are, and goes there',
    );
  }
}

function prove(chain: Chain, stage: Stage): void {
  const { host, places, credentials, addresses, databases } = stage;
  chain.step({
    id: `${host}/configuration/prove`,
    kind: 'rehearsal.sealed',
    on: [host],
    params: {
      places: [...places],
      credentials: credentials === undefined ? [] : [credentials],
      addresses: [...addresses],
      cells: cellsOf(stage),
      endpoints: databases.includes('keystone') ? { database: 'keystone', urls: urlsOf(stage) } : null,
    },
    title: 'Prove that no file, cell or endpoint leads to the live cloud',
    why: 'read again by another program than the one that rewrote them',
    source: SOURCE,
    return: 'reversible',
    estimate: 2,
    class: 'read',
  });
}

/** The live schemas are those that discovery read. */
export function untouched(
  chain: Chain,
  { host, member, fingerprints }: Stage,
  verb: 'before' | 'after',
): void {
  chain.step({
    id: `${host}/live-databases/${verb}`,
    kind: 'rehearsal.untouched',
    on: [host],
    params: { ask: member, fingerprints: { ...fingerprints } },
    title:
      verb === 'before'
        ? `See that the live schemas on ${member} are those that were copied`
        : `Prove that the live databases on ${member} are untouched`,
    why: 'tables, columns, collations, keys and revisions, as one hash for each database',
    source: SOURCE,
    return: 'reversible',
    estimate: 3,
    class: 'read',
  });
}
