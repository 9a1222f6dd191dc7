import type { Component } from '../component.ts';
import { compareVersions, minor } from '../version.ts';

export const openvswitch: Component = {
  name: 'openvswitch',
  packages: ['openvswitch-switch', 'openvswitch-common', 'python3-openvswitch'],
  units: ['ovsdb-server', 'ovs-vswitchd', 'openvswitch-switch', 'ovs-record-hostname'],
  state: [
    {
      // /etc/openvswitch/conf.db is a link to it in Debian: carried alone it led to the fresh machine's empty one (lab).
      path: '/var/lib/openvswitch/conf.db',
      says: 'its bridges and what is plugged into them: often made once by hand; without the provider’s bridge the agent ends at once ("Bridge br-provider for physical network physnet1 does not exist")',
      source: 'a cloud’s controller made anew on the lab; docs/rebuild.md',
    },
    {
      path: '/etc/openvswitch/system-id.conf',
      says: 'the name by which the node is known as a chassis',
      source: 'ovs-ctl(8)',
    },
  ],
  facts: [
    {
      says: 'its package stops it before the new files come and starts it after: guests lose what is sent meanwhile, and again while the agent synchronises',
      source: 'openvswitch-switch 3.5.0 prerm and postinst; 002',
    },
    {
      says: 'the switches of a kernel datapath go on with the flows they have; a netdev datapath is the daemon itself',
      source: 'research/lab.md 4; ovs-vswitchd(8)',
    },
    {
      says: 'guests outlived the upgrade of a compute with Open vSwitch restarted under them',
      source: 'research/lab.md 4',
    },
  ],
};

export const ovn: Component = {
  name: 'ovn',
  packages: ['ovn-host', 'ovn-central', 'ovn-common', 'ovn-ic', 'ovn-controller-vtep'],
  units: [
    'ovn-host',
    'ovn-controller',
    'ovn-ovsdb-server-nb',
    'ovn-ovsdb-server-sb',
    'ovn-northd',
    'ovn-central',
    'ovn-ic',
    'ovn-controller-vtep',
  ],
  after: ['openvswitch'],
  facts: [
    {
      says: 'ovn-controller on every node first, then the databases and northd, then Neutron: old controllers do not know new flows',
      source: 'research/rules.md; OVN upgrade guide',
    },
    {
      says: 'rolling only from one long-term release to the next; else external_ids:ovn-match-northd-version=true on every node, and the databases and northd first: controllers then keep the flows they have until they are of northd’s version',
      source: 'research/rules.md; OVN upgrade guide',
    },
    {
      says: 'bookworm has 23.03, trixie 25.03: with 22.03 and 24.03 as the long-term ones this is no step of the rolling way',
      source: 'debian bookworm/trixie package list; OVN release process',
    },
  ],
};

/** Long-term releases of OVN, in order (OVN release process). */
const LONG_TERM = ['22.03', '24.03'];

/** Whether OVN goes node by node from one version to another, controllers first. */
export function ovnStep(from: string, to: string): { rolls: boolean; why: string } | undefined {
  const [here, there] = [minor(from), minor(to)];
  if (compareVersions(there, here) < 0) return undefined;
  if (here === there) return { rolls: true, why: `OVN stays at ${here}` };
  const at = LONG_TERM.indexOf(here);
  return at >= 0 && LONG_TERM[at + 1] === there
    ? { rolls: true, why: `OVN ${here} to ${there} is a step from one long-term release to the next` }
    : {
        rolls: false,
        why: `OVN ${here} to ${there} is no step from one long-term release (${LONG_TERM.join(', ')}) to the next: it does not roll with the controllers first`,
      };
}
