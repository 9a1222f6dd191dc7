import { describe, expect, test } from 'vitest';
import { assumedFacts } from '../../../src/catalog/assume.ts';
import { CHECKS, check } from '../../../src/check/index.ts';
import { suites } from '../../../src/check/sources.ts';
import { Facts } from '../../../src/model/facts.ts';
import { Finding } from '../../../src/model/finding.ts';
import { CLOUD_TRAPS } from './cloud-traps.ts';
import { cleanCluster, cleanFacts, node, part } from './fixture.ts';
import { NODE_TRAPS } from './node-traps.ts';
import { OPTION_TRAPS } from './option-traps.ts';
import type { Trap } from './trap.ts';

const TRIXIE = { os: 'trixie', openstack: '2025.1' };
const STRETCH = { os: 'debian/stretch', openstack: 'rocky' };
const BUSTER = { os: 'buster', openstack: 'rocky' };

/** The fixture on the way from Stretch to Buster: only what the checks look at is turned back. */
function old(facts: Facts): void {
  for (const one of Object.values(facts.nodes)) {
    one.os = { id: 'debian', codename: 'stretch', version: '9' };
    one.apt.sources = [
      { path: '/etc/apt/sources.list', content: 'deb http://deb.debian.org/debian stretch main\n' },
    ];
    one.packages = {};
    if (one.rabbitmq) one.rabbitmq.version = '3.6.6';
    if (one.galera) one.galera.version = '10.1.48-MariaDB';
  }
}

const each = (facts: Facts, change: (one: Facts['nodes'][string]) => void): void => {
  for (const one of Object.values(facts.nodes)) change(one);
};

