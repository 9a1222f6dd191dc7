import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { WindlassError } from '../model/error.ts';
import { freeze, readFrozen, thawShare } from './freeze.ts';
import { bootNodes, ensureGround, type Lab, labOf, offAll, renewed, restAll, startServices } from './lab.ts';
import { alone } from './lock.ts';
import { discardChanges } from './node.ts';
import { writeRecord } from './record.ts';

function snapshotFolder(lab: Lab, name: string): string {
  if (/^[a-z0-9][a-z0-9._-]{0,40}$/.test(name)) return join(lab.place.snapshots, name);
  throw new WindlassError(
    {
      code: 'WL-LAB-NAME',
      message: `${name} cannot be a snapshot’s name`,
      remedy: 'take small letters and digits',
    },
    2,
  );
}

/** Boots the lab on the given layers and brings all services back. */
async function standOn(lab: Lab, stacks: Record<string, string[]>): Promise<void> {
  const record = { ...lab.record, stacks };
  writeRecord(lab.home, record);
  const next = labOf(lab.home, record, lab.say);
  await ensureGround(next);
  await bootNodes(next);
  await startServices(next);
}

/**
 * Keeps the whole cluster as it is: shuts it down in good order, freezes every node's changes as a layer,
 * and starts it again on top of that.
 */
export const labSnapshot = (lab: Lab, name: string): Promise<void> =>
  alone(lab.place.lock, 5, () => snapshot(renewed(lab), name));

async function snapshot(lab: Lab, name: string): Promise<void> {
  const folder = snapshotFolder(lab, name);
  if (existsSync(folder)) {
    throw new WindlassError(
      { code: 'WL-LAB-SNAPSHOT', message: `snapshot ${name} exists`, remedy: 'take another name' },
      2,
    );
  }
  lab.say('shutting the cluster down');
  await restAll(lab);
  const part = `${folder}.part`;
  rmSync(part, { recursive: true, force: true });
  const stacks = await freeze(lab, part, folder);
  renameSync(part, folder);
  await standOn(lab, stacks);
}

/** Puts the whole cluster back to a snapshot; what it wrote since is lost. */
export const labRestore = (lab: Lab, name: string): Promise<void> =>
  alone(lab.place.lock, 5, () => restore(renewed(lab), name));

async function restore(lab: Lab, name: string): Promise<void> {
  const folder = snapshotFolder(lab, name);
  if (!existsSync(folder)) {
    throw new WindlassError(
      { code: 'WL-LAB-SNAPSHOT', message: `no snapshot ${name}`, remedy: `look in ${lab.place.snapshots}` },
      2,
    );
  }
  lab.say('taking the power away');
  await offAll(lab, 'cut');
  lab.machines.forEach(discardChanges);
  await thawShare(lab, folder);
  await standOn(lab, readFrozen(folder));
}
