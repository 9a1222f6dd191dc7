import type { Chain } from '../draft.ts';
import { keepsDisk } from './disks.ts';
import { emptiedGuards, galeraGuards, spareGuards } from './guards.ts';
import { markOf, POLICY_RC } from './keep.ts';
import { bringPackages, removeForeign } from './packages.ts';
import { targetSources } from './prepare.ts';
import { type Controllers, hasRole, servicesOn, targetCodename, unitsAfter } from './topology.ts';

const POLICY_RC_CONTENT = `#!/bin/sh
# Written by Windlass while packages are exchanged: nothing is started or restarted by them. SSH may, because a
# running sshd of bookworm cannot serve new connections once the files of trixie's are in place.
case "$1" in
  ssh | ssh.* | sshd | sshd.*) exit 0 ;;
esac
exit 101
`;

/** No package starts anything on the node from here on. */
export function keepFromStarting(chain: Chain, node: string): void {
  chain.step({
    id: `${node}/policy-rc.d/write`,
    kind: 'file.write',
    on: [node],
    params: { path: POLICY_RC, mode: '0755', content: POLICY_RC_CONTENT, before: null },
    title: `Let packages start nothing on ${node}`,
    why: 'services come back when the plan says so; masking would break keystone’s postinst',
    source: 'research/lab.md 4 (2), 5 (1)',
    return: 'reversible',
    estimate: 1,
  });
}

/** Packages may start again what is installed. */
export function letStart(chain: Chain, node: string): void {
  chain.step({
    id: `${node}/policy-rc.d/remove`,
    kind: 'file.remove',
    on: [node],
    params: { paths: [POLICY_RC] },
    title: `Let ${node}'s services start again`,
    why: 'the package work is over; what must not start yet is masked',
    source: 'research/lab.md 4 (2)',
    return: 'reversible',
    estimate: 1,
  });
}

/** The node's packages are exchanged for the target's, nothing started meanwhile, and it is booted. */
export function exchange(chain: Chain, roll: Controllers, node: string): void {
  const mine = roll.facts.nodes[node];
  const spare = spareGuards(roll, node);
  const emptied = emptiedGuards(roll, node);
  removeForeign(chain, roll, node);
  keepFromStarting(chain, node);
  const files = targetSources(roll, node);
  if (files.length > 0) {
    chain.step({
      id: `${node}/sources/switch`,
      kind: 'apt.sources',
      on: [node],
      params: { files },
      title: `Point ${node}'s apt at ${targetCodename(roll)}`,
      why: files.map(({ path }) => path).join(', '),
      source: '000',
      return: 'reversible',
      estimate: 1,
    });
  }
  chain.step({
    id: `${node}/os/upgrade`,
    kind: 'apt.dist-upgrade',
    on: [node],
    params: { codename: targetCodename(roll) },
    title: `Upgrade ${node} to ${targetCodename(roll)}`,
    why: 'the operating system and, with it, the OpenStack release it ships',
    source: '000',
    return: keepsDisk(roll, node) ? 'restore' : 'irreversible',
    estimate: 240,
    timeout: 7200,
    impact: {
      ...(mine?.rabbitmq ? { bus: 'degraded' as const } : {}),
      ...(mine?.galera ? { sql: 'degraded' as const } : {}),
    },
    guards: [...spare, ...emptied, ...galeraGuards(roll, node)],
  });
  bringPackages(chain, roll, node);
  const held = servicesOn(roll, node).flatMap((service) => unitsAfter(roll, node, service));
  if (held.length > 0) {
    chain.step({
      id: `${node}/openstack/hold`,
      kind: 'systemd.hold',
      on: [node],
      params: { units: held },
      title: `Hold ${held.join(', ')} on ${node} over the boot`,
      why: 'new code must not serve before its database and its bus are ready for it',
      source: '001; research/lab.md 4',
      return: 'reversible',
      estimate: 3,
    });
  }
  letStart(chain, node);
  if (staysUp(roll, node)) {
    restartPlatform(chain, roll, node);
    return;
  }
  reboot(chain, roll, node, { why: 'kernel, libc and every process from before the upgrade', source: '000' });
}

/** The node boots into what was installed. */
export function reboot(
  chain: Chain,
  roll: Controllers,
  node: string,
  said: { readonly why: string; readonly source: string },
): void {
  chain.step({
    id: `${node}/os/reboot`,
    kind: 'node.reboot',
    on: [node],
    params: {},
    title: `Reboot ${node}`,
    ...said,
    return: keepsDisk(roll, node) ? 'restore' : 'irreversible',
    estimate: 20,
    timeout: 60,
    settle: 900,
    guards: [...spareGuards(roll, node), ...emptiedGuards(roll, node)],
  });
}

/** Guests that cannot be moved are let stay on their compute: it is not booted, and their qemu processes go on. */
const staysUp = (roll: Controllers, node: string): boolean =>
  roll.cluster.policy.guests.stuck === 'skip' && hasRole(roll, node, 'compute');

/** What guests do not depend on from one moment to the next is started anew in place of a boot. */
function restartPlatform(chain: Chain, roll: Controllers, node: string): void {
  const known = roll.facts.nodes[node]?.units ?? {};
  const units = ['openvswitch-switch', 'virtlogd', 'libvirtd'].filter((unit) => known[`${unit}.service`]);
  if (units.length === 0) return;
  chain.step({
    id: `${node}/platform/restart`,
    kind: 'systemd.restart',
    on: [node],
    params: {
      units,
      key: `${markOf(roll)}-platform`,
    },
    title: `Restart ${units.join(', ')} on ${node}`,
    why: 'policy guests.stuck is skip: guests may be there, so the node is not booted; qemu survives these',
    source: 'research/lab.md 4',
    return: 'reversible',
    estimate: 10,
    impact: { guests: 'network' },
  });
}