const TRAPS: readonly Trap[] = [
  {
    name: 'too little room beside the margin',
    code: 'WL-CHECK-DISK',
    level: 'block',
    node: 'ctl1',
    says: /^\/ has 2500 MB free; 1600 MB are needed and 1024 MB stay free/,
    set: (facts) => {
      node(facts, 'ctl1').disk = [{ mount: '/', sizeMb: 9000, freeMb: 2500 }];
    },
  },
  {
    name: 'archives on a small mount of their own',
    code: 'WL-CHECK-DISK',
    level: 'block',
    node: 'cmp1',
    says: /^\/var has 900 MB free; 400 MB are needed/,
    set: (facts) => {
      node(facts, 'cmp1').disk.push({ mount: '/var', sizeMb: 1000, freeMb: 900 });
    },
  },
  {
    name: 'a clock that is off',
    code: 'WL-CHECK-CLOCK',
    level: 'block',
    node: 'ctl2',
    says: /ctl2 is 41\.9 s off/,
    set: (facts) => {
      node(facts, 'ctl2').clockOffset = 42;
    },
  },
  {
    name: "dpkg's lock",
    code: 'WL-CHECK-DPKG-LOCK',
    level: 'block',
    node: 'ctl3',
    says: /held by pid 812 unattended-upgr/,
    set: (facts) => {
      node(facts, 'ctl3').apt.lock = 'pid 812 unattended-upgr';
    },
  },
  {
    name: 'a half-configured package',
    code: 'WL-CHECK-DPKG-AUDIT',
    level: 'block',
    node: 'ctl1',
    says: /rabbitmq-server \(half-configured\)/,
    set: (facts) => {
      node(facts, 'ctl1').packages['rabbitmq-server'] = {
        version: '3.10.8-1.1+deb12u1',
        auto: false,
        state: 'half-configured',
      };
    },
  },
  {
    name: 'dpkg --audit speaks',
    code: 'WL-CHECK-DPKG-AUDIT',
    level: 'block',
    says: /are in a mess/,
    set: (facts) => {
      node(facts, 'ctl1').apt.audit = 'The following packages are in a mess:\n foo';
    },
  },
  {
    name: 'a held package of the cloud',
    code: 'WL-CHECK-HELD',
    level: 'block',
    says: /held on ctl1: mariadb-server/,
    set: (facts) => {
      node(facts, 'ctl1').packages['mariadb-server'] = {
        version: '1:10.11.19-1',
        auto: false,
        held: true,
      };
    },
  },
  {
    name: 'another held package',
    code: 'WL-CHECK-HELD',
    level: 'warn',
    says: /held on ctl1: vim/,
    set: (facts) => {
      node(facts, 'ctl1').packages.vim = { version: '9', auto: false, held: true };
    },
  },
  {
    name: 'a database member that is joining',
    code: 'WL-CHECK-GALERA-MEMBER',
    level: 'block',
    node: 'ctl2',
    says: /'Initialized', not Synced/,
    set: (facts) => {
      part(facts, 'ctl2', 'galera').state = 'Initialized';
    },
  },
  {
    name: 'a database cluster smaller than its nodes',
    code: 'WL-CHECK-GALERA-MEMBER',
    level: 'block',
    says: /sees 2 members, the cluster has 3/,
    set: (facts) =>
      each(facts, ({ galera }) => {
        if (galera) galera.clusterSize = 2;
      }),
  },
  {
    name: 'a member outside the primary part',
    code: 'WL-CHECK-GALERA-MEMBER',
    level: 'block',
    says: /non-Primary/,
    set: (facts) => {
      part(facts, 'ctl2', 'galera').clusterStatus = 'non-Primary';
    },
  },
  {
    name: 'a bus member that is down',
    code: 'WL-CHECK-RABBITMQ-MEMBER',
    level: 'block',
    says: /rabbit@ctl3 not running/,
    set: (facts) => {
      part(facts, 'ctl1', 'rabbitmq').running = ['rabbit@ctl1', 'rabbit@ctl2'];
    },
  },
  {
    name: 'a bus member that does not answer',
    code: 'WL-CHECK-RABBITMQ-MEMBER',
    level: 'block',
    node: 'ctl2',
    says: /does not answer/,
    set: (facts) => {
      Object.assign(part(facts, 'ctl2', 'rabbitmq'), { version: '', members: [], running: [] });
    },
  },
  {
    name: 'a split bus',
    code: 'WL-CHECK-RABBITMQ-PARTITION',
    level: 'block',
    says: /partitioned from rabbit@ctl2/,
    set: (facts) => {
      part(facts, 'ctl1', 'rabbitmq').partitions = ['rabbit@ctl2'];
    },
  },
  {
    name: 'mirrored queues before RabbitMQ 4',
    code: 'WL-CHECK-RABBITMQ-MIRRORED',
    level: 'warn',
    says: /ha-all \(vhost \/\); 1 queues rest on them/,
    set: (facts) =>
      each(facts, ({ rabbitmq }) => {
        if (!rabbitmq) return;
        rabbitmq.policies = [{ vhost: '/', name: 'ha-all', definition: { 'ha-mode': 'all' } }];
        rabbitmq.queues = [
          { vhost: '/', name: 'conductor', type: 'classic', durable: true, messages: 0, policy: 'ha-all' },
        ];
      }),
  },
  {
    name: 'a backlog before the bus is rebuilt',
    code: 'WL-CHECK-RABBITMQ-BACKLOG',
    level: 'warn',
    says: /5010 messages \(10 in transient queues\), policy.busBacklog allows 100: notifications.info 5000, reply_1 10/,
    set: (facts) =>
      each(facts, ({ rabbitmq }) => {
        if (!rabbitmq) return;
        rabbitmq.queues = [
          { vhost: '/', name: 'reply_1', type: 'classic', durable: false, messages: 10 },
          { vhost: '/', name: 'notifications.info', type: 'classic', durable: true, messages: 5000 },
        ];
      }),
  },
  {
    name: 'flags that are off before a step in place',
    code: 'WL-CHECK-RABBITMQ-FLAGS',
    level: 'block',
    says: /off before 4\.0\.5: restart_streams/,
    set: (facts) =>
      each(facts, ({ rabbitmq }) => {
        if (rabbitmq) Object.assign(rabbitmq, { version: '3.13.7', flags: { restart_streams: false } });
      }),
  },
  {
    name: 'an offline member',
    code: 'WL-CHECK-PACEMAKER',
    level: 'block',
    node: 'ctl2',
    says: /ctl2 is OFFLINE/,
    set: (facts) =>
      each(facts, ({ pacemaker }) => {
        if (pacemaker) Object.assign(pacemaker, { online: ['ctl1', 'ctl3'], offline: ['ctl2'] });
      }),
  },
  {
    name: 'a member in standby',
    code: 'WL-CHECK-PACEMAKER',
    level: 'block',
    node: 'ctl1',
    says: /standby/,
    set: (facts) =>
      each(facts, ({ pacemaker }) => {
        if (pacemaker) pacemaker.standby = ['ctl1'];
      }),
  },
  {
    name: 'no quorum',
    code: 'WL-CHECK-PACEMAKER',
    level: 'block',
    says: /no quorum/,
    set: (facts) =>
      each(facts, ({ pacemaker }) => {
        if (pacemaker) pacemaker.quorate = false;
      }),
  },
  {
    name: 'a constraint left by a move',
    code: 'WL-CHECK-PACEMAKER-CONSTRAINT',
    level: 'warn',
    says: /cli-prefer-openstack-api-vip is still there/,
    set: (facts) =>
      each(facts, ({ pacemaker }) => {
        if (pacemaker) pacemaker.constraints = ['cli-prefer-openstack-api-vip', 'colocation-1'];
      }),
  },
  {
    name: 'a stopped VIP',
    code: 'WL-CHECK-VIP',
    level: 'block',
    says: /openstack-api-vip is stopped/,
    set: (facts) =>
      each(facts, ({ pacemaker }) => {
        if (pacemaker) pacemaker.resources = { 'openstack-api-vip': null };
      }),
  },
  {
    name: 'a VIP that Pacemaker calls otherwise',
    code: 'WL-CHECK-VIP',
    level: 'block',
    says: /no resource openstack-api-vip; it has vip/,
    set: (facts) =>
      each(facts, ({ pacemaker }) => {
        if (pacemaker) pacemaker.resources = { vip: 'ctl1' };
      }),
  },
  {
    name: 'a server that is down, one other left',
    code: 'WL-CHECK-HAPROXY-SERVER',
    level: 'block',
    says: /backend keystonebe on ctl1: ctl2 DOWN, ctl3 DOWN; 1 of 3 are UP/,
    set: (facts) =>
      each(facts, ({ haproxy }) => {
        for (const server of haproxy?.servers ?? []) {
          if (server.backend === 'keystonebe' && server.server !== 'ctl1') server.status = 'DOWN';
        }
      }),
  },
  {
    name: 'a server left in maintenance, two others serve',
    code: 'WL-CHECK-HAPROXY-SERVER',
    level: 'warn',
    says: /backend glancebe on ctl1: ctl1 MAINT; 2 of 3 are UP/,
    set: (facts) =>
      each(facts, ({ haproxy }) => {
        for (const server of haproxy?.servers ?? []) {
          if (server.backend === 'glancebe' && server.server === 'ctl1') server.status = 'MAINT';
        }
      }),
  },
  {
    name: 'a balancer without a socket',
    code: 'WL-CHECK-HAPROXY-SOCKET',
    level: 'block',
    node: 'ctl2',
    says: /gives no server/,
    set: (facts) => {
      part(facts, 'ctl2', 'haproxy').servers = [];
    },
  },
  {
    name: 'a database backend without a health check',
    code: 'WL-CHECK-HAPROXY-SQL-CHECK',
    level: 'block',
    says: /backend galerabe on ctl1 does not check ctl1/,
    set: (facts) =>
      each(facts, ({ haproxy }) => {
        for (const server of haproxy?.servers ?? []) {
          if (server.backend === 'galerabe') Object.assign(server, { status: 'no check', check: '' });
        }
      }),
  },
  {
    name: 'a database backend that only knocks at the port',
    code: 'WL-CHECK-HAPROXY-SQL-CHECK',
    level: 'warn',
    says: /only asks whether the port is open \(\* L4OK\)/,
    set: (facts) =>
      each(facts, ({ haproxy }) => {
        for (const server of haproxy?.servers ?? []) {
          if (server.backend === 'galerabe') server.check = '* L4OK';
        }
      }),
  },
  {
    name: 'a masked unit',
    code: 'WL-CHECK-MASKED',
    level: 'block',
    node: 'ctl1',
    says: /masked on ctl1: keystone/,
    set: (facts) => {
      node(facts, 'ctl1').units['keystone.service'] = { active: 'active', enabled: 'masked' };
    },
  },
  {
    name: 'a failed service',
    code: 'WL-CHECK-SERVICE-DOWN',
    level: 'block',
    node: 'ctl1',
    says: /glance-api is failed/,
    set: (facts) => {
      node(facts, 'ctl1').units['glance-api.service'] = { active: 'failed', enabled: 'enabled' };
    },
  },
  {
    name: 'a stopped service',
    code: 'WL-CHECK-SERVICE-DOWN',
    level: 'warn',
    says: /memcached is inactive/,
    set: (facts) => {
      node(facts, 'ctl1').units['memcached.service'] = { active: 'inactive', enabled: 'enabled' };
    },
  },
  {
    name: 'oslo.messaging 8.1.3 (000)',
    code: 'WL-CHECK-OSLO-MESSAGING',
    level: 'block',
    node: 'ctl1',
    says: /python3-oslo\.messaging 8\.1\.3-1 on ctl1 is older than 8\.1\.4/,
    over: STRETCH,
    to: BUSTER,
    set: (facts) => {
      old(facts);
      node(facts, 'ctl1').packages['python3-oslo.messaging'] = { version: '8.1.3-1', auto: true };
    },
  },
  {
    name: 'a package that migrates its database itself',
    code: 'WL-CHECK-SELF-MIGRATING',
    level: 'block',
    node: 'ctl1',
    says: /nova\/configure_db = true: nova-common's script/,
    set: (facts) => {
      const one = node(facts, 'ctl1');
      one.packages['nova-common'] = { version: '2:26.2.2-1~deb12u3', auto: true };
      // Owners that are gone run no script.
      one.selfMigrating = [
        { package: 'nova-common', question: 'nova/configure_db' },
        { package: 'cinder-common', question: 'cinder/configure_db' },
      ];
    },
  },
  {
    name: "Ceph's own packages (000)",
    code: 'WL-CHECK-CEPH-UPSTREAM',
    level: 'block',
    node: 'cmp1',
    says: /librbd1 12\.2\.12-1~bpo90\+1/,
    over: STRETCH,
    to: BUSTER,
    set: (facts) => {
      old(facts);
      node(facts, 'cmp1').packages.librbd1 = { version: '12.2.12-1~bpo90+1', auto: true };
    },
  },
  {
    name: 'Ceph newer than the next Debian has',
    code: 'WL-CHECK-CEPH-UPSTREAM',
    level: 'block',
    says: /librados2 19\.2\.3-1~bookworm; trixie has 18\.2\.7/,
    set: (facts) => {
      node(facts, 'cmp1').packages.librados2 = { version: '19.2.3-1~bookworm', auto: true };
    },
  },
  {
    name: 'linuxbridge agents before a release without them',
    code: 'WL-CHECK-LINUXBRIDGE',
    level: 'block',
    node: 'cmp1',
    says: /is active on cmp1/,
    set: (facts) => {
      node(facts, 'cmp1').packages['neutron-linuxbridge-agent'] = { version: '2:21.0.0-7', auto: false };
      node(facts, 'cmp1').units['neutron-linuxbridge-agent.service'] = {
        active: 'active',
        enabled: 'enabled',
      };
    },
  },
  {
    name: 'databases with general collations before MariaDB 11.8',
    code: 'WL-CHECK-COLLATION',
    level: 'note',
    says: /glance \(utf8mb3_general_ci\), nova \(utf8mb4_general_ci\) on MariaDB 10\.11/,
    set: (facts) =>
      each(facts, ({ galera }) => {
        if (galera) galera.databases = { glance: 'utf8mb3_general_ci', nova: 'utf8mb4_general_ci' };
      }),
  },
  {
    name: 'a database with another default collation',
    code: 'WL-CHECK-COLLATION',
    level: 'warn',
    says: /neutron has utf8mb4_unicode_ci/,
    set: (facts) =>
      each(facts, ({ galera }) => {
        if (galera) galera.databases = { neutron: 'utf8mb4_unicode_ci' };
      }),
  },
  {
    name: 'a database that makes new tables otherwise than those it has',
    code: 'WL-CHECK-TABLE-DEFAULTS',
    level: 'note',
    says: /heat makes new tables as utf8mb4_general_ci; those it has are utf8mb3_general_ci \(15\)/,
    also: ['WL-CHECK-COLLATION'],
    set: (facts) =>
      each(facts, ({ galera }) => {
        if (!galera) return;
        galera.databases = { heat: 'utf8mb4_general_ci' };
        galera.tables = { heat: { utf8mb3_general_ci: 15 } };
      }),
  },
  {
    name: 'a database with tables of both kinds',
    code: 'WL-CHECK-TABLE-DEFAULTS',
    level: 'warn',
    says: /site makes new tables as utf8mb4_general_ci; those it has are utf8mb3_general_ci \(15\), utf8mb4_general_ci \(1\)/,
    also: ['WL-CHECK-COLLATION'],
    set: (facts) =>
      each(facts, ({ galera }) => {
        if (!galera) return;
        galera.databases = { site: 'utf8mb4_general_ci' };
        galera.tables = { site: { utf8mb3_general_ci: 15, utf8mb4_general_ci: 1 } };
      }),
  },
  {
    name: 'another system than the file says',
    code: 'WL-CHECK-STANDING-OS',
    level: 'block',
    node: 'cmp1',
    says: /runs debian\/bullseye; the cluster file says debian\/bookworm/,
    also: ['WL-CHECK-SOURCES'],
    set: (facts) => {
      node(facts, 'cmp1').os = { id: 'debian', codename: 'bullseye', version: '11' };
    },
  },
  {
    name: 'a node that is there already',
    code: 'WL-CHECK-STANDING-OS',
    level: 'note',
    node: 'cmp1',
    says: /already runs trixie/,
    set: (facts) => {
      const one = node(facts, 'cmp1');
      one.os = { id: 'debian', codename: 'trixie', version: '13' };
      one.apt.sources = [
        { path: '/etc/apt/sources.list', content: 'deb http://deb.debian.org/debian trixie main\n' },
      ];
    },
  },
  {
    name: 'another release than the file says',
    code: 'WL-CHECK-STANDING-OPENSTACK',
    level: 'block',
    node: 'ctl1',
    says: /python3-glance 2:21\.0\.0-2 is victoria; the cluster file says zed/,
    set: (facts) => {
      node(facts, 'ctl1').packages['python3-glance'] = { version: '2:21.0.0-2', auto: true };
    },
  },
  {
    name: 'a node that was not read',
    code: 'WL-CHECK-NODE-UNREACHED',
    level: 'block',
    node: 'cmp1',
    says: /do not have cmp1/,
    set: (facts) => {
      delete facts.nodes.cmp1;
    },
  },
  {
    name: 'two names for one machine',
    code: 'WL-CHECK-NODE-TWICE',
    level: 'block',
    says: /cmp1 and ctl1 both have 192\.0\.2\.31/,
    set: (facts) => {
      node(facts, 'ctl1').interfaces.push({ name: 'host1', addresses: ['192.0.2.31/24'] });
    },
  },
  {
    name: 'a VIP on no node',
    code: 'WL-CHECK-VIP-NOWHERE',
    level: 'block',
    says: /openstack-api-vip is on network/,
    over: { vips: { 'openstack-api-vip': { address: '192.0.2.10', on: ['network'] } } },
    set: () => undefined,
  },
  {
    name: 'a pending reboot',
    code: 'WL-CHECK-REBOOT',
    level: 'warn',
    node: 'ctl2',
    says: /reboot-required/,
    set: (facts) => {
      node(facts, 'ctl2').rebootRequired = true;
    },
  },
  {
    name: 'sources that move by themselves',
    code: 'WL-CHECK-SOURCES',
    level: 'block',
    says: /change by themselves: stable of/,
    set: (facts) => {
      node(facts, 'ctl1').apt.sources.push({
        path: '/etc/apt/sources.list.d/a.list',
        content: 'deb http://deb.debian.org/debian stable main\n',
      });
    },
  },
  {
    name: 'sources of another release',
    code: 'WL-CHECK-SOURCES',
    level: 'block',
    says: /another release than bookworm: trixie of/,
    set: (facts) => {
      node(facts, 'ctl1').apt.sources.push({
        path: '/etc/apt/sources.list.d/a.sources',
        content: 'Types: deb\nURIs: http://deb.debian.org/debian\nSuites: trixie\nComponents: main\n',
      });
    },
  },
  {
    name: 'sources that do not follow',
    code: 'WL-CHECK-SOURCES',
    level: 'warn',
    says: /do not follow the system: nodistro of/,
    set: (facts) => {
      node(facts, 'ctl1').apt.sources.push({
        path: '/etc/apt/sources.list.d/b.list',
        content: 'deb [signed-by=/k.gpg] https://packages.example.org/x nodistro main\n',
      });
    },
  },
  {
    name: 'no sources at all',
    code: 'WL-CHECK-SOURCES',
    level: 'block',
    says: /no source on ctl1 is of bookworm/,
    set: (facts) => {
      node(facts, 'ctl1').apt.sources = [];
    },
  },
  {
    name: 'interfaces named by slot',
    code: 'WL-CHECK-NIC-NAMES',
    level: 'note',
    says: /ctl1 enp3s0/,
    set: (facts) => {
      node(facts, 'ctl1').interfaces = [{ name: 'enp3s0', addresses: ['192.0.2.11/24'] }];
    },
  },
  {
    name: 'a platform part on no node',
    code: 'WL-CHECK-PLATFORM',
    level: 'block',
    says: /names pacemaker, but it is on no node/,
    set: (facts) =>
      each(facts, (one) => {
        delete one.pacemaker;
      }),
  },
  {
    name: 'a platform part that the file forgot',
    code: 'WL-CHECK-PLATFORM',
    level: 'warn',
    says: /rabbitmq is installed on ctl1, ctl2, ctl3/,
    over: { platform: ['galera', 'pacemaker', 'haproxy'] },
    set: () => undefined,
  },
  {
    name: 'two members only',
    code: 'WL-CHECK-QUORUM',
    level: 'warn',
    says: /Pacemaker has two members/,
    set: (facts) => {
      delete node(facts, 'ctl3').pacemaker;
    },
  },
  ...NODE_TRAPS,
  ...CLOUD_TRAPS,
  ...OPTION_TRAPS,
];

