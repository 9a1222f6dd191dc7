import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from './command.ts';
import { bridgeOf, machineOf } from './network.ts';
import { isMounted, mountOverlay, type Overlay, unmount } from './overlay.ts';
import { runningPid, signalMarked, startDetached } from './process-file.ts';
import type { LabPlace, LabRecord } from './record.ts';
import { cgroupRoot } from './tools.ts';

const SUPERVISOR = fileURLToPath(new URL('./supervisor.ts', import.meta.url));

/** One machine of a lab as this machine sees it: a folder, a mount, a process. */
export interface Machine {
  readonly name: string;
  readonly mark: string;
  readonly log: string;
  readonly overlay: Overlay;
  readonly argv: readonly string[];
}

/** How a node of a lab is laid out on this machine. */
export function machine(place: LabPlace, record: LabRecord, node: string): Machine {
  const folder = place.node(node);
  const overlay: Overlay = {
    lowers: record.stacks[node] ?? [],
    upper: join(folder, 'upper'),
    work: join(folder, 'work'),
    at: join(folder, 'root'),
  };
  const machineName = machineOf(record.net, node);
  return {
    name: node,
    mark: join(folder, 'process.json'),
    log: join(folder, 'console.log'),
    overlay,
    argv: [
      process.execPath,
      SUPERVISOR,
      join(cgroupRoot(), `windlass-${machineName}`),
      'systemd-nspawn',
      '--quiet',
      '--register=no',
      '--keep-unit',
      '--resolv-conf=off',
      '--timezone=off',
      '--console=pipe',
      `--network-bridge=${bridgeOf(record.net)}`,
      `--machine=${machineName}`,
      `--hostname=${node}`,
      `--directory=${overlay.at}`,
      '--boot',
    ],
  };
}

export const isRunning = (node: Machine): boolean => runningPid(node.mark) !== undefined;

/** Mounts the node's root filesystem without booting it. */
export function openRoot(node: Machine): string {
  mkdirSync(join(node.overlay.at, '..'), { recursive: true });
  mountOverlay(node.overlay);
  return node.overlay.at;
}

/** Boots a node; does nothing when it runs. */
export function powerOn(node: Machine): void {
  if (isRunning(node)) return;
  openRoot(node);
  startDetached(node.argv, node.mark, node.log);
}

/** Shuts a node down in good order (`button`) or as if the power failed (`cut`), and waits until it is off. */
export async function powerOff(node: Machine, how: 'button' | 'cut'): Promise<void> {
  if (signalMarked(node.mark, how === 'button' ? 'SIGTERM' : 'SIGUSR2')) {
    await until(`${node.name} is off`, 120, async () => !isRunning(node) || 'still running', 200);
    rmSync(node.mark, { force: true });
  }
  if (isMounted(node.overlay.at)) {
    // The kernel lets go of the mount a moment after the last process in it has ended.
    await until(`${node.name} is unmounted`, 20, async () => tryUnmount(node.overlay.at), 200);
  }
}

function tryUnmount(at: string): true | string {
  try {
    unmount(at);
    return true;
  } catch (error) {
    return String(error);
  }
}

/** Throws away what the node wrote since its layers were set. */
export function discardChanges(node: Machine): void {
  for (const folder of [node.overlay.upper, node.overlay.work]) {
    if (existsSync(folder)) rmSync(folder, { recursive: true });
  }
}
