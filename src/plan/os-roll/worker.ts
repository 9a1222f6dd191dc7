import type { Chain } from '../draft.ts';
import { bearCanary } from './canary.ts';
import { askOf, cloudFacts, credentials, hostOf, leaveNetworks, returnNetworks } from './cloud.ts';
import { afterWork, beforeWork } from './configure.ts';
import { keepDisk, keepsDisk } from './disks.ts';
import { exchange } from './exchange.ts';
import { CACHE, POLICY_RC } from './keep.ts';
import { bearOldComputes } from './old-computes.ts';
import { changeOptions } from './options.ts';
import { autoremove, verifyNode } from './tidy.ts';
import {
  type Controllers,
  hasRole,
  servicesOn,
  startedUnits,
  targetCodename,
  unitsAfter,
} from './topology.ts';

/** What we say when a compute is disabled for its upgrade: the way to know our own word again. */
export const reasonOf = (roll: Controllers): string =>
  `windlass: upgrade to ${targetCodename(roll)} (${roll.to.openstack})`;

/** Somebody had disabled it before we came: it stays as it was found. */
function disabledBefore(roll: Controllers, node: string): boolean {
  const compute = cloudFacts(roll)?.computes.find((one) => one.node === node);
  return compute?.disabled === true && compute.reason !== reasonOf(roll);
}

/**
 * One node without a platform of its own (compute, network, volume): emptied, upgraded, booted, proved, given back.
 * `index` is its place in the roll: questions to the cloud's APIs go to the controllers in turn.
 */
export function rollWorker(chain: Chain, roll: Controllers, node: string, index: number): void {
  const ask = askOf(roll, index);
  beforeWork(chain, roll.cluster, node, { class: 'compute' });
  leaveGuests(chain, roll, node, ask);
  leaveNetworks(chain, roll, node, ask);
  keepDisk(chain, roll, node);
  exchange(chain, roll, node);
  changeOptions(chain, roll, node);
  if (hasRole(roll, node, 'compute')) bearOldComputes(chain, roll, node);
  start(chain, roll, node);
  afterWork(chain, roll.cluster, node, { class: 'compute' });
  returnNetworks(chain, roll, node, ask);
  tidy(chain, roll, node);
  proveCompute(chain, roll, node, ask);
}

/** What is left of the roll of a compute that has the new system already, when its own roll was not finished. */
export function finishWorker(chain: Chain, roll: Controllers, node: string, index: number): void {
  afterWork(chain, roll.cluster, node, { class: 'compute' });
  proveCompute(chain, roll, node, askOf(roll, index));
}

function leaveGuests(chain: Chain, roll: Controllers, node: string, ask: string): void {
  const access = credentials(roll);
  if (access === undefined || !hasRole(roll, node, 'compute')) return;
  const host = hostOf(roll, node);
  if (!disabledBefore(roll, node)) {
    chain.step({
      id: `${node}/nova/disable`,
      kind: 'nova.disable',
      on: [ask],
      params: { credentials: access, host, reason: reasonOf(roll) },
      title: `Let no new guest come to ${node}`,
      why: 'what arrives during the work would be cut off by the boot',
      source: '000',
      return: 'reversible',
      estimate: 3,
    });
  }
  const { stuck, block, timeout, patience } = roll.cluster.policy.guests;
  const guests = (cloudFacts(roll)?.instances ?? []).filter(
    (one) => one.node === node && one.power === 'running',
  );
  chain.step({
    id: `${node}/guests/move`,
    kind: 'guests.move',
    on: [ask],
    params: { credentials: access, host, stuck, block, timeout, patience },
    title: `Move every running guest away from ${node}`,
    why: `alive, one after the other; one that cannot be moved: ${STUCK[stuck]}`,
    source: '000; research/peers.md',
    return: 'reversible',
    estimate: 30 * Math.max(1, guests.length),
    timeout: patience + timeout * Math.max(1, guests.length),
    class: 'migrate',
    impact: { guests: 'moved' },
  });
}

const STUCK = {
  wait: 'it is waited for',
  stop: 'it is shut off, and started again afterwards',
  skip: 'it stays and goes on running, and the node is not booted',
  fail: 'the roll of this node fails',
} as const;

/** The node's services come back on their new code. */
function start(chain: Chain, roll: Controllers, node: string): void {
  for (const service of servicesOn(roll, node)) {
    const units = unitsAfter(roll, node, service);
    if (units.length === 0) continue;
    chain.step({
      id: `${node}/${service.name}/start`,
      kind: 'systemd.release',
      on: [node],
      params: startedUnits(roll, node, units),
      title: `Start ${service.name} on ${node}`,
      why: units.join(', '),
      source: '000',
      return: 'reversible',
      estimate: 8,
      settle: 180,
    });
  }
}

/** Before the node is proved: what is tidied away afterwards could break what was proved. */
function tidy(chain: Chain, roll: Controllers, node: string): void {
  chain.step({
    id: `${node}/leftovers/remove`,
    kind: 'file.remove',
    on: [node],
    params: { paths: [CACHE] },
    title: `Remove fetched lists from ${node}`,
    why: 'no way back needs them now; its configuration is kept',
    source: 'design 5',
    return: keepsDisk(roll, node) ? 'restore' : 'irreversible',
    estimate: 1,
  });
  autoremove(chain, node, { disk: keepsDisk(roll, node) });
  verifyNode(chain, roll, node, [POLICY_RC, CACHE], 60);
}

/** The compute is seen alive by the control plane, a canary guest is born on it, and only then tenants may come. */
function proveCompute(chain: Chain, roll: Controllers, node: string, ask: string): void {
  const access = credentials(roll);
  if (access === undefined || !hasRole(roll, node, 'compute')) return;
  const host = { credentials: access, host: hostOf(roll, node) };
  chain.step({
    id: `${node}/nova/alive`,
    kind: 'compute.alive',
    on: [ask],
    params: host,
    title: `Wait until ${node}'s nova-compute and agents are up`,
    why: 'as the control plane sees them',
    source: '000',
    return: 'reversible',
    estimate: 20,
    settle: 300,
  });
  bearCanary(chain, roll, node, ask, {
    why: 'a compute that is up may still end every boot in ERROR',
    source: 'research/lab.md 4; research/peers.md',
  });
  chain.step({
    id: `${node}/guests/start`,
    kind: 'guests.start',
    on: [ask],
    params: { ...host, timeout: roll.cluster.policy.guests.timeout },
    title: `Start what was shut off for ${node}'s sake`,
    why: 'guests that could not be moved and those whose owners asked for it',
    source: 'research/peers.md',
    return: 'reversible',
    estimate: 5,
    timeout: 3600,
    impact: { guests: 'down' },
  });
  if (disabledBefore(roll, node)) return;
  chain.step({
    id: `${node}/nova/enable`,
    kind: 'nova.enable',
    on: [ask],
    params: host,
    title: `Let new guests come to ${node}`,
    why: 'it has shown that it can bear them',
    source: '000',
    return: 'reversible',
    estimate: 3,
    settle: 120,
  });
}
