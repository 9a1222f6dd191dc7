import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from './lab.ts';
import { isRunning, type Machine } from './node.ts';
import type { Health } from './service.ts';
import type { SiteNode } from './site.ts';
import { answers } from './ssh.ts';

export interface NodeStatus {
  readonly name: string;
  readonly address: string;
  readonly running: boolean;
  readonly reachable: boolean;
  readonly os: string;
}

export interface LabStatus {
  readonly name: string;
  readonly topology: string;
  readonly folder: string;
  readonly clusterFile: string;
  readonly nodes: readonly NodeStatus[];
  /** Hosts beside the cluster; how they are says nothing of it. */
  readonly bare: readonly NodeStatus[];
  readonly health: readonly Health[];
  /** Everything runs, answers and is whole. */
  readonly ok: boolean;
}

async function nodeStatus(lab: Lab, node: SiteNode, machine: Machine | undefined): Promise<NodeStatus> {
  const running = machine !== undefined && isRunning(machine);
  const reachable = running && (await answers(lab.place, node.name));
  const release = join(machine?.overlay.at ?? '', 'etc/os-release');
  const text = running && existsSync(release) ? readFileSync(release, 'utf8') : '';
  const os = /^PRETTY_NAME="?([^"\n]*)/m.exec(text)?.[1] ?? '';
  return { name: node.name, address: node.address, running, reachable, os };
}

/** Looks at every node and, when all answer, at every service. */
export async function labStatus(lab: Lab): Promise<LabStatus> {
  const nodes = await Promise.all(
    lab.site.nodes.map((node, index) => nodeStatus(lab, node, lab.machines[index])),
  );
  const bare = await Promise.all(lab.bare.map((one) => nodeStatus(lab, one.node, one.machine)));
  const reachable = nodes.every((node) => node.reachable);
  const health: Health[] = [];
  if (reachable && lab.record.configured) {
    for (const service of lab.services) health.push(...(await service.health(lab.site, lab.hands)));
  }
  const { folder, clusterFile } = lab.place;
  const ok = reachable && health.every((one) => one.ok);
  return { name: lab.record.name, topology: lab.topology.name, folder, clusterFile, nodes, bare, health, ok };
}
