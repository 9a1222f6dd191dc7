import type { Chain } from '../draft.ts';
import { cutover, join } from './bus.ts';
import { askOf, returnNetworks } from './cloud.ts';
import { apart, joinNewCluster, older } from './pacemaker-apart.ts';
import { bringBack } from './services.ts';
import { type Controllers, named, serversOf } from './topology.ts';

/** A booted node takes its places again: cluster, database, bus, services, traffic. */
export function takeBack(chain: Chain, roll: Controllers, node: string): void {
  const { facts, balancers, socket } = roll;
  const mine = facts.nodes[node];
  const servers = serversOf(roll, node);
  const first = node === roll.lead && roll.done.length === 0;
  if (servers.length > 0 && balancers.includes(node) && roll.all.length > 1) {
    chain.step({
      id: `${node}/haproxy/drain-again`,
      kind: 'haproxy.drain',
      on: [node],
      params: {
        socket,
        servers: named(servers),
        mode: 'maint',
      },
      title: `Drain ${node} again on its own balancer`,
      why: 'a restart makes HAProxy forget what was drained',
      source: 'research/lab.md 2',
      return: 'reversible',
      estimate: 2,
    });
  }
  if (mine?.pacemaker && apart(roll)) joinNewCluster(chain, roll, node);
  else if (mine?.pacemaker) {
    chain.step({
      id: `${node}/pacemaker/online`,
      kind: 'pacemaker.online',
      on: [node],
      params: { node, members: roll.all.length, ...older(roll) },
      title: `Take ${node} back into the cluster`,
      why: 'right after a boot everything looks OFFLINE for a while: it is waited for',
      source: '000; research/lab.md 2',
      return: 'reversible',
      estimate: 10,
      settle: 300,
    });
  }
  if (mine?.galera) {
    chain.step({
      id: `${node}/mariadb/rejoin`,
      kind: 'galera.rejoin',
      on: [node],
      params: { unit: 'mariadb', size: roll.all.filter((name) => facts.nodes[name]?.galera).length },
      title: `Start MariaDB on ${node} and wait until it is in sync`,
      why: 'the start returns before the member is Synced',
      source: '000; research/lab.md 2',
      return: 'reversible',
      estimate: 16,
      timeout: 600,
      settle: 600,
    });
  }
  if (mine?.rabbitmq) {
    chain.after(first ? cutover(chain.draft, roll, chain.last) : [join(chain.draft, roll, node, chain.last)]);
  }
  chain.after(bringBack(chain.draft, roll, node, chain.last));
  returnNetworks(chain, roll, node, askOf(roll, 0));
}
