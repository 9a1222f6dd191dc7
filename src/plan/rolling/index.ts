import type { Service } from '../../catalog/service.ts';
import { majorAt, majorOf } from '../../catalog/services/index.ts';
import { nodesWith, ROLES } from '../../model/cluster.ts';
import type { Step } from '../../model/plan.ts';
import { Chain, Draft } from '../draft.ts';
import { deciders } from '../gates.ts';
import { guestWatch } from '../guests.ts';
import { bringProgram } from '../os-roll/cloud.ts';
import { beforeWork } from '../os-roll/configure.ts';
import { keepFromStarting } from '../os-roll/exchange.ts';
import { backup } from '../os-roll/prepare.ts';
import { type Controllers, servicesOn } from '../os-roll/topology.ts';
import { makeParts } from '../parts.ts';
import { restartAgents } from './agents.ts';
import { addArchive, staysBehind } from './archive.ts';
import { atOnce } from './at-once.ts';
import { keepBeside } from './checkpoint.ts';
import { raiseLibraries } from './dependencies.ts';
import { finish } from './finish.ts';
import { raiseSatellites } from './satellites.ts';
import { raiseService } from './service.ts';
import { librariesAhead, raiseTogether } from './together.ts';
import { inWaves, raiseInWaves } from './waves.ts';

/** Steps on one node that keep or make what the whole cluster shares. */
const OF_THE_WHOLE = new Set([
  'backup.databases',
  'backup.prove',
  'galera.defaults',
  'rabbitmq.export',
  'pacemaker.keep-cib',
]);

/**
 * Another release on the system that is there (001): the archive is added everywhere, libraries rise before their
 * services, and service by service goes over the controllers, the node with the VIP first, then over what it runs
 * elsewhere, or, where the policy asks for waves, all of that when the control plane is through. Over a longer way, where
 * old services do not run on the new libraries, controller by controller instead.
 * Bus, database, cluster and system stay as they are.
 */
