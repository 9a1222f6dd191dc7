import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Bare, bareOf, readBare } from './bare.ts';
import { run, until } from './command.ts';
import { startGuests } from './guests.ts';
import { type LabHome, labHome } from './home.ts';
import { type Mirror, machineMirror } from './mirror.ts';
import { bridgeUp, guestBridgeUp, PROXY_PORT, prefixOf } from './network.ts';
import { isRunning, type Machine, machine, openRoot, powerOff, powerOn } from './node.ts';
import { runningPid, startDetached } from './process-file.ts';
import { hostKey } from './provision.ts';
import { type LabPlace, type LabRecord, labPlace, needRecord } from './record.ts';
import { ensureSecrets } from './secrets.ts';
import { type Hands, type LabService, runsOn } from './service.ts';
import { secretsOf, servicesOf } from './services/index.ts';
import { type Site, siteOf } from './site.ts';
import { answers, closeLink, ensureKey, sshHands, writeSshFiles } from './ssh.ts';
import { ensureSwitch } from './tools.ts';
import { topologyNamed } from './topologies/index.ts';
import { hasGuests, type Topology } from './topology.ts';

export type Say = (message: string) => void;

/** A lab at hand: what it is, where it is, and the means to act on it. */
export interface Lab {
  readonly home: LabHome;
  readonly record: LabRecord;
  readonly place: LabPlace;
  readonly topology: Topology;
  readonly site: Site;
  readonly services: readonly LabService[];
  readonly machines: readonly Machine[];
  /** Hosts beside the cluster: whatever is done to the cluster as a whole leaves them alone, but for `down`. */
  readonly bare: readonly Bare[];
  readonly hands: Hands;
  readonly say: Say;
}

/** Opens the lab of a record; makes the secrets that are missing, and touches nothing else. */
export function labOf(home: LabHome, record: LabRecord, say: Say): Lab {
  const topology = topologyNamed(record.topology);
  const place = labPlace(home, record.name);
  const secrets = ensureSecrets(place.secrets, secretsOf(topology));
  return {
    home,
    record,
    place,
    topology,
    site: siteOf(topology, prefixOf(record.net), secrets),
    services: servicesOf(topology),
    machines: topology.nodes.map((node) => machine(place, record, node.name, hasGuests(topology))),
    bare: readBare(place).map((kept) => bareOf(place, record, kept)),
    hands: sshHands(place, say),
    say,
  };
}

/** Opens a lab that stands, by its name; WL-LAB-UNKNOWN when there is none. */
export function openLab(name: string, say: Say = () => undefined, home = labHome()): Lab {
  return labOf(home, needRecord(home, name), say);
}

/** The lab as it stands now: a snapshot or a restore since it was opened has changed its layers. */
export const renewed = (lab: Lab): Lab => openLab(lab.record.name, lab.say, lab.home);

const PROXY = fileURLToPath(new URL('./proxy-main.ts', import.meta.url));
export const proxyMark = (place: LabPlace): string => join(place.folder, 'proxy.json');
export const proxyUrl = (net: number): string => `http://${prefixOf(net)}.1:${PROXY_PORT}`;

/** Puts up what lies around the nodes: the bridge, and the package proxy on it. */
export async function ensureGround(lab: Lab): Promise<Mirror> {
  const mirror = machineMirror();
  await bridgeUp(lab.record.net);
  if (hasGuests(lab.topology)) {
    await guestBridgeUp(lab.record.net);
    await ensureSwitch();
  }
  const mark = proxyMark(lab.place);
  if (runningPid(mark) !== undefined) return mirror;
  const origins = [...new Set([mirror.debian, mirror.security].map((address) => new URL(address).origin))];
  const address = `${prefixOf(lab.record.net)}.1`;
  startDetached(
    [process.execPath, PROXY, address, String(PROXY_PORT), lab.home.packages, lab.home.repos, ...origins],
    mark,
    join(lab.place.folder, 'proxy.log'),
  );
  await until('the package proxy answers', 20, async () => {
    const answer = await fetch(proxyUrl(lab.record.net)).then(
      () => true,
      (error: unknown) => String(error),
    );
    return answer === true || String(answer);
  });
  return mirror;
}

/** apt's options of this machine that its labs share: an archive that lags needs them everywhere. */
export async function sharedAptOptions(): Promise<string[]> {
  const dump = (await run(['apt-config', 'dump'])).stdout;
  return dump.split('\n').filter((line) => /^Acquire::Check-(Valid-Until|Date) /.test(line));
}

/** Writes how every host of the lab is reached, and the keys by which it is known. */
export async function writeAccess(lab: Lab): Promise<void> {
  const machines = [...lab.machines, ...lab.bare.map((bare) => bare.machine)];
  const hostKeys = Object.fromEntries(machines.map((node) => [node.name, hostKey(openRoot(node))]));
  const nodes = [...lab.site.nodes, ...lab.bare.map((bare) => bare.node)];
  writeSshFiles(lab.place, nodes, (await ensureKey(lab.home)).file, hostKeys);
}

/** Waits until a machine that was switched on answers by SSH. */
export const answering = (lab: Lab, node: Machine): Promise<void> =>
  until(
    `${node.name} answers by SSH`,
    120,
    async () =>
      isRunning(node)
        ? (await answers(lab.place, node.name)) || 'no answer yet'
        : `${node.name} is off: see ${node.log}`,
    300,
  );

/** Boots every node that is off and waits until all answer by SSH; names those it booted. */
export async function bootNodes(lab: Lab): Promise<string[]> {
  const off = lab.machines.filter((node) => !isRunning(node));
  await writeAccess(lab);
  if (off.length > 0) lab.say(`booting ${off.map((node) => node.name).join(', ')}`);
  if (off.length === lab.machines.length && lab.record.configured) {
    const roots = Object.fromEntries(lab.machines.map((node) => [node.name, openRoot(node)]));
    for (const service of lab.services) service.beforeBoot?.(roots);
  }
  if (hasGuests(lab.topology)) mkdirSync(lab.place.share, { recursive: true });
  for (const node of off) powerOn(node);
  await Promise.all(lab.machines.map((node) => answering(lab, node)));
  return off.map((node) => node.name);
}

/** Brings services back on nodes that were off; harmless on a cluster that is whole. */
export async function startServices(lab: Lab): Promise<void> {
  for (const service of lab.services) {
    lab.say(`starting ${service.name}`);
    await service.cold(lab.site, lab.hands);
  }
  await startGuests(lab);
}

/** Shuts the whole cluster down in good order: APIs first, then bus and database, last node first. */
export async function restAll(lab: Lab): Promise<void> {
  const up = lab.machines.filter(isRunning);
  if (up.length === lab.machines.length && lab.record.configured) {
    const plain = lab.services.filter((service) => service.rest === undefined);
    await Promise.all(
      lab.site.nodes.map(async (node) => {
        const units = plain.filter((service) => runsOn(service, node)).flatMap((service) => service.units);
        if (units.length === 0) return;
        await lab.hands.on(node, `systemctl stop ${units.join(' ')}`, { timeoutMs: 180_000 });
      }),
    );
    for (const service of lab.services.toReversed()) await service.rest?.(lab.site, lab.hands);
  }
  await offAll(lab, 'button');
}

/** Takes the power from every node. */
export async function offAll(lab: Lab, how: 'button' | 'cut'): Promise<void> {
  await Promise.all(
    lab.machines.map(async (node) => {
      if (existsSync(lab.place.sshConfig)) await closeLink(lab.place, node.name);
      await powerOff(node, how);
    }),
  );
}
