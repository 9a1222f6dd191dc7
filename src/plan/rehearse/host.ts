import { distribution } from '../../catalog/distributions.ts';
import { minor } from '../../catalog/version.ts';
import { REHEARSAL_DIR } from '../../steps/rehearsal.ts';
import { RELAY_UNIT } from '../../steps/rehearsal-old.ts';
import type { Chain } from '../draft.ts';
import { keepFromStarting } from '../os-roll/exchange.ts';
import { changedDefaults, oldDefaults } from '../os-roll/prepare.ts';
import { targetCodename } from '../os-roll/topology.ts';
import { addArchiveTo } from '../rolling/archive.ts';
import { enginesOf, packagesOf, type Stage, startedOf } from './stage.ts';

const MARIADB_CONF = '/etc/mysql/mariadb.conf.d/90-windlass-rehearsal.cnf';
const OURS = '# Written by Windlass for a rehearsal.';
const SOURCE = 'research/lab.md 4 (rehearsal on clones); 002';

/** The target's MariaDB: the one its system ships, or the one that runs where the system stays. */
function serverVersion({ live, member }: Stage): string {
  const runs = live.facts.nodes[member]?.galera?.version ?? '';
  const ships = distribution(live.to.os).ships.mariadb ?? '';
  return minor(live.from.os === live.to.os ? runs || ships : ships);
}

/** The machine with the target's packages, a server of its own and a bus of its own, all on its loopback. */
export function readyHost(chain: Chain, stage: Stage): void {
  chain.draft.phase('host', 'Make the rehearsal host ready');
  system(chain, stage);
  server(chain, stage);
  services(chain, stage);
}

/** The same for the old release, whose services find the clones elsewhere: no server, but who can ask one. */
export function readyOldHost(chain: Chain, stage: Stage): void {
  chain.draft.phase('old-host', 'Make the old release’s machine ready');
  system(chain, stage);
  install(chain, stage.host, 'mariadb', ['mariadb-client'], 'asks the clones as the services’ accounts');
  services(chain, stage);
}

function system(chain: Chain, stage: Stage): void {
  const { host, live } = stage;
  const { draft } = chain;
  claim(chain, stage);
  keepFromStarting(chain, host);
  if (live.from.os === live.to.os && distribution(live.to.os).openstack !== live.to.openstack) {
    chain.after([addArchiveTo(draft, live, host, chain.last)]);
  }
  chain.step({
    id: `${host}/packages/lists`,
    kind: 'rehearsal.packages',
    on: [host],
    params: { mark: `${REHEARSAL_DIR}/lists` },
    title: `Fetch the package lists on ${host}`,
    why: 'a fresh machine has none',
    source: SOURCE,
    return: 'reversible',
    estimate: 10,
    timeout: 600,
  });
  chain.step({
    id: `${host}/os/upgrade`,
    kind: 'apt.dist-upgrade',
    on: [host],
    params: { codename: targetCodename(live) },
    title: `Bring ${host} up to date with ${targetCodename(live)}`,
    why: 'packages as they will come to the nodes',
    source: SOURCE,
    return: 'irreversible',
    estimate: 60,
    timeout: 3600,
  });
}

function services(chain: Chain, stage: Stage): void {
  const { host, live } = stage;
  const platform = stage.services.some((service) => service.bus);
  if (platform) bus(chain, host);
  install(chain, host, 'memcached', ['memcached'], 'tokens and caches as in the live cloud, on the loopback');
  start(chain, stage, 'memcached');
  install(
    chain,
    host,
    'openstack',
    packagesOf(stage),
    `the code of ${live.to.openstack}, nothing of it started: ${stage.services.map(({ name }) => name).join(', ')}`,
  );
}

function claim(chain: Chain, stage: Stage): void {
  const { host, live, round } = stage;
  chain.step({
    id: `${host}/host/claim`,
    kind: 'rehearsal.claim',
    on: [host],
    params: {
      cluster: live.cluster.cluster,
      round,
      codename: targetCodename(live),
      strange: [...new Set(['mariadb-server', 'rabbitmq-server', ...packagesOf(stage)])].filter(
        (name) => !name.startsWith('python3-py') && name !== 'python3-memcache',
      ),
      units: [
        ...stage.services.flatMap((service) => [...enginesOf(service), ...startedOf(service)]),
        RELAY_UNIT,
      ],
    },
    title: `Take ${host} for this rehearsal, if nobody's databases are on it`,
    why: 'databases called as the live ones will be dropped and made there: a machine that has any and is not ours is refused',
    source: SOURCE,
    return: 'irreversible',
    estimate: 3,
    timeout: 600,
  });
}

