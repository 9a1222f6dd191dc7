import { until } from '../command.ts';
import { type Hands, type LabService, startUnit } from '../service.ts';
import { firstController, type Site } from '../site.ts';
import { agentsAlive, serviceUp } from './agents.ts';
import { agentsBack, firstSwitch, guestLinkFile } from './neutron-agents.ts';
import { NEUTRON_SECRETS, neutronConf, ovsAgentConf } from './neutron-conf.ts';
import { NOVA_SECRETS, novaConf } from './nova-conf.ts';
import { mountNfsForGuests } from './share.ts';

const OVS_AGENT = 'neutron-openvswitch-agent';
const UNITS = ['openvswitch-switch', OVS_AGENT, 'libvirtd', 'nova-compute'];

/** A container gives libvirt neither security modules nor control groups nor namespaces to hand out. */
export const QEMU_CONF = `security_driver = "none"
user = "root"
group = "root"
remember_owner = 0
cgroup_controllers = []
namespaces = []
`;

const START_LIBVIRT = `systemctl stop libvirtd.service libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket
systemctl -q enable libvirtd.socket libvirtd-tcp.socket libvirtd.service
systemctl start libvirtd-tcp.socket libvirtd.service`;

/**
 * Computes copy guests' disks to each other as Nova's user, as in the field: each has a key of its own, and
 * knows the others' host keys.
 */
async function introduce(site: Site, hands: Hands): Promise<void> {
  const home = '/var/lib/nova/.ssh';
  const known = await Promise.all(
    site.computes.map(async (node) => {
      const out = await hands.on(
        node,
        `install -d -o nova -g nova -m 0700 ${home}
[ -e ${home}/id_ed25519 ] || runuser -u nova -- ssh-keygen -q -t ed25519 -N '' -C nova@${node.name} -f ${home}/id_ed25519
cat ${home}/id_ed25519.pub /etc/ssh/ssh_host_ed25519_key.pub`,
      );
      const [user = '', host = ''] = out.trim().split('\n');
      return { user, host: `${node.name},${node.address} ${host}` };
    }),
  );
  const users = known.map(({ user }) => user).join('\n');
  const hosts = known.map(({ host }) => host).join('\n');
  await Promise.all(
    site.computes.map((node) =>
      hands.on(
        node,
        `cat > ${home}/authorized_keys <<'KEYS'\n${users}\nKEYS
cat > ${home}/known_hosts <<'KEYS'\n${hosts}\nKEYS
chown nova:nova ${home}/authorized_keys ${home}/known_hosts
chmod 0600 ${home}/authorized_keys ${home}/known_hosts`,
      ),
    ),
  );
}

async function serves(site: Site): Promise<void> {
  await until('every nova-compute up', 400, () => serviceUp(site, site.computes, 'nova-compute'), 2000);
  await until("every compute's network agent alive", 300, () => agentsAlive(site, site.computes, 1), 2000);
}

/** What a compute runs: the switch and its agent, libvirt, Nova's own. */
export const novaCompute: LabService = {
  name: 'nova-compute',
  role: 'compute',
  packages: [
    'nova-compute',
    'nova-compute-qemu',
    'libvirt-daemon-system',
    'libvirt-clients',
    'qemu-system-x86',
    'qemu-utils',
    'bindfs',
    'openvswitch-switch',
    OVS_AGENT,
  ],
  units: UNITS,
  // libvirt-guests would put guests to sleep at shutdown behind Nova's back.
  idle: ['libvirt-guests', 'open-iscsi'],
  secrets: { ...NOVA_SECRETS, ...NEUTRON_SECRETS },
  files: (site, node) => [
    guestLinkFile,
    neutronConf(site, node),
    ovsAgentConf(),
    { path: '/etc/nova/nova.conf', content: novaConf(site, node), mode: 0o640, owner: 'root:nova' },
    mountNfsForGuests,
    {
      // No polkit here; the TCP socket is how computes hand guests to each other.
      path: '/etc/libvirt/libvirtd.conf',
      content: `auth_unix_ro = "none"
auth_unix_rw = "none"
auth_tcp = "none"
unix_sock_group = "libvirt"
unix_sock_rw_perms = "0770"
`,
    },
    {
      path: '/etc/libvirt/qemu.conf',
      content: QEMU_CONF,
    },
  ],

  async first(site, hands) {
    await introduce(site, hands);
    const start = `${firstSwitch}
${START_LIBVIRT}
systemctl -q enable nova-compute
${startUnit('nova-compute')}`;
    await Promise.all(site.computes.map((node) => hands.on(node, start, { timeoutMs: 400_000 })));
    await serves(site);
    const discover = 'runuser -u nova -- nova-manage cell_v2 discover_hosts';
    await hands.on(firstController(site), discover, { timeoutMs: 180_000 });
  },
  async cold(site, hands) {
    const start = UNITS.map(startUnit).join('\n');
    await Promise.all(site.computes.map((node) => hands.on(node, start, { timeoutMs: 400_000 })));
    await agentsBack(site, hands, site.computes, [OVS_AGENT]);
    await serves(site);
  },
  async health(site) {
    const up = await serviceUp(site, site.computes, 'nova-compute');
    const alive = await agentsAlive(site, site.computes, 1);
    return [
      { name: 'nova-compute', ok: up === true, detail: up === true ? 'up' : up },
      { name: "computes' network agents", ok: alive === true, detail: alive === true ? 'all alive' : alive },
    ];
  },
};
