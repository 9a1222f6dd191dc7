// What tests of a whole control plane share: a cluster file whose disks `windlass lab disk` keeps, and a look at everything.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { type Lab, openLab, verifyData } from '../../src/lab/index.ts';
import { shell } from '../lab/operator.ts';

const MAIN = join(import.meta.dirname, '../../bin/windlass.js');
/** `windlass lab …`, as a cluster file's commands have it. */
export const labWords = (...words: readonly string[]): string[] => [process.execPath, MAIN, 'lab', ...words];

/** The lab's own cluster file, with its nodes' disks kept by the lab and more in it. */
export function writeClusterFile(lab: Lab, file: string, more: Record<string, unknown> = {}): void {
  const said: unknown = parse(readFileSync(lab.place.clusterFile, 'utf8'));
  if (typeof said !== 'object' || said === null)
    throw new Error(`${lab.place.clusterFile} is no cluster file`);
  const verb = (name: string): string[] => labWords('disk', name, lab.record.name);
  const disks = {
    provider: 'command',
    keep: verb('keep'),
    has: verb('has'),
    restore: verb('restore'),
    drop: verb('drop'),
  };
  writeFileSync(file, stringify({ ...said, disks, ...more }));
}

async function ask(lab: Lab, node: string, ...command: string[]): Promise<string> {
  const { code, out, err } = await shell(lab, node, ...command);
  expect(code, err).toBe(0);
  return out.trim();
}

/** The systems that nodes run, by codename. */
export const systems = (lab: Lab, nodes: readonly string[]): Promise<string[]> =>
  Promise.all(nodes.map((node) => ask(lab, node, 'sed', '-n', 's/^VERSION_CODENAME=//p', '/etc/os-release')));

/** Every controller on this system, bus and database whole, and every row and image there that was. */
export async function expectWhole(lab: Lab, controllers: readonly string[], codename: string): Promise<void> {
  expect(new Set(await systems(lab, controllers))).toEqual(new Set([codename]));
  for (const node of controllers) {
    expect(await ask(lab, node, 'dpkg', '--audit')).toBe('');
    expect(await ask(lab, node, 'systemctl', 'list-units', '--state=failed', '--plain', '--no-legend')).toBe(
      '',
    );
    const size = await ask(lab, node, 'mariadb', '-NBe', "SHOW STATUS LIKE 'wsrep_cluster_size'");
    expect(size).toMatch(new RegExp(`\\s${controllers.length}$`));
    const bus = await ask(lab, node, 'rabbitmqctl', '-q', 'cluster_status', '--formatter', 'json');
    const { running_nodes: running } = z
      .object({ running_nodes: z.array(z.string()) })
      .parse(JSON.parse(bus));
    expect(running).toHaveLength(controllers.length);
  }
  const proof = await verifyData(openLab(lab.record.name));
  expect(proof.lines.filter(({ ok }) => !ok)).toEqual([]);
}
