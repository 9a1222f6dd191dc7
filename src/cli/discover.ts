import { Command } from 'commander';
import { discover } from '../discover/index.ts';
import { without } from '../model/cluster.ts';
import type { Facts } from '../model/facts.ts';
import { factsHash } from '../model/hash.ts';
import { type ClusterOptions, clusterOptions, openCluster, stateDir, writeWhole } from './context.ts';
import { print } from './print.ts';

/** Reads the cluster, but for nodes that are left out, and keeps the facts. */
export async function discoverAndKeep(
  options: ClusterOptions,
  leftOut: readonly string[] = [],
): Promise<Facts> {
  const { cluster, links } = await openCluster(options);
  try {
    const facts = await discover(without(cluster, leftOut), links);
    writeWhole(stateDir(options).facts, `${JSON.stringify(facts, null, 1)}\n`);
    return facts;
  } finally {
    await links.close();
  }
}

function summary(facts: Facts): string {
  const rows = Object.entries(facts.nodes).map(([name, node]) => {
    const parts = [
      `${node.os.id} ${node.os.codename}`,
      `${Object.keys(node.packages).length} packages`,
      node.galera ? `MariaDB ${node.galera.version} ${node.galera.state} (${node.galera.clusterSize})` : '',
      node.rabbitmq ? `RabbitMQ ${node.rabbitmq.version} (${node.rabbitmq.running.length} running)` : '',
      node.pacemaker ? `Pacemaker ${node.pacemaker.online.length} online` : '',
      node.haproxy
        ? `HAProxy ${node.haproxy.servers.filter((server) => server.status.startsWith('UP')).length} of ${node.haproxy.servers.length} UP`
        : '',
    ];
    return `${name}: ${parts.filter((part) => part !== '').join(', ')}`;
  });
  const { cloud } = facts;
  if (cloud) {
    const running = cloud.instances.filter(({ power }) => power === 'running').length;
    rows.push(
      `control plane: ${cloud.computes.filter(({ up }) => up).length} of ${cloud.computes.length} computes up, ${running} of ${cloud.instances.length} guests running, ${cloud.agents.filter(({ alive }) => alive).length} of ${cloud.agents.length} agents alive, ${cloud.routers.length} routers`,
    );
  }
  return [...rows, `facts ${factsHash(facts).slice(0, 19)} of ${facts.at}`].join('\n');
}

/** `windlass discover`. */
export function discoverCommand(): Command {
  return clusterOptions(
    new Command('discover').description('read what stands on every node; changes nothing'),
  )
    .addHelpText('after', '\nExample:\n  windlass discover --cluster prod.yaml')
    .action(async (options: ClusterOptions) => {
      const facts = await discoverAndKeep(options);
      print(options.json ? JSON.stringify(facts, null, 1) : summary(facts));
    });
}
