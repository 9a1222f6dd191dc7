import type { Facts, OptionsInUse } from '../../../src/model/facts.ts';
import { node } from './fixture.ts';
import type { Trap } from './trap.ts';

const set = (facts: Facts, path: string, sections: OptionsInUse[string]): void => {
  for (const name of ['ctl1', 'ctl2']) node(facts, name).options = { [path]: sections };
};

/** Traps that lie in configuration files: what the target makes of the options that are set. */
export const OPTION_TRAPS: readonly Trap[] = [
  {
    name: 'an option that the target has not',
    code: 'WL-CHECK-OPTION-REMOVED',
    level: 'warn',
    says: /^\/etc\/nova\/nova\.conf:12 sets \[api\] use_forwarded_for, which 2025\.1 of nova does not know; it was deprecated: .*HTTPProxyToWSGI.* \(ctl1, ctl2\)$/,
    set: (facts) => set(facts, '/etc/nova/nova.conf', { api: { use_forwarded_for: { lines: [12] } } }),
  },
  {
    name: 'an option that the target has in another section',
    code: 'WL-CHECK-OPTION-REMOVED',
    level: 'warn',
    says: /\[DEFAULT\] rpc_conn_pool_size.*the target has one of this name in \[oslo_messaging_rabbit\]/,
    set: (facts) => set(facts, '/etc/heat/heat.conf', { DEFAULT: { rpc_conn_pool_size: { lines: [3, 9] } } }),
  },
  {
    name: 'an old name that the target no longer reads, on one node',
    code: 'WL-CHECK-OPTION-LOST',
    level: 'warn',
    node: 'ctl3',
    says: /neutron\.conf:3 sets \[DEFAULT\] lock_path, an old name .* would be lost \(ctl3\)$/,
    types: /Write it as \[oslo_concurrency\] lock_path\./,
    set: (facts) => {
      node(facts, 'ctl3').options = {
        '/etc/neutron/neutron.conf': { DEFAULT: { lock_path: { lines: [3] } } },
      };
    },
  },
  {
    name: 'a value that the target does not take',
    code: 'WL-CHECK-OPTION-VALUE',
    level: 'block',
    says: /\[lvm\] target_helper to ietadm; 2025\.1 of cinder takes fake, .*tgtadm/,
    set: (facts) =>
      set(facts, '/etc/cinder/cinder.conf', { lvm: { target_helper: { lines: [7], value: 'ietadm' } } }),
  },
  {
    name: 'an old name that the target still reads',
    code: 'WL-CHECK-OPTION-RENAMED',
    level: 'note',
    says: /line 4: \[oslo_messaging_rabbit\] rabbit_quroum_max_memory_bytes is \[oslo_messaging_rabbit\] rabbit_quorum_max_memory_bytes/,
    set: (facts) =>
      set(facts, '/etc/nova/nova.conf', {
        oslo_messaging_rabbit: { rabbit_quroum_max_memory_bytes: { lines: [4] } },
      }),
  },
  {
    name: 'an option that the target means to remove',
    code: 'WL-CHECK-OPTION-DEPRECATED',
    level: 'note',
    says: /deprecated for removal: line 5: \[glance\] api_servers \(21\.0\.0: /,
    set: (facts) => set(facts, '/etc/nova/nova.conf', { glance: { api_servers: { lines: [5] } } }),
  },
  {
    name: 'options that nobody knows',
    code: 'WL-CHECK-OPTION-UNKNOWN',
    level: 'note',
    says: /keystone\.conf .*: line 2: \[DEFAULT\] dbug; line 8: \[mine\] x \(ctl1, ctl2\)$/,
    set: (facts) =>
      set(facts, '/etc/keystone/keystone.conf', {
        DEFAULT: { dbug: { lines: [2] }, debug: { lines: [3] } },
        mine: { x: { lines: [8] } },
      }),
  },
  {
    name: 'a target whose options nobody has read',
    code: 'WL-CHECK-OPTION-UNREAD',
    level: 'note',
    says: /options of keystone were not judged: there is no metadata of 2024\.1/,
    types: /scripts\/options\.ts/,
    to: { os: 'bookworm', openstack: '2024.1' },
    set: (facts) => set(facts, '/etc/keystone/keystone.conf', { DEFAULT: { debug: { lines: [3] } } }),
  },
];
