import { busWay } from '../catalog/components/rabbitmq.ts';
import { distribution, type Shipped } from '../catalog/distributions.ts';
import { aloneOutage, rollOutage } from '../catalog/outages.ts';
import { findSeries } from '../catalog/releases.ts';
import type { HopCase } from '../catalog/rules.ts';
import { mustCutOver, rolls, servicesNamed } from '../catalog/services/index.ts';
import { type Cluster, nodesWith } from '../model/cluster.ts';
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
  return { ...(rabbitmq ? { rabbitmq } : {}), ...(mariadb ? { mariadb } : {}) };
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
  'ha-move': 'into another, highly available cluster, guest by guest (003)',
};

function strategyFor(cluster: Cluster, { from, to, services }: HopCase): Strategy {
  const cut = services.some(
    (service) => mustCutOver(service, from, to) || cluster.policy.cutover.includes(service.name),
  );
  if (nodesWith(cluster, 'controller').length === 1) return 'in-place';
  if (from.os !== to.os) return 'os-roll';
  return cut ? 'cutover' : 'rolling';
}

function predict(strategy: Strategy, at: HopCase): Outage {
  if (strategy === 'in-place') return aloneOutage();
  const base = at.from.os === at.to.os ? { api: 0, vip: 0, sql: 0, bus: 0, guests: 0 } : rollOutage(bus(at));
  const cut = at.services.flatMap((service) => {
    const known = rolls(service, at.from.openstack, at.to.openstack);
    return known?.outage !== undefined && mustCutOver(service, at.from, at.to)
      ? [[service.name, known.outage] as const]
      : [];
  });
  return { ...base, ...Object.fromEntries(cut) };
}

function bus(at: HopCase): Parameters<typeof rollOutage>[0] {
  const from = at.running.rabbitmq ?? distribution(at.from.os).ships.rabbitmq;
  const to = distribution(at.to.os).ships.rabbitmq;
  if (!at.platform.includes('rabbitmq') || from === undefined || to === undefined) return 'absent';
  return busWay(from, to).way;
}

/** `bookworm/zed`, as operators say it; with the code name where the series has a number. */
export function spell({ os, openstack }: Standing): string {
  const found = findSeries(openstack);
  return found && found.id !== found.name ? `${os}/${openstack} (${found.name})` : `${os}/${openstack}`;
}
