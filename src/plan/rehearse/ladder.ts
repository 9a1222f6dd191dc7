import { lists } from '../../catalog/rehearsal.ts';
import type { DatabaseStep, Service } from '../../catalog/service.ts';
import { CLOUD_PATH } from '../../drivers/cloud.ts';
import { CLOUD_MARK, CLOUD_PROGRAM } from '../../drivers/cloud-program.ts';
import { REHEARSAL_DIR } from '../../steps/rehearsal.ts';
import type { Chain } from '../draft.ts';
import { LEAVES } from '../os-roll/leave.ts';
import { bearOldComputes, refusesOldComputes } from '../os-roll/old-computes.ts';
import { changeOptions } from '../os-roll/options.ts';
import { migrations } from '../os-roll/services.ts';
import { cutsOver, mend, RETURNS } from '../os-roll/start.ts';
import { carries } from '../os-roll/topology.ts';
import { untouched } from './clones.ts';
import { packagesOf, type Stage, startedOf } from './stage.ts';

const SOURCE = 'research/lab.md 4 (rehearsal on clones); 002';
const TITLE = 'Run every migration on the clones';
const MOMENTS = ['first', 'last', 'after'] as const;

/** What happens between the commands before new code serves and the others: `waits` are those that come after it. */
export interface Expanded {
  waits(service: Service, step: DatabaseStep): boolean;
  ask(): void;
}

/** Every database command of the catalogue on the clones, by the very steps of the real plan, each timed. */
export function climb(chain: Chain, stage: Stage, expanded?: Expanded): void {
  const { host, twin, services } = stage;
  const { draft } = chain;
  if (expanded) draft.phase('expand', 'Expand the clones, as while old code still serves elsewhere');
  else draft.phase('ladder', TITLE);
  changeOptions(chain, twin, host, services);
  if (services.some(({ name }) => name === 'nova')) bearOldComputes(chain, twin, host);
  if (expanded) {
    const now = (service: Service, step: DatabaseStep): boolean => !expanded.waits(service, step);
    chain.after(migrations(draft, twin, host, 'first', chain.last, services, now));
    expanded.ask();
    draft.phase('ladder', TITLE);
  }
  for (const moment of MOMENTS) {
    const which = moment === 'first' && expanded ? expanded.waits : undefined;
    chain.after(migrations(draft, twin, host, moment, chain.last, services, which));
  }
  const databases = services.flatMap(({ name, databases: own }) =>
    stage.databases
      .filter((database) => own.includes(database) || (name === 'nova' && /^nova_cell\w+$/.test(database)))
      .map((database) => ({ database, module: name })),
  );
  chain.step({
    id: `${host}/databases/heads`,
    kind: 'rehearsal.heads',
    on: [host],
    params: {
      databases,
      modules: [
        ...services.map(({ name }) => name),
        ...(services.some(({ name }) => name === 'neutron') ? NEUTRON_PLUGINS : []),
      ],
    },
    title: 'See that every clone is at the head of the target’s migrations',
    why: 'after a failed expand, contract ends with 0: only the revisions tell',
    source: 'research/lab.md 4 (6)',
    return: 'reversible',
    estimate: 3,
    class: 'read',
  });
}

/** What plugs into Neutron's database and has revisions of its own there. */
const NEUTRON_PLUGINS = [
  'neutron_dynamic_routing',
  'neutron_fwaas',
  'neutron_vpnaas',
  'networking_bgpvpn',
  'networking_sfc',
];

/** The target's services on the clones, asked for lists with a token of their own Keystone. */
export function serve(chain: Chain, stage: Stage): void {
  const { host, services } = stage;
  chain.draft.phase('services', 'Start the services on the clones and ask them');
  const started = services.filter((service) => unitsOf(stage, service).length > 0);
  for (const service of started) start(chain, stage, service);
  if (stage.credentials !== undefined) {
    chain.step({
      id: `${host}/cloud-program/write`,
      kind: 'file.write',
      on: [host],
      params: { path: CLOUD_PATH, mode: '0755', content: CLOUD_PROGRAM, before: null, ours: CLOUD_MARK },
      title: `Put the program that asks APIs on ${host}`,
      why: 'the password stays in the credentials file, whose address leads to the machine itself now',
      source: 'design 5',
      return: 'reversible',
      estimate: 1,
    });
    for (const service of started) ask(chain, stage, service, stage.credentials);
  }
  for (const service of services) status(chain, stage, service);
}

/** What is started of a service: what the model runs, and no more. */
function unitsOf({ twin, host }: Stage, service: Service): string[] {
  const units = twin.facts.nodes[host]?.units ?? {};
  return startedOf(service).filter((unit) => units[`${unit}.service`] !== undefined);
}

