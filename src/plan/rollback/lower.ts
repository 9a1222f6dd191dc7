import { z } from 'zod';
import type { Service } from '../../catalog/service.ts';
import { SERVICES } from '../../catalog/services/index.ts';
import { Chain, type Draft } from '../draft.ts';
import { beforeWork } from '../os-roll/configure.ts';
import { drainApis, orRests } from '../os-roll/drain.ts';
import { keepFromStarting } from '../os-roll/exchange.ts';
import { POLICY_RC } from '../os-roll/keep.ts';
import { hasRole, serversOf, servicesOn } from '../os-roll/topology.ts';
import { staysDown } from '../rolling/dependencies.ts';
import { archiveFiles, calmed, etcPaths } from './past.ts';
import { type Scope, unitsNow, writesDatabases } from './scope.ts';

const SOURCE = 'docs/rollback.md';

/** On every node: nothing of the run is under way. */
export function quiet(draft: Draft, { nodes, request }: Scope): readonly string[] {
  const { run } = request.past;
  draft.phase('quiet', `See that nothing of run ${run} is under way`);
  return nodes.map((node) =>
    draft.add({
      id: `${node}/run/ended`,
      kind: 'run.ended',
      on: [node],
      params: { run },
      title: `See that nothing of run ${run} is under way on ${node}`,
      why: 'package work is never cut in half: what runs comes to its end first',
      source: 'design 5',
      needs: [],
      return: 'reversible',
      estimate: 1,
      settle: 7200,
      class: 'read',
    }),
  );
}

/** Services that will change, or whose databases will, stop everywhere at once. Gives the last step of each node. */
export function stop(
  draft: Draft,
  scope: Scope,
  needs: readonly string[],
): ReadonlyMap<string, readonly string[]> {
  draft.phase('stop', 'Stop what is ahead, everywhere at once; guests run on');
  const { roll } = scope;
  const serves = roll.all.some(
    (node) => !scope.stopped.includes(node) && serversOf(roll, node).some(({ sql }) => !sql),
  );
  const last = new Map<string, readonly string[]>();
  for (const node of scope.stopped) {
    const chain = new Chain(draft, needs, { class: 'cutover' });
    const goes = scope.disks?.back.includes(node) ?? false;
    if (scope.lowered.includes(node) || goes) beforeWork(chain, roll.cluster, node, { class: 'light' });
    if (scope.lowered.includes(node)) keepFromStarting(chain, node);
    const servers = serversOf(roll, node).filter(({ sql }) => !sql);
    if (serves && servers.length > 0 && scope.touched.includes(node)) {
      const drained = drainApis(roll, servers);
      chain.step({
        id: `${node}/haproxy/drain`,
        ...(scope.disks ? orRests(drained) : drained),
        title: `Drain ${node}'s APIs on every balancer`,
        why: 'others serve as they did: requests under way end',
        source: '001',
        estimate: 3,
      });
    }
    const units = unitsNow(scope, node);
    if (units.length > 0) {
      chain.step({
        id: `${node}/openstack/stop`,
        kind: 'systemd.stop',
        on: [node],
        params: { units, until: 'release' },
        title: `Stop what ${node} runs of OpenStack`,
        why: 'neither code nor databases may change under a daemon; qemu, libvirt and the switch go on',
        source: 'research/lab.md 4',
        return: 'reversible',
        estimate: 8,
        ...(hasRole(roll, node, 'controller')
          ? { impact: { apis: servicesOn(roll, node).map(({ name }) => name) } }
          : {}),
      });
    }
    last.set(node, chain.last);
  }
  return last;
}

/**
 * Of what was dumped the databases of services, and those named after one (a cell's `nova_cell1`). What is an operator's own
 * is not of the old release: it is left as it is, and somebody may be writing to it (lab: the watch's, and Galera hung).
 */
function ofServices(dumped: unknown): string[] {
  return z
    .array(z.string())
    .parse(dumped)
    .filter((name) => SERVICES.some((service) => isOf(service, name)));
}

const isOf = ({ databases }: Service, name: string): boolean =>
  databases.some((one) => name === one || name.startsWith(`${one}_`));

/** Guests that may still be born between the question how many there were and the stop of everything. */
const BORN_MEANWHILE = 1000;

/**
 * Tables of these databases that go on counting from where they are: what live databases say before they are dropped, or,
 * where disks went back under them, what they said when the way back was planned.
 */
function numbersIn({ disks, request: { born } }: Scope, databases: readonly string[]) {
  const found = SERVICES.flatMap((service) =>
    (service.numbers ?? []).flatMap(({ table }) =>
      databases.filter((name) => isOf(service, name)).map((database) => ({ database, table })),
    ),
  );
  if (found.length === 0) return {};
  const read = disks !== undefined && typeof born === 'object';
  return { numbers: found, ...(read ? { floor: born.number + BORN_MEANWHILE } : {}) };
}

