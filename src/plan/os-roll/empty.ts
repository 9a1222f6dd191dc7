import type { Chain } from '../draft.ts';
import { busGoesOn } from './bus-versions.ts';
import { leaveNetworks } from './cloud.ts';
import { beforeWork } from './configure.ts';
import { keepsDisk } from './disks.ts';
import { closeSql, drainApis } from './drain.ts';
import { galeraGuards, othersUpGuard, spareGuards } from './guards.ts';
import { apart, keeperOf, leaveOldCluster, older } from './pacemaker-apart.ts';
import { removeForeign } from './packages.ts';
import { type Controllers, others, serversOf } from './topology.ts';

/** Takes everything off a node that clients could miss: VIPs, traffic, bus, database. */
export function empty(chain: Chain, roll: Controllers, node: string): void {
  beforeWork(chain, roll.cluster, node);
  if (roll.all.length > 1) leaveNetworks(chain, roll, node, others(roll, node)[0] ?? node);
  // The only controller has nobody to leave anything to: it is away while it is worked on (004).
  if (roll.all.length > 1) {
    leaveVips(chain, roll, node);
    drain(chain, roll, node);
    if (apart(roll)) leaveOldCluster(chain, roll, node);
    else standBy(chain, roll, node);
  }
  // A disk is kept before anything of it goes: then they are removed in the exchange.
  if (!keepsDisk(roll, node)) removeForeign(chain, roll, node);
  holdBus(chain, roll, node);
  holdDatabase(chain, roll, node);
}

/** VIPs leave for the node that was upgraded first (or any other), before work starts on their carrier. */
function leaveVips(chain: Chain, roll: Controllers, node: string): void {
  const servers = serversOf(roll, node);
  // Beside two clusters a VIP can only go to a node of its own: to the old one that goes last, which keeps it.
  const to = apart(roll)
    ? keeperOf(roll, node)
    : node === roll.lead
      ? (others(roll, node).at(-1) ?? node)
      : roll.lead;
  if (to === undefined) return;
  for (const { resource, address, at } of roll.vips) {
    if (at !== node) continue;
    chain.step({
      id: `${node}/${resource}/move`,
      kind: 'pacemaker.move',
      on: [node],
      params: { resource, from: node, to, address, ...older(roll) },
      title: `Move ${resource} from ${node} to ${to}`,
      why: 'package work restarts networkd, which drops the address; the constraint a move leaves is cleared',
      source: '000; research/lab.md 2',
      return: 'reversible',
      estimate: 5,
      impact: { vip: 'moves' },
      guards:
        servers.length === 0 ? [] : [othersUpGuard(roll, [to], servers, `${to}'s balancer has servers UP`)],
    });
  }
}

/** Requests end, sessions move: first the APIs, then the database. */
function drain(chain: Chain, roll: Controllers, node: string): void {
  const { balancers } = roll;
  const servers = serversOf(roll, node);
  for (const [sql, title] of [
    [false, 'APIs'],
    [true, 'database'],
  ] as const) {
    const part = servers.filter((server) => server.sql === sql);
    if (part.length === 0) continue;
    chain.step({
      id: `${node}/haproxy/drain-${sql ? 'sql' : 'apis'}`,
      ...(sql ? closeSql(roll, part) : drainApis(roll, part)),
      title: `Drain ${node}'s ${title} on every balancer`,
      why: sql
        ? 'open sessions move to another member before this one stops'
        : 'requests under way end; no new ones come',
      source: '001; research/lab.md 2',
      estimate: 3,
      impact: sql ? { sql: 'degraded' } : { apis: part.map(({ backend }) => backend) },
      guards: [
        othersUpGuard(roll, balancers, part, 'every backend has another server UP'),
        ...(sql ? galeraGuards(roll, node) : []),
      ],
    });
  }
}

function standBy(chain: Chain, roll: Controllers, node: string): void {
  if (!roll.facts.nodes[node]?.pacemaker) return;
  const ask = others(roll, node)[0] ?? node;
  chain.step({
    id: `${node}/pacemaker/standby`,
    kind: 'pacemaker.standby',
    on: [node],
    params: { node, ...older(roll) },
    title: `Let ${node} run no resource`,
    why: 'no VIP may land on a node that is being upgraded',
    source: '000; research/lab.md 2',
    return: 'reversible',
    estimate: 2,
    guards: [
      ...roll.vips.map(({ resource }) => ({
        kind: 'pacemaker.elsewhere',
        params: { ask, resource, node, ...older(roll) },
        title: `${resource} is elsewhere`,
      })),
      ...spareGuards(roll, node),
    ],
  });
}

/** Not where the cutover has held it already, together with the other old members. */
function holdBus(chain: Chain, roll: Controllers, node: string): void {
  if (!roll.facts.nodes[node]?.rabbitmq || chain.draft.has(`${node}/rabbitmq/hold`)) return;
  const rest = others(roll, node);
  chain.step({
    id: `${node}/rabbitmq/hold`,
    kind: 'systemd.hold',
    on: [node],
    params: { units: ['rabbitmq-server'] },
    title: `Stop and mask RabbitMQ on ${node}`,
    why: 'unmasked, its package would start the new version on the old state, fail, and leave dpkg half configured',
    source: '000; research/lab.md 2',
    return: 'reversible',
    estimate: 8,
    impact: { bus: 'degraded' },
    guards: rest.length === 0 ? [] : [busGoesOn(roll, rest, roll.done.length > 0 ? 1 : rest.length)],
  });
}

function holdDatabase(chain: Chain, roll: Controllers, node: string): void {
  if (!roll.facts.nodes[node]?.galera) return;
  chain.step({
    id: `${node}/mariadb/hold`,
    kind: 'galera.hold',
    on: [node],
    params: { unit: 'mariadb' },
    title: `Stop and mask MariaDB on ${node}`,
    why: 'stopped cleanly it keeps its position and comes back by a short catch-up (IST)',
    source: '000; research/lab.md 2',
    return: 'reversible',
    estimate: 6,
    impact: { sql: 'degraded' },
    guards: galeraGuards(roll, node),
  });
}
