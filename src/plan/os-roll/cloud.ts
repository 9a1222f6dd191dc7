import { CLOUD_PATH } from '../../drivers/cloud.ts';
import { CLOUD_MARK, CLOUD_PROGRAM } from '../../drivers/cloud-program.ts';
import type { Cloud, CloudNetwork } from '../../model/cloud.ts';
import type { Chain, Draft } from '../draft.ts';
import { type Controllers, hasRole, known } from './topology.ts';

/** What the control plane said of itself; undefined when nobody could be asked (an offline plan). */
export const cloudFacts = (roll: Controllers): Cloud | undefined => roll.facts.cloud;

/** Whether the cloud's own APIs are asked at all by this plan. */
export const credentials = (roll: Controllers): string | undefined => roll.cluster.cloud?.credentials;

/** Controllers that can be asked, in turn, so that no one of them is the bottleneck. */
export function askOf(roll: Controllers, index: number): string {
  const able = known(roll, 'controller');
  return able[index % able.length] ?? roll.lead;
}

/** The name under which a node's nova-compute and agents report. */
export function hostOf(roll: Controllers, node: string): string {
  const cloud = cloudFacts(roll);
  const told =
    cloud?.computes.find((compute) => compute.node === node)?.host ??
    cloud?.agents.find((agent) => agent.node === node)?.host;
  return told ?? roll.facts.nodes[node]?.hostname ?? node;
}

/** The program that asks the cloud's APIs, as parameters of `file.write`. */
export const programFile = () => ({
  path: CLOUD_PATH,
  mode: '0755',
  content: CLOUD_PROGRAM,
  before: null,
  ours: CLOUD_MARK,
});

/** The program every later question and change goes through is put on the controllers. */
export function bringProgram(draft: Draft, roll: Controllers): void {
  if (credentials(roll) === undefined) return;
  for (const node of known(roll, 'controller')) {
    draft.add({
      id: `${node}/cloud-program/write`,
      kind: 'file.write',
      on: [node],
      params: programFile(),
      title: `Put the program that asks the cloud's APIs on ${node}`,
      why: 'each later step is one short line that calls it; the password stays in the credentials file there',
      source: 'design 5',
      needs: [],
      return: 'reversible',
      estimate: 1,
      class: 'light',
    });
  }
}

/** Routers and DHCP leave a network node before its work. */
export function leaveNetworks(chain: Chain, roll: Controllers, node: string, ask: string): void {
  const access = credentials(roll);
  if (access === undefined || !carriesNetworks(roll, node)) return;
  chain.step({
    id: `${node}/network/leave`,
    kind: 'network.leave',
    on: [ask],
    params: { credentials: access, host: hostOf(roll, node) },
    title: `Move routers and DHCP from ${node} to living agents elsewhere`,
    why: 'a boot takes their namespaces away: guests behind them would be cut off',
    source: '000',
    return: 'reversible',
    estimate: 20,
    timeout: 1800,
    settle: 120,
    impact: { guests: 'network' },
  });
}

type Carrier = Pick<CloudNetwork, 'id' | 'agents'>;

/** They come back, and the node's agents may be given more. */
export function returnNetworks(chain: Chain, roll: Controllers, node: string, ask: string): void {
  const access = credentials(roll);
  if (access === undefined || !carriesNetworks(roll, node)) return;
  const cloud = cloudFacts(roll);
  const host = hostOf(roll, node);
  const here = ({ agents }: Carrier): boolean => agents.some((agent) => agent.host === host);
  const routers = (cloud?.routers ?? []).filter(here);
  const networks = (cloud?.networks ?? []).filter(here);
  const shared = [...routers, ...networks].filter(({ agents }) =>
    agents.some((agent) => agent.host !== host),
  );
  chain.step({
    id: `${node}/network/return`,
    kind: 'network.return',
    on: [ask],
    params: {
      credentials: access,
      host,
      routers: routers.map(({ id }) => id),
      networks: networks.map(({ id }) => id),
      ...(shared.length === 0 ? {} : { shared: shared.map(({ id }) => id) }),
    },
    title: `Let ${node}'s network agents carry again what they carried before`,
    why: 'the agents are alive: a router is moved back to where it was',
    source: '000',
    return: 'reversible',
    estimate: 20,
    timeout: 1800,
    settle: 300,
    impact: { guests: 'network' },
  });
}

/** By the facts, where there are some; else by the role. */
function carriesNetworks(roll: Controllers, node: string): boolean {
  const cloud = cloudFacts(roll);
  if (!cloud) return hasRole(roll, node, 'network');
  return cloud.agents.some(
    (agent) => agent.node === node && (agent.type === 'L3 agent' || agent.type === 'DHCP agent'),
  );
}
