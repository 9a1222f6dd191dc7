import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { settles, until } from '../command.ts';
import { type Hands, type Health, type LabService, startUnit } from '../service.ts';
import { firstController, type Site, type SiteNode } from '../site.ts';
import { hasGuests, type ServiceName } from '../topology.ts';

/** Databases of the APIs by the user that has them, who has a secret `db-<user>`. */
const API_DATABASES: Partial<Record<ServiceName, readonly string[]>> = {
  keystone: ['keystone'],
  glance: ['glance'],
  placement: ['placement'],
  nova: ['nova', 'nova_api', 'nova_cell0'],
  neutron: ['neutron'],
  cinder: ['cinder'],
  heat: ['heat'],
};

const PROBE_ROWS = 10_000;

// Two cores carry three members: what is busy for ten seconds is not dead. gcache holds all that is written
// while one member is upgraded, so that it comes back by IST.
const PROVIDER = [
  'gcache.size=256M',
  'pc.recovery=TRUE',
  'gmcast.peer_timeout=PT10S',
  'evs.keepalive_period=PT2S',
  'evs.suspect_timeout=PT10S',
  'evs.inactive_timeout=PT25S',
  'evs.install_timeout=PT25S',
].join(';');

/** What a cluster that came from an older server keeps of its ways, as Windlass leaves it (docs/traps.md). */
const OLD_DEFAULTS: Readonly<Record<string, string>> = {
  trixie: `character_set_collations = utf8mb3=utf8mb3_general_ci,utf8mb4=utf8mb4_general_ci
innodb_snapshot_isolation = OFF
`,
};

function galeraConf(site: Site, node: SiteNode): string {
  // A member that has no other to look for must not look for one when it boots.
  const members =
    site.controllers.length === 1 ? '' : site.controllers.map((member) => member.address).join(',');
  return `[galera]
wsrep_on = ON
wsrep_provider = /usr/lib/galera/libgalera_smm.so
wsrep_cluster_name = ${site.topology.name}
wsrep_cluster_address = gcomm://${members}
wsrep_node_address = ${node.address}
wsrep_node_name = ${node.name}
wsrep_sst_method = mariabackup
wsrep_sst_auth = sst:${site.secret('galera-sst')}
wsrep_provider_options = "${PROVIDER}"
binlog_format = row
default_storage_engine = InnoDB
innodb_autoinc_lock_mode = 2
bind-address = ${node.address}
innodb_buffer_pool_size = 96M
innodb_log_file_size = 48M
innodb_flush_log_at_trx_commit = 2
max_connections = ${hasGuests(site.topology) ? 600 : 300}
max_connect_errors = 1000000
performance_schema = off
${OLD_DEFAULTS[site.topology.suite] ?? ''}`;
}

const sqlText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

function seedSql(site: Site): string {
  const grants = site.topology.services.flatMap((user) => {
    const names = API_DATABASES[user];
    if (names === undefined) return [];
    const password = sqlText(site.secret(`db-${user}`));
    const own = names.map((name) => `create database ${name}; grant all on ${name}.* to ${user}@'%';`);
    return [`create user ${user}@'%' identified by ${password};`, ...own];
  });
  return `
create user sst@localhost identified by ${sqlText(site.secret('galera-sst'))};
grant reload, process, lock tables, binlog monitor, replica monitor on *.* to sst@localhost;
create user haproxy@'${site.prefix}.%';
${grants.join('\n')}
create database probe;
create user probe@'%' identified by ${sqlText(site.secret('db-probe'))};
grant all on probe.* to probe@'%';
grant select on *.* to proof@'%' identified by ${sqlText(site.secret('db-proof'))};
create table probe.t (id bigint auto_increment primary key, at timestamp(3) default current_timestamp(3), who varchar(64), v varchar(200));
insert into probe.t (who, v) select 'seed', concat(seq, '-', repeat('x', 100)) from probe.seq_1_to_${PROBE_ROWS};
`;
}

