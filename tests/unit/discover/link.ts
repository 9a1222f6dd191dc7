import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Look, Seen } from '../../../src/model/command.ts';
import type { NodeLink } from '../../../src/model/link.ts';

const recorded = (name: string): string =>
  readFileSync(join(import.meta.dirname, '../drivers/recorded', name), 'utf8');

const SOURCES = 'deb http://deb.debian.org/debian bookworm main\n';

/** What the nodes of the lab answer, by a word of the question. */
const ANSWERS: Readonly<Record<string, string>> = {
  '/etc/os-release': `== os
PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
VERSION_ID="12"
VERSION_CODENAME=bookworm
ID=debian
== kernel
6.1.0-40-amd64
== hostname
ctl1
== arch
amd64
== clock
1000.250000000
== memory
7963
== disk
Mounted on              1M-blocks  Avail
/                          40000M 20000M
/                          40000M 20000M
== interfaces
1: lo    inet 127.0.0.1/8 scope host lo
2: host0    inet 10.77.2.11/24 brd 10.77.2.255 scope global host0
2: host0    inet 10.77.2.10/24 scope global secondary host0
== reboot
`,
  'update-alternatives': `== alternatives
iptables /usr/sbin/iptables-nft auto
== legacy-tables
== pins
/etc/nova/nova.conf\t12\tupgrade_levels\tcompute = auto
== python
/usr/bin/python3.11
== uwsgi-plugins
/usr/lib/uwsgi/plugins/python311_plugin.so
== boot
1000
== started
Id=mariadb.service
MainPID=120
ExecMainStartTimestampMonotonic=5000000

Id=memcached.service
MainPID=0
ExecMainStartTimestampMonotonic=0
== unpacked
keystone.list 900.5
bash.list 900.5
== ticks
100
1000
== guests
== images
== storage
`,
  'apt-cache policy': '== own\nhttp://deb.debian.org/debian bookworm/main amd64 Packages\n== foreign\n',
  'dist-packages': "keystone/common/sql/migrations/versions/a.py:revision = 'a'\n",
  http_code: '300\n',
  'information_schema.COLUMNS': '',
  'dpkg-query': `== packages
mariadb-server\t1:10.11.19-0+deb12u1\tinstalled\tinstall
rabbitmq-server\t3.10.8-1.1+deb12u1\tinstalled\thold
pacemaker\t2.1.5-1+deb12u1\tinstalled\tinstall
haproxy\t2.6.12-1+deb12u4\tinstalled\tinstall
keystone\t2:22.0.2-0+deb12u1\thalf-configured\tinstall
python3\t3.11.2-1+b1\tinstalled\tinstall
gone\t1.0\tconfig-files\tdeinstall
== auto
python3
== audit
== lock
== sources
@@ /etc/apt/sources.list
${SOURCES}
`,
  'list-units': `== active
mariadb.service loaded active running MariaDB
keystone.service masked inactive dead keystone
nosuch.service not-found inactive dead nosuch
session-1.scope loaded active running x
== enabled
mariadb.service enabled enabled
memcached.service disabled enabled
getty@.service enabled enabled
`,
  wsrep_:
    'wsrep_cluster_size\t3\nwsrep_cluster_status\tPrimary\nwsrep_connected\tON\nwsrep_local_state_comment\tSynced\nwsrep_ready\tON\nversion\t10.11.19-MariaDB\n',
  SCHEMATA: 'keystone\tutf8mb3_general_ci\nglance\tutf8mb4_general_ci\n',
  cluster_status: recorded('rabbitmq-cluster-3.10.json'),
  list_feature_flags: '[{"name":"quorum_queue","state":"enabled"},{"name":"x","state":"disabled"}]',
  list_users: '[{"user":"probe","tags":[]},{"user":"openstack","tags":[]}]',
  list_vhosts: '[{"name":"/"}]',
  list_queues: recorded('rabbitmq-queues-3.10.json'),
  list_policies: recorded('rabbitmq-policies-3.10.json'),
  crm_mon: recorded('crm_mon-2.1.5.xml'),
  constraints: recorded('constraints.xml'),
  'show stat': recorded('haproxy-stat-2.6.csv'),
};

const refuse = (): never => {
  throw new Error('discovery changes nothing');
};

/** A node that answers as the lab's do, but for what `over` says. Anything but a look is refused. */
export function nodeLink(
  node: string,
  over: Readonly<Record<string, string | Seen>> = {},
): NodeLink & { readonly asked: Look[] } {
  const answers = { ...ANSWERS, ...over };
  const asked: Look[] = [];
  return {
    node,
    asked,
    async look(look) {
      asked.push(look);
      const words = `${look.argv.join(' ')} ${look.input ?? ''}`;
      const key = Object.keys(answers).find((word) => words.includes(word));
      const answer = key === undefined ? undefined : answers[key];
      if (answer === undefined) return { rc: 127, out: '', err: `not in the fixture: ${words}` };
      return typeof answer === 'string' ? { rc: 0, out: answer, err: '' } : answer;
    },
    start: refuse,
    poll: refuse,
    fence: refuse,
    beat: refuse,
    release: refuse,
    close: async () => undefined,
  };
}
