import type { Facts, NodeFacts } from '../../../src/model/facts.ts';
import { node } from './fixture.ts';
import type { Trap } from './trap.ts';

const BUSTER = { os: 'buster', openstack: 'rocky' };
const FROM_STRETCH = { os: 'debian/stretch', openstack: 'rocky' };

/** cmp1 with upstream's Ceph, as 000 tells it: nova rests on it. */
function upstreamCeph(one: NodeFacts): void {
  one.packages.librados2 = { version: '19.2.3-1~bpo12+1', auto: true };
  one.packages['python3-rbd'] = { version: '19.2.3-1~bpo12+1', auto: true };
  one.packages['ceph-common'] = { version: '19.2.3-1~bpo12+1', auto: false };
  one.packages['nova-compute'] = { version: '2:26.2.2-1~deb12u3', auto: false };
  one.foreign = [
    {
      of: 'ceph',
      from: 'https://download.ceph.com/debian-squid bookworm/main amd64 Packages',
      packages: ['ceph-common', 'librados2', 'python3-rbd'],
      takes: ['nova-compute', 'python3-nova'],
    },
  ];
  one.apt.sources.push({
    path: '/etc/apt/sources.list.d/ceph.list',
    content: 'deb https://download.ceph.com/debian-squid bookworm main\n',
  });
}

/** The fixture as an older Debian: only what the checks look at is turned back. */
function turnedBack(facts: Facts, codename: string, version: string, bus: string, sql: string): NodeFacts {
  for (const one of Object.values(facts.nodes)) {
    one.os = { id: 'debian', codename, version };
    one.apt.sources = [
      { path: '/etc/apt/sources.list', content: `deb http://deb.debian.org/debian ${codename} main\n` },
    ];
    one.packages = {};
    if (one.rabbitmq) one.rabbitmq.version = bus;
    if (one.galera) one.galera.version = sql;
  }
  return node(facts, 'cmp1');
}
const stretch = (facts: Facts): NodeFacts => turnedBack(facts, 'stretch', '9', '3.6.6', '10.1.48-MariaDB');
const buster = (facts: Facts): NodeFacts => turnedBack(facts, 'buster', '10', '3.7.8', '10.3.39-MariaDB');

const agent = (one: NodeFacts): void => {
  one.units['neutron-openvswitch-agent.service'] = { active: 'active', enabled: 'enabled' };
};

