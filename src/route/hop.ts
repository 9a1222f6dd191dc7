import { busWay } from '../catalog/components/rabbitmq.ts';
import { distribution, type Shipped } from '../catalog/distributions.ts';
import { aloneOutage, aloneReleaseOutage, rollOutage, switchSeconds } from '../catalog/outages.ts';
import { findSeries } from '../catalog/releases.ts';
import type { HopCase } from '../catalog/rule.ts';
import type { Service } from '../catalog/service.ts';
import { databaseWay, mustCutOver, rolls, servicesNamed } from '../catalog/services/index.ts';
import { upstream } from '../catalog/version.ts';
import { type Cluster, hasOneController, nodesWith } from '../model/cluster.ts';
import type { Facts } from '../model/facts.ts';
import type { Hop, Outage, Strategy } from '../model/plan.ts';
import type { Standing } from '../model/target.ts';

/** What of the cluster the rules look at, for one hop. */
export function hopCase(cluster: Cluster, from: Standing, to: Standing, facts?: Facts): HopCase {
  return {
    from,
    to,
    services: servicesNamed(Object.values(cluster.services).flatMap((names) => names ?? [])),
    platform: cluster.platform,
    running: running(facts),
    carries: carried(cluster, facts),
    flags: facts ? (Object.values(facts.nodes).find(({ rabbitmq }) => rabbitmq)?.rabbitmq?.flags ?? {}) : {},
  };
}

/** Versions that the facts know; only where the nodes agree, since a half-upgraded cluster has two. */
function running(facts: Facts | undefined): Readonly<Partial<Record<Shipped, string>>> {
  const nodes = Object.values(facts?.nodes ?? {});
  const only = (found: readonly (string | undefined)[]): string | undefined => {
    const known = new Set(found.filter((version) => version !== undefined && version !== ''));
    return known.size === 1 ? [...known][0] : undefined;
  };
  const rabbitmq = only(nodes.map((node) => node.rabbitmq?.version));
  const mariadb = only(nodes.map((node) => /^[\d.]+/.exec(node.galera?.version ?? '')?.[0]));
  const packaged = PACKAGES.flatMap(([name, packages]) => {
    const version = only(
      nodes.flatMap((node) => packages.map((one) => node.packages[one]?.version).map(bareVersion)),
    );
    return version === undefined ? [] : [[name, version] as const];
  });
  return {
    ...Object.fromEntries(packaged),
    ...(rabbitmq ? { rabbitmq } : {}),
    ...(mariadb ? { mariadb } : {}),
  };
}

const bareVersion = (version: string | undefined): string | undefined =>
  version === undefined || version === '0' ? undefined : upstream(version);

/** Packages whose version is that of the component. */
const PACKAGES: readonly (readonly [Shipped, readonly string[]])[] = [
  ['corosync', ['corosync']],
  ['pacemaker', ['pacemaker']],
  ['openvswitch', ['openvswitch-switch']],
  ['ovn', ['ovn-common']],
  ['ceph', ['ceph-mon', 'ceph-osd']],
];

/** Components by the roles and words of the cluster file, and by what discovery found installed. */
function carried(cluster: Cluster, facts: Facts | undefined): string[] {
  const words = Object.values(cluster.services).flatMap((names) => names ?? []);
  const installed = (name: string): boolean =>
    Object.values(facts?.nodes ?? {}).some(({ packages }) => packages[name] !== undefined);
  const found = {
    'ceph-mon': nodesWith(cluster, 'ceph-mon').length > 0 || installed('ceph-mon'),
    'ceph-osd': nodesWith(cluster, 'ceph-osd').length > 0 || installed('ceph-osd'),
    ovn: words.some((word) => /^(neutron-)?ovn-/.test(word)) || installed('ovn-common'),
    openvswitch:
      words.some((word) => /openvswitch|^(neutron-)?ovn-/.test(word)) || installed('openvswitch-switch'),
  };
  return Object.entries(found).flatMap(([name, there]) => (there ? [name] : []));
}

/** The hop with the strategy that fits, why, and what it is expected to cost. */
export function describe(cluster: Cluster, at: HopCase): Hop {
  const strategy = strategyFor(cluster, at);
  return {
    strategy,
    from: at.from,
    to: at.to,
    outage: predict(strategy, at),
    why: WHY[strategy],
  };
}

const WHY: Readonly<Record<Strategy, string>> = {
  rolling: 'service by service behind a drained API; the system under it stays (001)',
  cutover: 'old and new code cannot serve side by side: the new one takes over in one short switch (002)',
  'os-roll':
    'node by node, quorum kept, the message bus moved once; what cannot live on the new schema is cut over by itself (000)',
  'in-place': 'one controller carries everything: stopped, raised and started again (004)',
  rollback: 'back to what a run came from, by what its checkpoint kept',
  'ha-move': 'into another, highly available cluster, guest by guest (003)',
};

function strategyFor(cluster: Cluster, { from, to, services }: HopCase): Strategy {
  const cut = services.some(
    (service) => mustCutOver(service, from, to) || cluster.policy.cutover.includes(service.name),
  );
  if (hasOneController(cluster)) return 'in-place';
  if (from.os !== to.os) return 'os-roll';
  return cut ? 'cutover' : 'rolling';
}

function predict(strategy: Strategy, at: HopCase): Outage {
  const stays = at.from.os === at.to.os;
  if (strategy === 'in-place')
    return stays
      ? aloneReleaseOutage(at.services.map((service) => switchOutage(service, at)))
      : aloneOutage();
  const base = stays ? { api: 0, vip: 0, sql: 0, bus: 0, guests: 0 } : rollOutage(bus(at));
  const cut = at.services.flatMap((service) => {
    const known = rolls(service, at.from.openstack, at.to.openstack);
    return known && mustCutOver(service, at.from, at.to)
      ? [[service.name, known.outage ?? switchOutage(service, at)] as const]
      : [];
  });
  return { ...base, ...Object.fromEntries(cut) };
}

/** From the old code's stop to the new one's take-over, where nobody measured it: by what its database commands take. */
function switchOutage(service: Service, { from, to }: HopCase): number {
  const commands = databaseWay(service, from.openstack, to.openstack).filter(
    ({ moment }) => moment === 'first',
  );
  return commands.reduce((sum, { estimate }) => sum + estimate, switchSeconds());
}

/** The planner builds the bus anew whatever else is possible: each member's own steps in place are not planned. */
function bus(at: HopCase): Parameters<typeof rollOutage>[0] {
  const from = at.running.rabbitmq ?? distribution(at.from.os).ships.rabbitmq;
  const to = distribution(at.to.os).ships.rabbitmq;
  if (!at.platform.includes('rabbitmq') || from === undefined || to === undefined) return 'absent';
  const { way } = busWay(from, to);
  return way === 'in-place' ? 'rebuild' : way;
}

/** `bookworm/zed`, as operators say it; with the code name where the series has a number. */
export function spell({ os, openstack }: Standing): string {
  const found = findSeries(openstack);
  return found && found.id !== found.name ? `${os}/${openstack} (${found.name})` : `${os}/${openstack}`;
}