export function rolling(found: Controllers): Draft {
  const carriers = found.all.filter((name) => found.vips.some(({ at }) => at === name));
  const members = [...carriers, ...found.all.filter((name) => !carriers.includes(name))];
  const order = members.filter((name) => !hasRisen(found, name));
  const services = found.services.filter((service) => !staysBehind(found, service));
  // Every node has the target's system already: here it is the release that makes a node done.
  const done = members.filter((name) => !order.includes(name));
  const roll: Controllers = { ...found, services, order, done, lead: order[0] ?? found.lead };
  const workers = nodesWith(roll.cluster, ...ROLES).filter(
    (name) =>
      roll.facts.nodes[name] &&
      !roll.all.includes(name) &&
      servicesOn(roll, name).length > 0 &&
      !hasRisen(roll, name),
  );
  const nodes = [...order, ...workers];
  const draft = new Draft();
  draft.phase('prepare', 'Prepare: add the archive, fetch packages');
  bringProgram(draft, roll);
  addArchive(draft, roll, nodes);
  const beside = keepBeside(draft, roll, nodes);
  backup(draft, roll, workers, ['db', 'etc', ...beside.holds], beside.steps);
  // Of what is fetched and kept on nodes that rise only the first controller's is waited for: elsewhere it goes on beside
  // it, and comes before that node's own packages. Its turn stops daemons on the other controllers: not before their /etc.
  const later = nodes.filter((name) => name !== order[0]);
  const shared = ({ kind, on }: Step): boolean =>
    OF_THE_WHOLE.has(kind) || (kind === 'backup.etc' && order.includes(on[0] ?? ''));
  const apart = (step: Step): boolean => !shared(step) && later.includes(step.on[0] ?? '');
  const own = Map.groupBy(draft.steps.filter(apart), ({ on }) => on[0]);
  const first = draft.steps.filter((step) => !apart(step));
  const kept = draft.steps.length;
  makeParts(draft, roll, nodes);
  const ready = [...first, ...draft.steps.slice(kept)].map(({ id }) => id);
  const ahead = librariesAhead(roll);
  draft.phase(
    'libraries',
    ahead ? 'Libraries first' : 'Keep packages and configurers from starting anything',
  );
  const calm = new Map(nodes.map((node) => [node, keepCalm(draft, roll, node, ready)]));
  const prepared = new Map(
    nodes.map((node) => [
      node,
      [...(own.get(node) ?? []).map(({ id }) => id), ...(calm.get(node) ?? [])] as const,
    ]),
  );
  let last: readonly string[] = order.length > 0 ? order.flatMap((node) => calm.get(node) ?? []) : ready;
  const raise = ahead ? raiseLibraries : raiseTogether;
  for (const group of atOnce(roll.cluster, order)) {
    const after = last;
    last = group.flatMap((node) => raise(draft, roll, node, [...after, ...(prepared.get(node) ?? [])]));
  }
  const ends = new Map<Service, readonly string[]>();
  const restarted = new Map<Service, readonly string[]>();
  const waves = inWaves(roll.cluster.policy);
  const here = draft.steps.length;
  const onNode = new Map<string, readonly string[]>();
  const running = new Set(workers.flatMap((node) => servicesOn(roll, node)));
  const rising = [...new Set([...roll.services, ...running])].filter(
    (service) => !staysBehind(roll, service),
  );
  for (const service of rising) {
    if (ahead && roll.services.includes(service)) last = raiseService(draft, roll, service, last);
    else if (!waves) draft.phase(`raise-${service.name}`, `Raise ${service.name} outside the controllers`);
    const place = { workers, prepared, after: last, onNode };
    ends.set(service, waves ? [] : raiseSatellites(draft, roll, service, place));
    restarted.set(service, restartAgents(draft, roll, service, last));
  }
  if (waves) {
    const through = raiseInWaves(draft, roll, rising, { workers, prepared, after: last });
    for (const service of rising) ends.set(service, through);
  }
  for (const [service, own] of restarted) ends.set(service, [...(ends.get(service) ?? []), ...own]);
  const outside = draft.steps.slice(here).filter(({ id }) => workers.includes(id.split('/')[0] ?? ''));
  const phases = [...new Set(outside.map(({ phase }) => phase))].filter((id) => id !== 'test-node');
  draft.guests = guestWatch(roll.cluster, roll.facts, workers, phases);
  const over = [...new Set([...last, ...[...restarted.values()].flat()])];
  finish(draft, roll, { workers, outside, ends, configured: !ahead }, over);
  draft.gates.push({
    id: 'point-of-no-return',
    title: 'Backups are proved; from here on, packages and schemas come back only by a restore',
    before: [...calm.values()].flat(),
    ...deciders(roll.cluster),
    onExpiry: 'halt',
  });
  return draft;
}

/**
 * Whether a node is through: its packages all of the target's release and whole, and its APIs not held by a run that was
 * given up. A service that does not tell its release counts as old.
 */
function hasRisen(roll: Controllers, node: string): boolean {
  const facts = roll.facts.nodes[node];
  if (facts === undefined || (facts.apt.audit ?? '') !== '') return false;
  return servicesOn(roll, node)
    .filter((service) => !staysBehind(roll, service))
    .every((service) => {
      const version = facts.packages[service.tells?.package ?? '']?.version;
      const held =
        roll.all.includes(node) && facts.units[`${service.api?.unit}.service`]?.active === 'inactive';
      const major = majorAt(service, roll.to.openstack) ?? Number.POSITIVE_INFINITY;
      return !held && version !== undefined && majorOf(version) >= major;
    });
}

/** Neither a configurer nor a package starts anything on the node until its end. */
function keepCalm(
  draft: Draft,
  roll: Controllers,
  node: string,
  needs: readonly string[],
): readonly string[] {
  const chain = new Chain(draft, needs, { class: 'light' });
  beforeWork(chain, roll.cluster, node, { class: 'light' });
  keepFromStarting(chain, node);
  return chain.last;
}