/** Asks a member what it is; an answer without a server is part of the answer. */
const ASK = `mariadb -NBe "select variable_name, variable_value from information_schema.global_status
  where variable_name in ('wsrep_cluster_size', 'wsrep_local_state_comment', 'wsrep_cluster_status')"`;

interface Member {
  readonly node: SiteNode;
  readonly primary: boolean;
  readonly synced: boolean;
  readonly size: number;
  readonly text: string;
}

/** What a member says of itself. */
export function readMember(node: SiteNode, out: string): Member {
  const value = (name: string): string => new RegExp(`^${name}\\s+(.*)$`, 'mi').exec(out)?.[1]?.trim() ?? '';
  return {
    node,
    primary: value('wsrep_cluster_status') === 'Primary',
    synced: value('wsrep_local_state_comment') === 'Synced',
    size: Number(value('wsrep_cluster_size') || 0),
    text: `${value('wsrep_local_state_comment') || 'no server'}, size ${value('wsrep_cluster_size') || 0}`,
  };
}

const members = (site: Site, hands: Hands): Promise<Member[]> =>
  Promise.all(
    site.controllers.map(async (node) => readMember(node, await hands.on(node, ASK, { accept: [1] }))),
  );

/**
 * Members that come at the same time can cut each other's catch-up short: "IST didn't contain all write sets, … node
 * restart required". Such a one is active and serves nothing until it is started anew; only its log says so.
 */
const START_ANEW = `id=$(systemctl show -p InvocationID --value mariadb)
journalctl -q -o cat "_SYSTEMD_INVOCATION_ID=$id" | grep 'node restart required' >&2 || exit 1
systemctl restart mariadb
echo anew`;

async function whole(site: Site, hands: Hands, seconds: number): Promise<void> {
  const size = site.controllers.length;
  await until(`${size} Galera members in sync`, seconds, async () => {
    const all = await members(site, hands);
    const bad = all.filter((member) => !(member.synced && member.primary && member.size === size));
    for (const { node } of bad.filter(({ primary }) => !primary)) {
      const said = await hands.on(node, START_ANEW, { accept: [1], timeoutMs: 300_000 });
      if (said.includes('anew')) hands.say(`${node.name} was cut off while it joined: started anew`);
    }
    return bad.length === 0 || bad.map((member) => `${member.node.name}: ${member.text}`).join('; ');
  });
}

/** By this drop-in Debian's unit is told to start a new cluster; it is there for one boot only. */
const GO_FIRST = '/etc/systemd/system/mariadb.service.d/windlass-lab-first.conf';

/** Last transaction of a member that was stopped in good order; -1 when it was not. */
export function seqnoOf(grastate: string): number {
  return Number(/^seqno:\s*(-?\d+)\s*$/m.exec(grastate)?.[1] ?? -1);
}

/** Position of a member that is down: from grastate.dat, or recovered from its log after a crash. */
const POSITION = `s=$(sed -n 's/^seqno: *//p' /var/lib/mysql/grastate.dat)
if [ "$s" = -1 ]; then s=$(galera_recovery | sed -n 's/.*:\\(-\\?[0-9]*\\)$/\\1/p'); fi
echo "\${s:--1}"`;

async function bootstrap(site: Site, hands: Hands): Promise<void> {
  const found = await Promise.all(
    site.controllers.map(async (node) => {
      await hands.on(node, 'systemctl stop mariadb', { timeoutMs: 120_000 });
      return { node, seqno: Number((await hands.on(node, POSITION)).trim()) };
    }),
  );
  const [best] = found.toSorted((a, b) => b.seqno - a.seqno);
  if (best === undefined) return;
  hands.say(`Galera starts from ${best.node.name}, at ${best.seqno}`);
  await hands.on(
    best.node,
    `rm -f /var/lib/mysql/gvwstate.dat
sed -i 's/^safe_to_bootstrap:.*/safe_to_bootstrap: 1/' /var/lib/mysql/grastate.dat
galera_new_cluster`,
    { timeoutMs: 180_000 },
  );
  const others = site.controllers.filter((node) => node.name !== best.node.name);
  await Promise.all(others.map((node) => hands.on(node, startUnit('mariadb'), { timeoutMs: 300_000 })));
}

