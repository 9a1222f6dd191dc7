import { until } from '../command.ts';
import type { Hands, LabService } from '../service.ts';
import { firstController, type Site } from '../site.ts';

function corosyncConf(site: Site): string {
  const nodes = site.controllers.map(
    (node, index) => `  node {
    ring0_addr: ${node.address}
    name: ${node.name}
    nodeid: ${index + 1}
  }`,
  );
  // token: a machine with two cores can be late by seconds without anyone being dead.
  return `totem {
  version: 2
  cluster_name: ${site.topology.name}
  transport: knet
  crypto_cipher: aes256
  crypto_hash: sha256
  token: 8000
}
nodelist {
${nodes.join('\n')}
}
quorum {
  provider: corosync_votequorum
}
logging {
  to_syslog: yes
  to_logfile: no
}
`;
}

export interface ClusterView {
  readonly online: readonly string[];
  /** Node that carries the VIP, if one does. */
  readonly vipOn: string | undefined;
}

/** Reads `crm_mon -1`. */
export function readCrmMon(out: string, vip: string): ClusterView {
  const online = /Online: \[ ([^\]]*) \]/.exec(out)?.[1]?.trim().split(/\s+/) ?? [];
  const vipOn = new RegExp(`${vip}\\s+\\(.*\\):\\s+Started\\s+(\\S+)`).exec(out)?.[1];
  return { online, vipOn };
}

async function view(site: Site, hands: Hands): Promise<ClusterView> {
  const out = await hands.on(firstController(site), 'crm_mon -1', { accept: [1, 102] });
  return readCrmMon(out, site.topology.vip?.name ?? '');
}

async function whole(site: Site, hands: Hands, withVip: boolean): Promise<void> {
  await until('Pacemaker nodes online', 180, async () => {
    const seen = await view(site, hands);
    if (seen.online.length !== site.controllers.length) return `online: ${seen.online.join(' ') || 'none'}`;
    return !withVip || seen.vipOn !== undefined || 'the VIP is nowhere';
  });
}

export const pacemaker: LabService = {
  name: 'pacemaker',
  packages: ['corosync', 'pacemaker', 'pacemaker-cli-utils', 'crmsh', 'resource-agents'],
  units: ['pacemaker', 'corosync'],
  secrets: { 'corosync-authkey': 'authkey' },
  files: (site) => [
    { path: '/etc/corosync/corosync.conf', content: corosyncConf(site) },
    { path: '/etc/corosync/authkey', content: site.secret('corosync-authkey'), mode: 0o400 },
  ],

  async first(site, hands) {
    const start =
      'systemctl start corosync; systemctl start pacemaker; systemctl -q enable corosync pacemaker';
    await Promise.all(site.controllers.map((node) => hands.on(node, start, { timeoutMs: 180_000 })));
    await whole(site, hands, false);
    const vip = site.topology.vip;
    if (vip === undefined) return;
    await hands.on(
      firstController(site),
      `crm -F configure <<'CRM'
property stonith-enabled=false no-quorum-policy=stop
rsc_defaults resource-stickiness=100
primitive ${vip.name} ocf:heartbeat:IPaddr2 params ip=${site.vip} cidr_netmask=24 nic=host0 op monitor interval=5s timeout=40s op start timeout=60s interval=0 op stop timeout=60s interval=0
commit
CRM`,
      { timeoutMs: 180_000 },
    );
    await whole(site, hands, true);
  },

  async cold(site, hands) {
    const start = 'systemctl start corosync; systemctl start pacemaker';
    await Promise.all(site.controllers.map((node) => hands.on(node, start, { timeoutMs: 180_000 })));
    await whole(site, hands, site.topology.vip !== undefined);
  },

  async health(site, hands) {
    const seen = await view(site, hands);
    return [
      {
        name: 'pacemaker',
        ok: seen.online.length === site.controllers.length,
        detail: `online: ${seen.online.join(' ') || 'none'}`,
      },
      ...(site.topology.vip === undefined
        ? []
        : [{ name: 'vip', ok: seen.vipOn !== undefined, detail: `on ${seen.vipOn ?? 'no node'}` }]),
    ];
  },
};
