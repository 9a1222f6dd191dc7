import { servicesNamed } from '../catalog/services/index.ts';
import { type Check, type Found, some } from './check.ts';

/** Without it computes, guests and agents are planned blindly. */
export const cloudUnread: Check = {
  code: 'WL-CHECK-CLOUD-UNREAD',
  title: "The control plane's own knowledge was not read",
  source: 'design.md 2 (1)',
  find({ cluster, facts }) {
    const named = servicesNamed(Object.values(cluster.services).flatMap((words) => words ?? []));
    const wanted = named.some(({ name }) => name === 'nova' || name === 'neutron');
    if (facts.assumed || !wanted) return [];
    const why =
      facts.cloud === undefined ? 'no node was found with its databases' : some(facts.cloud.unread, 3);
    return why === ''
      ? []
      : [
          {
            level: 'warn' as const,
            ...(facts.cloud ? { node: facts.cloud.asked } : {}),
            evidence: why,
            remedy:
              'As root on the node with MariaDB: mariadb -e "SHOW DATABASES" must work over its socket; then windlass discover.',
          },
        ];
  },
};

/** Nova's APIs leave a row with their version when they start, and never report. */
const SILENT = new Set(['nova-osapi_compute', 'nova-metadata']);

const ago = (age: number | null): string => (age === null ? 'never reported' : `last reported ${age} s ago`);

/** Services and agents that the control plane takes for dead: an upgrade would wait for them, or start on their rows. */
export const cloudDown: Check = {
  code: 'WL-CHECK-CLOUD-DOWN',
  title: 'The control plane misses services',
  source: "design.md 4; research/rules.md: stale 'services' rows block cinder's start",
  find({ facts: { cloud } }) {
    if (!cloud) return [];
    const dead = [
      ...cloud.services
        .filter(({ up, disabled, binary }) => !up && !disabled && !SILENT.has(binary))
        .map(({ of, host, node, binary, age }) => ({ of, host, node, what: binary, age })),
      ...cloud.agents
        .filter(({ alive, adminUp }) => !alive && adminUp)
        .map(({ host, node, binary, age }) => ({ of: 'neutron' as const, host, node, what: binary, age })),
    ];
    const forget = {
      nova: 'openstack compute service delete ID',
      cinder: 'cinder-manage service remove BINARY HOST',
      neutron: 'openstack network agent delete ID',
    };
    return dead.map(({ of, host, node, what, age }): Found => {
      const where = node === undefined ? {} : { node };
      return {
        level: 'warn',
        ...where,
        evidence: `${what} on ${host} ${ago(age)}${node === undefined ? ', and no node of the cluster file is called so' : ''}`,
        remedy:
          node === undefined
            ? `If ${host} is gone for good: ${forget[of]}; else add it to the cluster file.`
            : `On ${node}: systemctl restart ${what}; its log says why it does not report.`,
      };
    });
  },
};

/** Whoever disabled it had a reason; the upgrade leaves it as it was found. */
export const computeDisabled: Check = {
  code: 'WL-CHECK-COMPUTE-DISABLED',
  title: 'Computes are disabled',
  source: '000: computes are disabled before their work and enabled after',
  find: ({ facts: { cloud } }) =>
    (cloud?.computes ?? [])
      .filter(({ disabled }) => disabled)
      .map(({ host, node, reason }) => ({
        level: 'note' as const,
        ...(node === undefined ? {} : { node }),
        evidence: `${host} is disabled: ${reason ?? 'no reason was given'}`,
        remedy: `It stays disabled; to take it back: openstack compute service set --enable ${host} nova-compute.`,
      })),
};

/** Guests that cannot leave their compute, or are on their way somewhere just now. */
export const guests: Check = {
  code: 'WL-CHECK-GUESTS',
  title: 'Guests cannot be moved as they are',
  source: '000; nova: live migration needs an active guest without a task and without devices of its host',
  find({ facts: { cloud } }) {
    const all = cloud?.instances.filter(({ host }) => host !== '') ?? [];
    const told = (
      level: Found['level'],
      list: typeof all,
      words: string,
      remedy: string,
    ): readonly Found[] =>
      list.length === 0
        ? []
        : [
            {
              level,
              evidence: `${list.length} ${words}: ${some(list.map(({ name, uuid, host, task, vmState }) => `${name || uuid} on ${host}${task === undefined ? ` (${vmState})` : ` (${task})`}`))}`,
              remedy,
            },
          ];
    return [
      ...told(
        'warn',
        all.filter(({ task }) => task !== undefined),
        'with a task under way',
        'Wait until openstack server list --all-projects shows none; one that hangs: openstack server set --state active UUID, after a look at its compute.',
      ),
      ...told(
        'warn',
        all.filter(({ pci, power }) => pci && power === 'running'),
        'with devices of their compute (SR-IOV, GPU)',
        'They cannot move alive: agree on a time with their owners and let the policy stop them.',
      ),
      ...told(
        'note',
        all.filter(({ vmState }) => vmState === 'error'),
        'in ERROR',
        'They are left as they are: openstack server show UUID says why; delete or reset them before, so that nobody takes them for a damage of the upgrade.',
      ),
    ];
  },
};