function server(chain: Chain, stage: Stage): void {
  const { host, live, member, asShipped } = stage;
  const version = serverVersion(stage);
  const changed = changedDefaults(live, member);
  const kept = asShipped ? [] : changed;
  const left =
    asShipped && changed.length > 0
      ? `, without the old ${changed.map(({ option }) => option).join(', ')}`
      : '';
  chain.step({
    id: `${host}/mariadb/configure`,
    kind: 'file.write',
    on: [host],
    params: {
      path: MARIADB_CONF,
      mode: '0644',
      content: `${OURS}\n[mysqld]\nbind-address = 127.0.0.1\n${kept.length > 0 ? oldDefaults(version, kept) : ''}`,
      before: null,
      ours: OURS,
    },
    title: `Configure MariaDB ${version} on ${host} as the plan will${left}`,
    why: kept.length > 0 ? kept.map(({ says }) => says).join('; ') : 'reached from the machine itself only',
    source: [SOURCE, ...changed.map(({ source }) => source)].join('; '),
    return: 'reversible',
    estimate: 1,
  });
  install(
    chain,
    host,
    'mariadb',
    ['mariadb-server'],
    "clones on the live server passed where the target's failed",
  );
  start(chain, stage, 'mariadb');
  chain.step({
    id: `${host}/mariadb/verify`,
    kind: 'rehearsal.server',
    on: [host],
    params: { version, keeps: kept.map(({ option, before }) => ({ option, value: before })) },
    title: `See that ${host} runs the target's MariaDB, ${version}`,
    why: 'on the live 10.11 the clones passed 20 of 20: a false green',
    source: SOURCE,
    return: 'reversible',
    estimate: 1,
    class: 'read',
  });
}

/** A bus of its own: what answers lists over it has no other, and none of the live one's is ever named. */
function bus(chain: Chain, host: string): void {
  for (const [name, path, content] of [
    ['configure', '/etc/rabbitmq/rabbitmq.conf', `${OURS}\nlisteners.tcp.default = 127.0.0.1:5672\n`],
    ['name', '/etc/rabbitmq/rabbitmq-env.conf', `${OURS}\nNODENAME=rabbit@localhost\n`],
  ] as const) {
    chain.step({
      id: `${host}/rabbitmq/${name}`,
      kind: 'file.write',
      on: [host],
      params: { path, mode: '0644', content, before: null, ours: OURS },
      title: `Keep ${host}'s bus on its loopback (${path.replace(/^.*\//, '')})`,
      why: 'reached from the machine itself only',
      source: SOURCE,
      return: 'reversible',
      estimate: 1,
    });
  }
  install(
    chain,
    host,
    'rabbitmq',
    ['rabbitmq-server'],
    'an API that asks an engine over the bus answers no list without one',
  );
  chain.step({
    id: `${host}/rabbitmq/start`,
    kind: 'systemd.release',
    on: [host],
    params: { units: ['rabbitmq-server'] },
    title: `Start ${host}'s own bus`,
    why: 'empty; nothing of the live one is on it',
    source: SOURCE,
    return: 'reversible',
    estimate: 15,
    timeout: 300,
    settle: 180,
  });
}

function install(chain: Chain, host: string, thing: string, packages: readonly string[], why: string): void {
  chain.step({
    id: `${host}/${thing}/install`,
    kind: 'apt.install',
    on: [host],
    // A fresh machine would be given hundreds that are only recommended: minutes, and nothing of the cloud is in them.
    params: { packages: [...packages], recommends: false },
    title: `Install ${thing === 'openstack' ? `${packages.length} packages of the services` : packages.join(', ')} on ${host}`,
    why,
    source: SOURCE,
    return: 'reversible',
    estimate: thing === 'openstack' ? 240 : 30,
    timeout: 3600,
  });
}

/** Started anew in each round, so that it runs with what was just written. */
function start(chain: Chain, { host, round }: Stage, unit: string): void {
  chain.step({
    id: `${host}/${unit}/start`,
    kind: 'systemd.restart',
    on: [host],
    params: { units: [unit], key: `rehearsal-${round}-${unit}` },
    title: `Start ${unit} on ${host} with its configuration`,
    why: 'packages start nothing',
    source: SOURCE,
    return: 'reversible',
    estimate: 5,
    timeout: 300,
    settle: 120,
  });
}