function start(chain: Chain, stage: Stage, service: Service): void {
  const { host, twin } = stage;
  mend(chain, twin, host, service);
  const units = unitsOf(stage, service);
  const { api } = service;
  const http =
    api && units.includes(api.unit)
      ? { url: `http://127.0.0.1:${api.port}${api.path}`, expect: [...api.expect] }
      : undefined;
  chain.step({
    id: `${host}/${service.name}/start`,
    kind: 'systemd.release',
    on: [host],
    params: { units, ...(http ? { http } : {}) },
    title: `Start ${units.join(', ')} on ${host}${http ? ' and ask by HTTP' : ''}`,
    why: 'a unit that is active proves nothing: uwsgi stays active with a broken application',
    source: 'research/lab.md 4 (9)',
    return: 'reversible',
    estimate: 8,
    timeout: 300,
    settle: 180,
  });
}

function ask(chain: Chain, { host }: Stage, service: Service, credentials: string): void {
  const { api } = service;
  if (api?.list === undefined) return;
  for (const { what, path } of [{ what: 'list', path: api.list }, ...(lists(service).more ?? [])]) {
    chain.step({
      id: `${host}/${service.name}/${what}`,
      kind: 'rehearsal.list',
      on: [host],
      params: {
        credentials,
        at: `http://127.0.0.1:${api.port}`,
        path,
        login: service.name === 'keystone',
      },
      title: `Ask ${service.name} for ${path.replace(/\?.*/, '')}`,
      why: 'code, schema and rows have to fit each other for it',
      source: SOURCE,
      return: 'reversible',
      estimate: 5,
      settle: 180,
      class: 'read',
    });
  }
}

function status(chain: Chain, stage: Stage, { name, status: check }: Service): void {
  if (check === undefined) return;
  const bears = name === 'nova' && refusesOldComputes(stage.live);
  chain.step({
    id: `${stage.host}/${name}/status`,
    kind: 'rehearsal.status',
    on: [stage.host],
    params: {
      path: `${REHEARSAL_DIR}/status-${name}`,
      user: check.runAs,
      argv: [...check.argv],
      borne: bears
        ? [
            {
              check: 'Older than N-1 computes',
              because:
                'the plan writes disable_compute_service_check_for_ffu until the last compute has risen',
            },
          ]
        : [],
    },
    title: `Ask the target's own ${check.argv.join(' ')}`,
    why: 'the old release said Success for computes that the new one refuses',
    source: check.source,
    return: 'reversible',
    estimate: 8,
    timeout: 600,
  });
}

/** What it came to: the live databases as they were, the versions it was, everything at rest again. */
export function close(chain: Chain, stage: Stage): void {
  const { host, services } = stage;
  chain.draft.phase('close', 'Prove that nothing live was touched');
  untouched(chain, stage, 'after');
  chain.step({
    id: `${host}/versions/tell`,
    kind: 'rehearsal.versions',
    on: [host],
    params: {
      path: `${REHEARSAL_DIR}/versions.json`,
      packages: [...new Set([...packagesOf(stage).filter((name) => !/-doc$/.test(name)), 'python3'])],
    },
    title: 'Tell which versions were rehearsed',
    why: 'another build of a package is another rehearsal',
    source: SOURCE,
    return: 'reversible',
    estimate: 1,
  });
  const units = services.flatMap((service) => unitsOf(stage, service));
  if (units.length === 0) return;
  chain.step({
    id: `${host}/openstack/stop`,
    kind: 'systemd.stop',
    on: [host],
    params: { units },
    title: `Stop the services on ${host}`,
    why: 'the clones stay to be looked at; the next rehearsal begins by dropping them',
    source: SOURCE,
    return: 'reversible',
    estimate: 5,
    // An engine that is asked to end waits for its workers: over a minute was seen on a busy machine.
    timeout: 300,
    settle: 120,
  });
}

/** Steps whose seconds a service is away for in the real run: from the stop of its old code until it answers again. */
export function windowOf(stage: Stage, ids: readonly string[], alone: boolean): Record<string, string[]> {
  const away = stage.services.filter((service) => alone || cutsOver(stage.live, service));
  return Object.fromEntries(
    away.map(({ name, database }) => {
      const first = database
        .filter(({ moment }) => moment === 'first')
        .map(({ id }) => `cluster/${name}-database/${id}`);
      return [name, ids.filter((id) => first.includes(id) || id === `${stage.host}/${name}/start`)];
    }),
  );
}

/** What the real run adds to that window: the old code's stop on the other controllers, and the return into the balancers. */
export function aroundOf({ live }: Stage, services: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    live.services
      .filter(({ name }) => services.includes(name))
      .map((service) => {
        const served = live.servers.some((server) => carries(server, service));
        return [service.name, LEAVES + (served ? RETURNS : 0)];
      }),
  );
}
