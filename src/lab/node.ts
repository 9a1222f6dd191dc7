import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isPopulated, killGroup, removeGroup } from './cgroup.ts';
import { until } from './command.ts';
import {
  bridgeOf,
  GUEST_LINK,
  guestBridgeOf,
  guestLinkOf,
  linkOf,
  machineOf,
  removeLink,
} from './network.ts';
import { mountOverlay, type Overlay, unmount } from './overlay.ts';
import { runningPid, signalMarked, startDetached } from './process-file.ts';
import type { LabPlace, LabRecord } from './record.ts';
import { cgroupRoot } from './tools.ts';

const SUPERVISOR = fileURLToPath(new URL('./supervisor.ts', import.meta.url));

/** One machine of a lab as this machine sees it: a folder, a mount, a process. */
export interface Machine {
  readonly name: string;
  readonly mark: string;
  readonly cgroup: string;
  /** Outer ends of its network links. */
  readonly links: readonly string[];
  /** What of them its keeper plugs in at each boot: `link=bridge`, or nothing. */
  readonly cable: string;
  readonly log: string;
  readonly overlay: Overlay;
  /** The command that boots it. */
  readonly nspawn: readonly string[];
}

/** Where the folder that the nodes of a lab share is on each of them. */
export const SHARE = '/srv/share';

/** How a node of a lab is laid out on this machine; one that carries guests or their networks has more. */
export function machine(place: LabPlace, record: LabRecord, node: string, guests: boolean): Machine {
  const folder = place.node(node);
  const overlay: Overlay = {
    lowers: record.stacks[node] ?? [],
    upper: join(folder, 'upper'),
    work: join(folder, 'work'),
    at: join(folder, 'root'),
  };
  const machineName = machineOf(record.net, node);
  const guestLink = guestLinkOf(record.net, node);
  const cgroup = join(cgroupRoot(), `windlass-${machineName}`);
  return {
    name: node,
    mark: join(folder, 'process.json'),
    cgroup,
    links: [linkOf(record.net, node), ...(guests ? [guestLink] : [])],
    cable: guests ? `${guestLink}=${guestBridgeOf(record.net)}` : '',
    log: join(folder, 'console.log'),
    overlay,
    nspawn: [
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
      ...(guests
        ? [
            '--capability=all',
            '--bind=/dev/net/tun',
            '--bind=/dev/fuse',
            `--bind=${place.share}:${SHARE}`,
            `--network-veth-extra=${guestLink}:${GUEST_LINK}`,
          ]
        : []),
      '--boot',
    ],
  };
}

/** Whether any process of the node lives, its keeper or one inside. */
export const isRunning = (node: Machine): boolean =>
  runningPid(node.mark) !== undefined || isPopulated(node.cgroup);

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
  startDetached([process.execPath, SUPERVISOR, node.cgroup, node.cable, ...node.nspawn], node.mark, node.log);
}

/** Shuts a node down in good order (`button`) or as if the power failed (`cut`), and waits until it is off. */
export async function powerOff(node: Machine, how: 'button' | 'cut'): Promise<void> {
  const pressed = how === 'button' && signalMarked(node.mark, 'SIGTERM');
  if (!pressed) killGroup(node.cgroup);
  await until(`${node.name} is off`, 120, async () => !isRunning(node) || 'still running', 200);
  rmSync(node.mark, { force: true });
  removeGroup(node.cgroup);
  // Connections that were cut off try for minutes to say goodbye, and their link would stay as long.
  for (const link of node.links) await removeLink(link);
  // The kernel lets go of a dead machine's mounts a moment after its last process has ended.
  await until(`${node.name} is unmounted`, 30, async () => tryUnmount(node.overlay.at), 200);
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