/** Traps that one node's facts tell. */
export const NODE_TRAPS: readonly Trap[] = [
  {
    name: 'upstream Ceph with what it takes along, and what is put back',
    code: 'WL-CHECK-CEPH-UPSTREAM',
    level: 'warn',
    node: 'cmp1',
    says: /trixie has 18\.2\.7 \(from https:\/\/download\.ceph\.com.*\); removing them takes along nova-compute, python3-nova/,
    types:
      /apt-get remove ceph-common librados2 python3-rbd; rm \/etc\/apt\/sources\.list\.d\/ceph\.list; after the upgrade: apt-get install ceph-common nova-compute python3-nova\./,
    set: (facts) => upstreamCeph(node(facts, 'cmp1')),
  },
  {
    name: 'a RabbitMQ from elsewhere that is newer than the new system has',
    code: 'WL-CHECK-FOREIGN-NEWER',
    level: 'block',
    node: 'ctl1',
    says: /rabbitmq-server 4\.1\.3-1; trixie has 4\.0\.5/,
    types: /apt-get -s remove rabbitmq-server says what goes along/,
    set: (facts) => {
      node(facts, 'ctl1').packages['rabbitmq-server'] = { version: '4.1.3-1', auto: false };
      node(facts, 'ctl1').foreign = [{ of: 'rabbitmq-server', packages: ['rabbitmq-server'] }];
    },
  },
  {
    name: 'packages from elsewhere that nobody knows',
    code: 'WL-CHECK-FOREIGN',
    level: 'note',
    node: 'ctl2',
    says: /no source of bookworm on ctl2 has acme-agent/,
    types: /apt-cache policy/,
    set: (facts) => {
      node(facts, 'ctl2').packages['acme-agent'] = { version: '9.1', auto: false };
      node(facts, 'ctl2').foreign = [{ of: 'acme', packages: ['acme-agent'] }];
    },
  },
  {
    name: 'a daemon older than its oslo.messaging',
    code: 'WL-CHECK-OLD-CODE',
    level: 'warn',
    node: 'ctl1',
    says: /on ctl1 glance-api began before python3-oslo\.messaging was unpacked/,
    types: /systemctl restart glance-api\./,
    set: (facts) => {
      node(facts, 'ctl1').started = { 'glance-api.service': 1000, 'keystone.service': 3000 };
      node(facts, 'ctl1').unpacked = { 'python3-oslo.messaging': 2000, 'python3-glance': 900 };
    },
  },
  {
    name: 'a daemon that still has an oslo.messaging which never leaves a lost server',
    code: 'WL-CHECK-OLD-CODE',
    level: 'block',
    node: 'cmp1',
    says: /nova-compute began before python3-oslo\.messaging/,
    over: FROM_STRETCH,
    to: BUSTER,
    set: (facts) => {
      const one = stretch(facts);
      one.packages['python3-oslo.messaging'] = { version: '8.1.4-1+deb10u1', auto: true };
      one.started = { 'nova-compute.service': 1000 };
      one.unpacked = { 'python3-oslo.messaging': 2000 };
    },
  },
  {
    name: 'an API that is active without its application',
    code: 'WL-CHECK-API-HOLLOW',
    level: 'block',
    node: 'ctl1',
    says: /placement-api on ctl1 is active, and GET \/ on port 8778 gives 500/,
    types: /journalctl -u placement-api/,
    set: (facts) => {
      node(facts, 'ctl1').apis = { keystone: 200, 'placement-api': 500 };
    },
  },
  {
    name: 'an API that is active and silent',
    code: 'WL-CHECK-API-HOLLOW',
    level: 'warn',
    node: 'ctl3',
    says: /gives no answer/,
    set: (facts) => {
      node(facts, 'ctl3').apis = { 'glance-api': 0 };
    },
  },
  {
    name: "uwsgi's plugin of another Python",
    code: 'WL-CHECK-UWSGI-PYTHON',
    level: 'block',
    node: 'ctl2',
    says: /python3 on ctl2 is 3\.13; uwsgi has plugins for 3\.11/,
    types: /apt-get install uwsgi-plugin-python3/,
    set: (facts) => {
      node(facts, 'ctl2').python = { version: '3.13', uwsgi: ['3.11'] };
    },
  },
  {
    name: "threads of an API whose locks are eventlet's",
    code: 'WL-CHECK-UWSGI-THREADS',
    level: 'warn',
    node: 'ctl2',
    says: /\/etc\/neutron\/neutron-api-uwsgi\.ini on ctl2 has threads = 32/,
    types: /set threads = 1 .* systemctl restart neutron-api/,
    set: (facts) => {
      const one = node(facts, 'ctl2');
      one.units['neutron-api.service'] = { active: 'active', enabled: 'enabled' };
      one.threads = {
        '/etc/neutron/neutron-api-uwsgi.ini': 32,
        '/etc/nova/nova-api-uwsgi.ini': 32,
        '/etc/nova/nova-api-metadata-uwsgi.ini': 32,
      };
    },
  },
  {
    name: 'a pin that an earlier upgrade left',
    code: 'WL-CHECK-RPC-PIN',
    level: 'block',
    node: 'ctl1',
    says: /\/etc\/nova\/nova\.conf:12 on ctl1: \[upgrade_levels\] compute = yoga, which an upgrade before zed left/,
    types: /set compute = auto in \/etc\/nova\/nova\.conf/,
    set: (facts) => {
      node(facts, 'ctl1').pins = [
        {
          path: '/etc/nova/nova.conf',
          line: 12,
          section: 'upgrade_levels',
          option: 'compute',
          value: 'yoga',
        },
        {
          path: '/etc/nova/nova.conf',
          line: 13,
          section: 'upgrade_levels',
          option: 'baseapi',
          value: 'auto',
        },
      ];
    },
  },
  {
    name: 'a pin to a version, whatever it is',
    code: 'WL-CHECK-RPC-PIN',
    level: 'warn',
    node: 'ctl1',
    says: /pin_release_version = 21\.1/,
    types: /take line 4 out of \/etc\/ironic\/ironic\.conf/,
    set: (facts) => {
      node(facts, 'ctl1').pins = [
        {
          path: '/etc/ironic/ironic.conf',
          line: 4,
          section: 'DEFAULT',
          option: 'pin_release_version',
          value: '21.1',
        },
      ];
    },
  },
  {
    name: 'iptables-nft under a Neutron that cannot read it',
    code: 'WL-CHECK-IPTABLES',
    level: 'warn',
    node: 'cmp1',
    says: /buster gives cmp1 iptables-nft/,
    types: /update-alternatives --set iptables \/usr\/sbin\/iptables-legacy/,
    over: FROM_STRETCH,
    to: BUSTER,
    set: (facts) => {
      const one = stretch(facts);
      agent(one);
      one.alternatives = {};
    },
  },
  {
    name: 'rules of two iptables',
    code: 'WL-CHECK-IPTABLES',
    level: 'warn',
    node: 'cmp1',
    says: /is \/usr\/sbin\/iptables-nft, and the kernel still has legacy tables: filter, nat/,
    types: /iptables-legacy-save/,
    set: (facts) => {
      const one = node(facts, 'cmp1');
      agent(one);
      one.alternatives = { iptables: { path: '/usr/sbin/iptables-nft', manual: false } };
      one.legacyTables = ['filter', 'nat'];
    },
  },
  {
    name: 'iptables-legacy that somebody chose',
    code: 'WL-CHECK-IPTABLES',
    level: 'note',
    node: 'cmp1',
    says: /somebody chose \/usr\/sbin\/iptables-legacy on cmp1/,
    types: /update-alternatives --auto iptables/,
    set: (facts) => {
      const one = node(facts, 'cmp1');
      agent(one);
      one.alternatives = { iptables: { path: '/usr/sbin/iptables-legacy', manual: true } };
      one.legacyTables = ['filter'];
    },
  },
  {
    name: 'a package of the target that nothing pulls in',
    code: 'WL-CHECK-NEW-PACKAGE',
    level: 'note',
    node: 'ctl1',
    says: /neutron on ctl1 needs neutron-periodic-workers from 2025\.1 on/,
    types: /apt-get install neutron-periodic-workers; systemctl enable --now neutron-periodic-workers\./,
    set: (facts) => {
      node(facts, 'ctl1').packages['neutron-rpc-server'] = { version: '2:21.0.0-7', auto: false };
    },
  },
  {
    name: 'a package that the target no longer has',
    code: 'WL-CHECK-DEPARTED',
    level: 'warn',
    node: 'cmp1',
    says: /python3-neutron-fwaas on cmp1 is gone from victoria on/,
    types: /apt-get remove python3-neutron-fwaas/,
    over: { os: 'debian/buster', openstack: 'rocky' },
    to: { os: 'bullseye', openstack: 'victoria' },
    set: (facts) => {
      const one = buster(facts);
      one.packages['python3-neutron-fwaas'] = { version: '1:13.0.1-1', auto: true };
    },
  },
];
