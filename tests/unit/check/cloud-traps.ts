import type { Cloud } from '../../../src/model/cloud.ts';
import type { Facts } from '../../../src/model/facts.ts';
import { cleanCloud, first, node } from './fixture.ts';
import type { Trap } from './trap.ts';

const ZED = { os: 'trixie', openstack: 'zed' };
const WITH_NOVA = {
  services: { controller: ['keystone', 'glance', 'placement', 'nova'], compute: ['nova-compute'] },
};

/** The clean cluster with what its control plane says, changed. */
function cloud(facts: Facts, change: (cloud: Cloud) => void = () => undefined): void {
  const mine = cleanCloud();
  change(mine);
  facts.cloud = mine;
}

const workaround = {
  path: '/etc/nova/nova.conf',
  line: 40,
  section: 'workarounds',
  option: 'disable_compute_service_check_for_ffu',
  value: 'true',
};
const nova = (facts: Facts, name: string, version: string): void => {
  node(facts, name).packages['python3-nova'] = { version, auto: true };
};
const forNothing = (_: Facts): void => undefined;

/** Traps that the control plane's databases tell, or the packages where they were not read. */
export const CLOUD_TRAPS: readonly Trap[] = [
  {
    name: 'a cloud whose databases were not read',
    code: 'WL-CHECK-CLOUD-UNREAD',
    level: 'warn',
    says: /no node was found with its databases/,
    types: /mariadb -e/,
    over: WITH_NOVA,
    to: ZED,
    set: forNothing,
  },
  {
    name: 'a database that refused a question',
    code: 'WL-CHECK-CLOUD-UNREAD',
    level: 'warn',
    node: 'ctl1',
    says: /instances: Unknown column/,
    over: WITH_NOVA,
    to: ZED,
    set: (facts) =>
      cloud(facts, (one) => {
        one.unread = ["instances: Unknown column 'hidden'"];
      }),
  },
  {
    name: 'a compute that does not report',
    code: 'WL-CHECK-CLOUD-DOWN',
    level: 'warn',
    node: 'cmp1',
    says: /nova-compute on cmp1 last reported 340 s ago/,
    types: /On cmp1: systemctl restart nova-compute/,
    to: ZED,
    set: (facts) =>
      cloud(facts, (one) => {
        Object.assign(first(one.services), { up: false, age: 340 });
      }),
  },
  {
    name: "a row of a cinder service whose node is gone: it blocks cinder's start",
    code: 'WL-CHECK-CLOUD-DOWN',
    level: 'warn',
    says: /cinder-volume on old@lvm never reported, and no node of the cluster file is called so/,
    types: /cinder-manage service remove/,
    to: ZED,
    set: (facts) =>
      cloud(facts, (one) => {
        one.services.push({
          of: 'cinder',
          host: 'old@lvm',
          binary: 'cinder-volume',
          disabled: false,
          up: false,
          age: null,
        });
      }),
  },
  {
    name: 'an agent without a heartbeat',
    code: 'WL-CHECK-CLOUD-DOWN',
    level: 'warn',
    node: 'ctl1',
    says: /neutron-l3-agent on ctl1 last reported 900 s ago/,
    to: ZED,
    set: (facts) =>
      cloud(facts, (one) => {
        Object.assign(first(one.agents), { alive: false, age: 900 });
      }),
  },
  {
    name: 'a disabled compute',
    code: 'WL-CHECK-COMPUTE-DISABLED',
    level: 'note',
    node: 'cmp1',
    says: /cmp1 is disabled: broken fan/,
    types: /openstack compute service set --enable cmp1 nova-compute/,
    to: ZED,
    set: (facts) =>
      cloud(facts, (one) => {
        Object.assign(first(one.computes), { disabled: true, reason: 'broken fan' });
      }),
  },
  {
    name: 'a guest on its way',
    code: 'WL-CHECK-GUESTS',
    level: 'warn',
    says: /1 with a task under way: guest1 on cmp1 \(migrating\)/,
    to: ZED,
    set: (facts) =>
      cloud(facts, (one) => {
        first(one.instances).task = 'migrating';
      }),
  },
  {
    name: 'a guest that holds a device of its compute',
    code: 'WL-CHECK-GUESTS',
    level: 'warn',
    says: /1 with devices of their compute/,
    to: ZED,
    set: (facts) =>
      cloud(facts, (one) => {
        first(one.instances).pci = true;
      }),
  },
  {
    name: 'a guest in ERROR',
    code: 'WL-CHECK-GUESTS',
    level: 'note',
    says: /1 in ERROR: guest1 on cmp1/,
    to: ZED,
    set: (facts) =>
      cloud(facts, (one) => {
        Object.assign(first(one.instances), { vmState: 'error', power: 'nostate' });
      }),
  },
  {
    name: 'computes that the target refuses',
    code: 'WL-CHECK-COMPUTE-FLOOR',
    level: 'warn',
    says: /cmp1 64; 2025\.1 accepts 66 and newer$/,
    types:
      /on ctl1, cmp1: \[workarounds\] disable_compute_service_check_for_ffu = true\. When the last compute is upgraded take it out/,
    set: (facts) => {
      cloud(facts);
      nova(facts, 'ctl1', '2:26.2.2-1~deb12u3');
      nova(facts, 'cmp1', '2:26.2.2-1~deb12u3');
    },
  },
  {
    name: 'computes that the target refuses, told by their packages alone',
    code: 'WL-CHECK-COMPUTE-FLOOR',
    level: 'warn',
    says: /cmp1 64; 2025\.1 accepts 66/,
    set: (facts) => nova(facts, 'cmp1', '2:26.2.2-1~deb12u3'),
  },
  {
    name: 'the workaround set on both sides',
    code: 'WL-CHECK-COMPUTE-FLOOR',
    level: 'note',
    says: /the workaround is set everywhere/,
    set: (facts) => {
      cloud(facts);
      for (const name of ['ctl1', 'cmp1']) {
        nova(facts, name, '2:26.2.2-1~deb12u3');
        node(facts, name).pins = [workaround];
      }
    },
  },
  {
    name: 'the workaround left behind',
    code: 'WL-CHECK-WORKAROUND-LEFT',
    level: 'warn',
    node: 'ctl1',
    says: /\/etc\/nova\/nova\.conf:40 on ctl1 has disable_compute_service_check_for_ffu = true/,
    types: /take line 40 out of \/etc\/nova\/nova\.conf/,
    to: ZED,
    set: (facts) => {
      cloud(facts);
      nova(facts, 'ctl1', '2:26.2.2-1~deb12u3');
      node(facts, 'ctl1').pins = [workaround];
    },
  },
  {
    name: 'a control plane rolled back under a newer compute',
    code: 'WL-CHECK-COMPUTE-AHEAD',
    level: 'block',
    says: /cmp1 68; the control plane has 64/,
    types: /openstack compute service set --disable/,
    set: (facts) =>
      cloud(facts, (one) => {
        first(one.services).version = 68;
      }),
  },
  {
    name: 'a schema that is not at the head',
    code: 'WL-CHECK-SCHEMA-HEAD',
    level: 'block',
    says: /keystone is at e1, not at \(head\)/,
    types: /keystone-manage db_sync/,
    to: ZED,
    set: (facts) => {
      cloud(facts, (one) => {
        one.schemas = {
          keystone: ['c2', 'e1'],
          'keystone.alembic_version_old': ['of a plug-in that is gone'],
        };
      });
      node(facts, 'ctl1').migrations = { keystone: { heads: ['c2', 'e2'], known: ['c2', 'e1', 'e2'] } };
    },
  },
  {
    name: 'a plug-in whose chain is behind',
    code: 'WL-CHECK-SCHEMA-HEAD',
    level: 'block',
    says: /neutron is at b1, not at \(head\)/,
    to: ZED,
    set: (facts) => {
      cloud(facts, (one) => {
        one.schemas = { neutron: ['n2'], 'neutron.alembic_version_bgpvpn': ['b1'] };
      });
      node(facts, 'ctl1').migrations = {
        neutron: { heads: ['n2'], known: ['n1', 'n2'] },
        networking_bgpvpn: { heads: ['b2'], known: ['b1', 'b2'] },
      };
    },
  },
  {
    name: 'code that is older than its database',
    code: 'WL-CHECK-SCHEMA-HEAD',
    level: 'block',
    says: /glance is at 2025_1_expand01, which no installed code of glance knows/,
    types: /restore the database/,
    to: ZED,
    set: (facts) => {
      cloud(facts, (one) => {
        one.schemas = { glance: ['2025_1_expand01'], other: ['x'] };
      });
      node(facts, 'ctl1').migrations = { glance: { heads: ['zed_expand01'], known: ['zed_expand01'] } };
    },
  },
  {
    name: 'a service whose expand takes columns away',
    code: 'WL-CHECK-EXPAND-BREAKS',
    level: 'warn',
    says: /neutron, zed to 2025\.1: .*subnets\.in_use.*away 28\.2 s/,
    types: /stop all its servers/,
    over: { services: { controller: ['keystone', 'neutron'] } },
    also: ['WL-CHECK-COMPUTE-FLOOR'],
    set: (facts) => cloud(facts),
  },
];