function findings(trap?: Pick<Trap, 'set' | 'over' | 'to'>): Finding[] {
  const facts = cleanFacts();
  const cluster = cleanCluster(trap?.over);
  trap?.set(facts, cluster);
  return check(cluster, Facts.parse(facts), trap?.to ?? TRIXIE);
}

describe('the clean cluster', () => {
  test('has no finding', () => {
    expect(findings()).toEqual([]);
  });

  test('nor has what the catalogue assumes of it', () => {
    const cluster = cleanCluster();
    expect(check(cluster, assumedFacts(cluster), TRIXIE).filter(({ level }) => level !== 'note')).toEqual([]);
  });

  test('nor a standing one: the target is where it stands', () => {
    expect(findings({ to: { os: 'bookworm', openstack: 'zed' }, set: () => undefined })).toEqual([]);
  });
});

describe('each trap is found, and nothing else', () => {
  test.each(TRAPS.map((trap) => [trap.name, trap] as const))('%s', (_, trap) => {
    const found = findings(trap);
    const mine = found.filter(({ code }) => code === trap.code);
    expect(found.map(({ code }) => code).filter((code) => code !== trap.code)).toEqual(trap.also ?? []);
    expect(mine.some(({ evidence }) => trap.says.test(evidence))).toBe(true);
    for (const one of mine) {
      expect(Finding.parse(one)).toEqual(one);
      expect(one.level).toBe(trap.level);
      expect(one.remedy).toMatch(trap.types ?? /\S/);
      expect(one.source).not.toBe('');
    }
    if (trap.node !== undefined) expect(mine.map(({ node: name }) => name)).toContain(trap.node);
  });

  test('every check of the registry has a trap here, and codes are its own', () => {
    expect(CHECKS.map(({ code }) => code).toSorted()).toEqual(
      [...new Set(TRAPS.map(({ code }) => code))].toSorted(),
    );
  });

  test('what blocks comes first', () => {
    const facts = cleanFacts();
    node(facts, 'ctl2').rebootRequired = true;
    node(facts, 'ctl3').apt.lock = 'pid 1 apt';
    expect(check(cleanCluster(), facts, TRIXIE).map(({ level }) => level)).toEqual(['block', 'warn']);
  });
});

