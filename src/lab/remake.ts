import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { WindlassError } from '../model/error.ts';
import { type BareSuite, siteOn } from './bare.ts';
import { boot, off, placeOf, TURN } from './disk.ts';
import { ensureGround, type Lab, labOf, proxyUrl, renewed, sharedAptOptions } from './lab.ts';
import { ensureLayers } from './layer.ts';
import { alone } from './lock.ts';
import { discardChanges, openRoot } from './node.ts';
import { commonFiles, provision } from './provision.ts';
import { writeRecord } from './record.ts';
import { ensureKey } from './ssh.ts';

/**
 * Whether a node stands on a disk that was made when its old one was kept under this name: also the lab as a whole may have
 * been put back since.
 */
export function labDiskRemade(lab: Lab, node: string, id: string): boolean {
  const { remade } = placeOf(lab, node, id);
  return existsSync(remade) && readFileSync(remade, 'utf8') === JSON.stringify(lab.record.stacks[node]);
}

/**
 * Turns a node off and on again as a freshly installed host under its old name and address: a system, who may log in, and
 * nothing else. Its old disk must be kept. Cut off anywhere and run again, it begins from the beginning.
 */
export const labDiskRemake = (lab: Lab, node: string, id: string, suite: BareSuite): Promise<void> =>
  alone(lab.place.lock, TURN, async () => {
    const now = renewed(lab);
    const place = placeOf(now, node, id);
    if (labDiskRemade(now, node, id)) return;
    if (!existsSync(place.note)) {
      throw new WindlassError(
        {
          code: 'WL-LAB-DISK',
          message: `no disk of ${node} is kept as ${id}: nothing would bring it back`,
          remedy: `keep it first: windlass lab disk keep ${lab.record.name} ${node} ${id}`,
        },
        2,
      );
    }
    now.say(`making ${node} anew, with nothing but ${suite} on it`);
    const { home, record, say } = now;
    const mirror = await ensureGround(now);
    const proxy = proxyUrl(record.net);
    const stack = await alone(join(home.layers, '.lock'), 1800, () =>
      ensureLayers({ home, mirror, proxy, say }, { suite, groups: [] }),
    );
    await off(now, place, 'button');
    discardChanges(place.machine);
    const next = { ...record, stacks: { ...record.stacks, [node]: stack } };
    writeRecord(home, next);
    const fresh = labOf(home, next, say);
    const site = siteOn(fresh.site, suite);
    const own = site.nodes.find(({ name }) => name === node);
    const machine = fresh.machines.find(({ name }) => name === node);
    if (own === undefined || machine === undefined) return;
    const { publicKey } = await ensureKey(home);
    const files = commonFiles(site, own, mirror, publicKey, await sharedAptOptions(), proxy);
    await provision(openRoot(machine), files, []);
    writeFileSync(place.remade, JSON.stringify(stack));
    await boot(fresh, machine);
  });
