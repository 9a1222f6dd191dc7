import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assumedFacts } from '../../../src/catalog/assume.ts';
import { check } from '../../../src/check/index.ts';
import { Cluster, type Role, without } from '../../../src/model/cluster.ts';
import { Facts, type NodeFacts } from '../../../src/model/facts.ts';
import type { Plan } from '../../../src/model/plan.ts';
import type { Standing } from '../../../src/model/target.ts';
import { makePlan } from '../../../src/plan/make.ts';
import { leftOut, type Scope } from '../../../src/plan/scope.ts';
import { standingOf } from '../../../src/plan/standing.ts';
import { route, standing } from '../../../src/route/index.ts';

export const ZED: Standing = { os: 'bookworm', openstack: 'zed' };
export const EPOXY: Standing = { os: 'trixie', openstack: '2025.1' };
const PLATFORM = ['rabbitmq', 'galera', 'pacemaker', 'haproxy', 'memcached'];

/** Controllers as the lab makes them, as many as wanted, on this and no more of the platform. */
export function clusterOf(
  controllers: number,
  platform: readonly string[] = PLATFORM,
  more: Readonly<Record<string, readonly Role[]>> = {},
): Cluster {
  const named = Array.from({ length: controllers }, (_, at) => [`ctl${at + 1}`, ['controller']] as const);
  return Cluster.parse({
    cluster: 'ha3',
    os: 'debian/bookworm',
    openstack: 'zed',
    vips: platform.includes('pacemaker')
      ? { 'openstack-api-vip': { address: '10.77.2.10', on: ['controller'] } }
      : {},
    nodes: Object.fromEntries(
      [...named, ...Object.entries(more)].map(([name, roles], at) => [
        name,
        { address: `10.77.2.${11 + at}`, roles: [...roles], site: `zone-${at + 1}` },
      ]),
    ),
    services: { controller: ['keystone', 'glance', 'placement'] },
    platform: [...platform],
  });
}

/** What discovery read from the lab's ha3 before its first upgrade; packages and units nobody plans by left out. */
export function recordedFacts(): Facts {
  return Facts.parse(JSON.parse(readFileSync(join(import.meta.dirname, 'ha3-facts.json'), 'utf8')));
}

/** The same node once it was taken through its roll. */
function upgraded(node: NodeFacts): NodeFacts {
  return {
    ...node,
    os: { id: 'debian', codename: 'trixie', version: '13' },
    kernel: '6.12.48+deb13-amd64',
    packages: {
      ...node.packages,
      'python3-keystone': { version: '2:27.0.0-3', auto: true },
      'python3-glance': { version: '2:30.0.0-3', auto: true },
      'python3-placement': { version: '13.0.0-2', auto: true },
      'rabbitmq-server': { version: '4.0.5-10', auto: false },
      'mariadb-server': { version: '1:11.8.6-0+deb13u1', auto: false },
    },
    apt: {
      sources: node.apt.sources.map(({ path, content }) => ({
        path,
        content: content.replaceAll('bookworm', 'trixie'),
      })),
    },
    ...(node.rabbitmq
      ? { rabbitmq: { ...node.rabbitmq, version: '4.0.5', erlang: '27.3.4.1', policies: [] } }
      : {}),
    ...(node.galera ? { galera: { ...node.galera, version: '11.8.6-MariaDB-0+deb13u1' } } : {}),
  };
}

/** Facts in which these nodes have gone through their roll already. The VIP has left the first of them. */
export function withUpgraded(facts: Facts, ...names: readonly string[]): Facts {
  return {
    ...facts,
    nodes: Object.fromEntries(
      Object.entries(facts.nodes).map(([name, node]) => [name, names.includes(name) ? upgraded(node) : node]),
    ),
  };
}

/** Plans as `windlass plan --os trixie` does. */
export function planOf(cluster: Cluster, all: Facts, to: Standing = EPOXY, scope: Scope = {}): Plan {
  const out = leftOut(cluster, scope);
  const asked = without(cluster, out);
  const nodes = Object.fromEntries(Object.entries(all.nodes).filter(([name]) => !out.includes(name)));
  const facts = { ...all, nodes };
  const from = standing(standingOf(cluster, facts));
  const way = route(from, to, cluster, facts);
  const findings = [...check(asked, facts, to), ...way.findings];
  return makePlan({ cluster, facts, from, to, hops: way.hops, findings, leftOut: out });
}

export const ha3 = clusterOf(3);
export const recorded = (): Plan => planOf(ha3, recordedFacts());
export const assumed = (cluster: Cluster): Plan => planOf(cluster, assumedFacts(cluster));

/** Everything a step waits for, at whatever distance. */
export function ancestors({ steps }: Plan, id: string): ReadonlySet<string> {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const found = new Set<string>();
  const walk = (name: string): void => {
    for (const need of byId.get(name)?.needs ?? []) {
      if (found.has(need)) continue;
      found.add(need);
      walk(need);
    }
  };
  walk(id);
  return found;
}