describe('halfway', () => {
  test('what a roll leaves behind is told but does not block going on', () => {
    const facts = cleanFacts();
    const one = node(facts, 'ctl1');
    one.os.codename = 'trixie';
    one.apt.sources = [
      { path: '/etc/apt/sources.list', content: 'deb http://deb.debian.org/debian trixie main\n' },
    ];
    part(facts, 'ctl2', 'rabbitmq').running = ['rabbit@ctl3'];
    node(facts, 'ctl2').units['rabbitmq-server.service'] = { active: 'inactive', enabled: 'masked' };
    const found = check(cleanCluster(), facts, TRIXIE);
    expect(found.filter(({ level }) => level === 'block')).toEqual([]);
    expect(found.map(({ code }) => code)).toContain('WL-CHECK-RABBITMQ-MEMBER');
    expect(found.map(({ code }) => code)).toContain('WL-CHECK-MASKED');
  });
});

describe('a distribution that ships one service of the next release', () => {
  test('is not taken for half upgraded', () => {
    const facts = cleanFacts();
    for (const one of Object.values(facts.nodes)) {
      one.os = { id: 'debian', codename: 'forky', version: '14' };
      one.packages = { 'python3-keystone': { version: '2:30.0.0-3', auto: true } };
      one.apt.sources = [
        { path: '/etc/apt/sources.list', content: 'deb http://deb.debian.org/debian forky main\n' },
      ];
    }
    const cluster = cleanCluster({ os: 'debian/forky', openstack: '2026.1' });
    expect(check(cluster, facts, { os: 'forky', openstack: '2026.1' })).toEqual([]);
  });
});

describe('apt sources', () => {
  test('are read in both forms; disabled and source-only stanzas do not count', () => {
    expect(
      suites({
        path: '/etc/apt/sources.list.d/x.sources',
        content: `Types: deb deb-src
URIs: http://a
Suites: bookworm bookworm-updates

Types: deb-src
URIs: http://b
Suites: sid

Enabled: no
Types: deb
URIs: http://c
Suites: trixie
`,
      }).map(({ suite }) => suite),
    ).toEqual(['bookworm', 'bookworm-updates']);
    expect(
      suites({
        path: '/a.list',
        content: '# deb http://a sid main\ndeb [arch=amd64] http://a bookworm main\n',
      }),
    ).toEqual([{ path: '/a.list', suite: 'bookworm', uri: 'http://a' }]);
  });
});