/** All databases from the proved dumps, when nothing anywhere writes to them any more. */
export function restore(draft: Draft, scope: Scope, needs: readonly string[]): readonly string[] {
  const { past, round } = scope.request;
  const dump = past.plan.steps.find(({ kind }) => kind === 'backup.databases');
  if (scope.decision.is !== 'restore' || dump === undefined) return setDefaults(draft, scope, needs);
  const [node = ''] = dump.on;
  const databases = ofServices(dump.params.databases);
  const writers = scope.stopped.flatMap((one) => {
    const units = unitsNow(scope, one);
    return writesDatabases(scope.roll, one) && units.length > 0 ? [[one, units] as const] : [];
  });
  return [
    draft.add({
      id: `${node}/databases/restore`,
      kind: 'backup.restore',
      on: [node],
      params: { ...dump.params, databases, round, ...numbersIn(scope, databases) },
      title: `Restore all databases on ${node} from the proved dumps, and count their rows`,
      why: 'all or none: services refer to each other, and old code does not read what new code wrote',
      source: 'research/lab.md 4, 5',
      needs,
      return: 'irreversible',
      estimate: 10,
      timeout: 14_400,
      class: 'cutover',
      impact: { sql: 'none' },
      guards:
        writers.length === 0
          ? []
          : [
              {
                kind: 'systemd.at-rest',
                params: { units: Object.fromEntries(writers) },
                title: 'nothing of OpenStack runs where it writes to databases, now',
              },
            ],
    }),
  ];
}

/** What new tables get, as it was: a restore brings that by itself. */
function setDefaults(
  draft: Draft,
  { request: { past } }: Scope,
  needs: readonly string[],
): readonly string[] {
  const set = past.applied.find(({ kind }) => kind === 'galera.defaults');
  if (set === undefined || !Array.isArray(set.params.schemas)) return [];
  const schemas: unknown[] = set.params.schemas.map((one: { collation: string; before: string }) => ({
    ...one,
    collation: one.before,
    before: one.collation,
  }));
  return [
    draft.add({
      id: 'cluster/databases/defaults',
      kind: 'galera.defaults',
      on: set.on,
      params: { schemas },
      title: 'Let new tables be made as they were before the run',
      why: 'the run had changed what a database gives a new table',
      source: SOURCE,
      needs,
      return: 'reversible',
      estimate: 1,
      class: 'light',
    }),
  ];
}

/** Seconds for looks that compare all packages or files: on busy nodes one of them can run out of its own time. */
const SLOW_LOOK = 300;

/** Folders whose files come back exactly as they were kept. */
const PLACES = ['/etc/systemd/system', '/etc/apache2', '/etc/uwsgi'];

/** Files of ours that lie outside what comes back, or where nothing comes back at all. */
function takeAway(chain: Chain, { touched, lowered, did, request }: Scope, node: string): void {
  const paths = [
    ...(touched.includes(node) ? [] : archiveFiles(request, node)),
    ...(lowered.includes(node) || did.some((past) => calmed(past, node)) ? [POLICY_RC] : []),
  ];
  if (paths.length === 0) return;
  chain.step({
    id: `${node}/ours/remove`,
    kind: 'file.remove',
    on: [node],
    params: { paths },
    title: `Take ${paths.map((path) => path.replace(/^.*\//, '')).join(', ')} away on ${node}`,
    why: 'the package work is over: packages may start their services again, and nothing comes from the new archive',
    source: 'research/lab.md 5 (1)',
    return: 'reversible',
    estimate: 1,
  });
}

/** One node's packages and configuration as the checkpoint kept them. Gives its last step. */
function lowerNode(draft: Draft, scope: Scope, node: string, needs: readonly string[]): readonly string[] {
  const { dir, roll, request } = scope;
  const chain = new Chain(draft, needs, { class: 'cutover' });
  const units = scope.stopped.includes(node) ? unitsNow(scope, node) : [];
  if (scope.lowered.includes(node)) {
    chain.step({
      id: `${node}/packages/lower`,
      kind: 'packages.lower',
      on: [node],
      params: { dir: `${dir}/packages`, ...staysDown(units) },
      title: `Put ${node}'s packages back to their kept versions, marks and holds`,
      why: 'one transaction of apt on the kept files; what was left half done is mended or put back whole',
      source: 'research/lab.md 4',
      return: 'restore',
      estimate: 60,
      timeout: 3600,
      settle: SLOW_LOOK,
    });
  }
  if (scope.touched.includes(node)) {
    const absent = archiveFiles(request, node);
    const places = new Set([
      ...servicesOn(roll, node).flatMap(({ etc }) => etc),
      ...PLACES,
      ...etcPaths(request.past, node).filter((path) => !absent.includes(path)),
    ]);
    chain.step({
      id: `${node}/etc/back`,
      kind: 'etc.back',
      on: [node],
      params: {
        path: `${dir}/etc.tar.gz`,
        aside: `${dir}/etc-${request.round}.tar.gz`,
        places: [...places].sort(),
        absent,
      },
      title: `Put ${node}'s configuration back as it was kept`,
      why: 'pins, workarounds, mended files, masks and the archive of the new release go with it',
      source: SOURCE,
      return: 'restore',
      estimate: 3,
      settle: SLOW_LOOK,
    });
  }
  takeAway(chain, scope, node);
  return chain.last;
}

/**
 * All nodes at the same time; the one whose databases come back (`restored`) after that, while the others' packages do: it
 * does one thing at a time.
 */
export function lower(
  draft: Draft,
  scope: Scope,
  stopped: ReadonlyMap<string, readonly string[]>,
  restored: readonly string[],
  needs: readonly string[],
): ReadonlyMap<string, readonly string[]> {
  draft.phase('back', 'Bring packages, configuration and databases back');
  const here = (node: string): string[] => restored.filter((id) => id.startsWith(`${node}/`));
  return new Map(
    scope.nodes.map(
      (node) =>
        [node, lowerNode(draft, scope, node, [...(stopped.get(node) ?? needs), ...here(node)])] as const,
    ),
  );
}