export const galera: LabService = {
  name: 'galera',
  packages: ['mariadb-server', 'mariadb-backup', 'galera-4'],
  units: ['mariadb'],
  secrets: {
    'galera-sst': 'password',
    'db-probe': 'password',
    'db-proof': 'password',
    'db-keystone': 'password',
    'db-glance': 'password',
    'db-placement': 'password',
  },
  files: (site, node) => [
    {
      path: '/etc/mysql/mariadb.conf.d/60-galera.cnf',
      content: galeraConf(site, node),
      mode: 0o640,
      owner: 'root:mysql',
    },
  ],

  async first(site, hands) {
    const one = firstController(site);
    await hands.on(one, 'galera_new_cluster', { timeoutMs: 180_000 });
    await hands.on(one, `mariadb <<'SQL'\n${seedSql(site)}\nSQL\n`, { timeoutMs: 180_000 });
    for (const node of site.controllers.slice(1)) {
      hands.say(`${node.name} joins Galera`);
      await hands.on(node, 'systemctl start mariadb', { timeoutMs: 300_000 });
    }
    for (const node of site.controllers) await hands.on(node, 'systemctl -q enable mariadb');
    await whole(site, hands, 180);
  },

  // Members that boot after all were off would look for each other in vain for half a minute. The one that
  // knows most is told to go first, as galera_new_cluster would tell it.
  beforeBoot(roots) {
    const grastate = (root: string): string => join(root, 'var/lib/mysql/grastate.dat');
    const known = Object.entries(roots)
      .filter(([, root]) => existsSync(grastate(root)))
      .map(([node, root]) => ({
        node,
        root,
        file: grastate(root),
        seqno: seqnoOf(readFileSync(grastate(root), 'utf8')),
      }));
    const [best] = known.toSorted((a, b) => b.seqno - a.seqno);
    if (best === undefined || known.some((member) => member.seqno < 0)) return;
    const text = readFileSync(best.file, 'utf8');
    writeFileSync(best.file, text.replace(/^safe_to_bootstrap:.*$/m, 'safe_to_bootstrap: 1'));
    const dropIn = join(best.root, GO_FIRST);
    mkdirSync(dirname(dropIn), { recursive: true });
    writeFileSync(dropIn, '[Service]\nEnvironment=_WSREP_NEW_CLUSTER=--wsrep-new-cluster\n');
  },

  async cold(site, hands) {
    const tried = async (): Promise<true | string> => {
      if ((await members(site, hands)).some((member) => member.primary)) return true;
      const tries = await Promise.all(
        site.controllers.map((node) => hands.on(node, 'systemctl is-active mariadb', { accept: [3] })),
      );
      return tries.every((state) => /inactive|failed/.test(state)) || tries.join(' ').replaceAll('\n', '');
    };
    // Members that try for a minute have found no one: what follows makes one of them the first.
    await settles(60, tried);
    // What let one go first must not do so again.
    const forget = `rm -f ${GO_FIRST}; systemctl daemon-reload`;
    await Promise.all(site.controllers.map((node) => hands.on(node, forget)));
    const all = await members(site, hands);
    if (all.some((member) => member.primary)) {
      // A majority lives: the rest only has to be told to come.
      const off = all.filter((member) => !member.primary).map((member) => member.node);
      await Promise.all(off.map((node) => hands.on(node, startUnit('mariadb'), { timeoutMs: 300_000 })));
    } else {
      await bootstrap(site, hands);
    }
    await whole(site, hands, 180);
  },

  async rest(site, hands) {
    for (const node of site.controllers.toReversed()) {
      await hands.on(node, 'systemctl stop mariadb', { timeoutMs: 180_000 });
    }
  },

  async health(site, hands): Promise<readonly Health[]> {
    return (await members(site, hands)).map((member) => ({
      name: `galera ${member.node.name}`,
      ok: member.synced && member.primary && member.size === site.controllers.length,
      detail: member.text,
    }));
  },
};
