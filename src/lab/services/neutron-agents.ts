import { settles, until } from '../command.ts';
import { GUEST_LINK } from '../network.ts';
import { type Hands, type LabService, type NodeFile, startUnit } from '../service.ts';
import type { Site, SiteNode } from '../site.ts';
import { agentsAlive } from './agents.ts';
import { SIDE_PORTS } from './haproxy.ts';
import { ovsAgentConf, PROVIDER_UP } from './neutron-conf.ts';

const OVS_AGENT = 'neutron-openvswitch-agent';
const AGENTS = [OVS_AGENT, 'neutron-l3-agent', 'neutron-dhcp-agent', 'neutron-metadata-agent'];

const privately = (path: string, content: string): NodeFile => ({
  path,
  content,
  mode: 0o640,
  owner: 'root:neutron',
});

/** The node's second link has no address of its own: it is a port of the provider bridge. */
export const guestLinkFile: NodeFile = {
  path: `/etc/systemd/network/20-${GUEST_LINK}.network`,
  content: `[Match]
Name=${GUEST_LINK}

[Link]
RequiredForOnline=no

[Network]
LinkLocalAddressing=no
IPv6AcceptRA=no
`,
};

const on = async (hands: Hands, nodes: readonly SiteNode[], script: string): Promise<void> => {
  await Promise.all(nodes.map((node) => hands.on(node, script, { timeoutMs: 300_000 })));
};

/** Starts Open vSwitch and its agent on nodes that never ran them. */
export const firstSwitch = `systemctl -q enable openvswitch-switch ${OVS_AGENT}
systemctl start openvswitch-switch
${PROVIDER_UP(GUEST_LINK)}
${startUnit(OVS_AGENT)}`;

/**
 * Brings agents back on nodes that were off. One that came up before there was anyone to answer it sits out its
 * own time-outs, for minutes; told to start anew it is there in seconds.
 */
export async function agentsBack(
  site: Site,
  hands: Hands,
  nodes: readonly SiteNode[],
  units: readonly string[],
): Promise<void> {
  await on(hands, nodes, ['openvswitch-switch', ...units].map(startUnit).join('\n'));
  const booted = 'date -d "$(systemctl show -P UserspaceTimestamp)" +%s';
  const since = Object.fromEntries(
    await Promise.all(nodes.map(async (node) => [node.name, Number(await hands.on(node, booted))] as const)),
  );
  const alive = (): Promise<true | string> => agentsAlive(site, nodes, units.length, since);
  if ((await settles(10, alive, 2000)) === true) return;
  await on(hands, nodes, `systemctl restart ${units.join(' ')}`);
  await until(`every network agent alive on ${nodes.map((node) => node.name).join(', ')}`, 300, alive, 2000);
}

const networkNodes = (site: Site): SiteNode[] => site.nodes.filter((node) => node.roles.includes('network'));

/** What a network node runs: the switch, routers, addresses, metadata. */
export const neutronAgents: LabService = {
  name: 'neutron-agents',
  role: 'network',
  packages: ['openvswitch-switch', ...AGENTS],
  units: ['openvswitch-switch', ...AGENTS],
  idle: ['keepalived', 'radvd'],
  secrets: {},
  files: (site) => [
    guestLinkFile,
    ovsAgentConf(),
    privately(
      '/etc/neutron/l3_agent.ini',
      `[DEFAULT]
interface_driver = openvswitch
agent_mode = legacy
[ovs]
datapath_type = netdev
`,
    ),
    privately(
      '/etc/neutron/dhcp_agent.ini',
      `[DEFAULT]
interface_driver = openvswitch
dhcp_driver = neutron.agent.linux.dhcp.Dnsmasq
enable_isolated_metadata = true
[ovs]
datapath_type = netdev
`,
    ),
    privately(
      '/etc/neutron/metadata_agent.ini',
      `[DEFAULT]
nova_metadata_host = ${site.vip}
nova_metadata_port = ${SIDE_PORTS.metadata}
metadata_proxy_shared_secret = ${site.secret('metadata-shared')}
metadata_workers = 1
`,
    ),
  ],

  async first(site, hands) {
    const rest = AGENTS.slice(1).map((unit) => `systemctl -q enable ${unit}\n${startUnit(unit)}`);
    await on(hands, networkNodes(site), `${firstSwitch}\n${rest.join('\n')}`);
    await until('every network agent alive', 300, () => agentsAlive(site, networkNodes(site), AGENTS.length));
  },
  async cold(site, hands) {
    await agentsBack(site, hands, networkNodes(site), AGENTS);
  },
  async health(site) {
    const answer = await agentsAlive(site, networkNodes(site), AGENTS.length);
    return [{ name: 'network agents', ok: answer === true, detail: answer === true ? 'all alive' : answer }];
  },
};
