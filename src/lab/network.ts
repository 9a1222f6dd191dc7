import { WindlassError } from '../model/error.ts';
import { run } from './command.ts';

/** Labs share one private range; each has a /24 of it, by its number. */
export const prefixOf = (net: number): string => `10.77.${net}`;
export const bridgeOf = (net: number): string => `wlbr${net}`;
/** A node's name among all labs of this machine; short, as its interface is named after it. */
export const machineOf = (net: number, node: string): string => `w${net}-${node}`;
/** The outer end of a node's link, as systemd-nspawn names it. */
export const linkOf = (net: number, node: string): string => `vb-${machineOf(net, node)}`;

/**
 * The network where guests are met from outside: this machine is its gateway, floating addresses are on it,
 * and tenants' VLANs cross it.
 */
export const guestPrefixOf = (net: number): string => `10.78.${net}`;
export const guestBridgeOf = (net: number): string => `wlgn${net}`;
/** The outer end of a node's second link. */
export const guestLinkOf = (net: number, node: string): string => `vg-${machineOf(net, node)}`;
/** The inner end of it, a port of the node's provider bridge. */
export const GUEST_LINK = 'guest0';

export const PROXY_PORT = 3142;

const has = async (link: string): Promise<boolean> =>
  (await run(['ip', 'link', 'show', link], { accept: [1] })).code === 0;

/** Makes a lab's bridge and puts this machine on it. */
export const bridgeUp = (net: number): Promise<void> => bridge(bridgeOf(net), `${prefixOf(net)}.1/24`);

/** Makes the bridge of a lab's guests and puts this machine on it. */
export const guestBridgeUp = (net: number): Promise<void> =>
  bridge(guestBridgeOf(net), `${guestPrefixOf(net)}.1/24`);

async function bridge(name: string, address: string): Promise<void> {
  if (!(await has(name))) await run(['ip', 'link', 'add', name, 'type', 'bridge']);
  await run(['ip', 'address', 'replace', address, 'dev', name]);
  await run(['ip', 'link', 'set', name, 'up']);
}

/** Removes a link, if there is one. */
export async function removeLink(link: string): Promise<void> {
  if (await has(link)) await run(['ip', 'link', 'delete', link], { accept: [1] });
  if (await has(link)) {
    throw new WindlassError({
      code: 'WL-LAB-LINK',
      message: `link ${link} cannot be removed`,
      remedy: `see what holds it: ip -d link show ${link}`,
    });
  }
}

/** Takes a node's link down or up, as if its cable were pulled or put back. */
export async function setLink(net: number, node: string, state: 'up' | 'down'): Promise<void> {
  await run(['ip', 'link', 'set', linkOf(net, node), state]);
}
