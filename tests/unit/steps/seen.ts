import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Seen, Verdict } from '../../../src/model/command.ts';
import type { Answers, GuardKind, Opening, StepKind } from '../../../src/steps/kind.ts';

/** An answer as a node gives it. */
export const ok = (out = ''): Seen => ({ rc: 0, out, err: '' });
export const bad = (rc: number, err = '', out = ''): Seen => ({ rc, out, err });
/** The node did not answer at all. */
export const lost: Seen = { rc: 255, out: '', err: 'ssh: connect timed out', lost: true };

/** What the lab's real services answered, kept as files. */
export const recorded = (name: string): Seen =>
  ok(readFileSync(join(import.meta.dirname, '../drivers/recorded', name), 'utf8'));

/** `systemctl show` of units: `mariadb: 'masked inactive'`. */
export function units(states: Readonly<Record<string, string>>): Seen {
  const blocks = Object.entries(states).map(([unit, words]) => {
    const [load = 'loaded', active = 'active'] = words.split(' ');
    return `Id=${unit}.service\nLoadState=${load}\nActiveState=${active}\nSubState=x\nUnitFileState=${load === 'masked' ? 'masked' : 'enabled'}\n`;
  });
  return ok(blocks.join('\n'));
}

export const osRelease = (codename: string): Seen =>
  ok(`PRETTY_NAME="Debian GNU/Linux"\nVERSION_CODENAME=${codename}\nID=debian\n`);

/** The last line of `apt-get -s`. */
export const simulated = (upgraded: number, installed: number, removed: number): Seen =>
  ok(
    `Reading package lists...\n${upgraded} upgraded, ${installed} newly installed, ${removed} to remove and 0 not upgraded.\n`,
  );

export const sha256 = (content: string): string => createHash('sha256').update(content).digest('hex');

/** A member's own view of Galera, as the client prints it. */
export const galera = (state: string, size = 3, status = 'Primary', ready = 'ON'): Seen =>
  ok(
    `wsrep_cluster_size\t${size}\nwsrep_cluster_status\t${status}\nwsrep_connected\tON\nwsrep_local_state_comment\t${state}\nwsrep_ready\t${ready}\nversion\t11.8.6-MariaDB-0+deb13u1\n`,
  );

/** `cluster_status` of these running members, all of one version unless said. */
export const bus = (running: readonly string[], version = '4.0.5', partitions = {}): Seen =>
  ok(
    JSON.stringify({
      disk_nodes: running.map((name) => `rabbit@${name}`),
      running_nodes: running.map((name) => `rabbit@${name}`),
      partitions,
      versions: Object.fromEntries(
        running.map((name) => [
          `rabbit@${name}`,
          { rabbitmq_version: version, erlang_version: '27.3.4.1', rabbitmq_name: 'RabbitMQ' },
        ]),
      ),
    }),
  );

/** `crm_mon` of three members in the recorded shape. */
export function monitor(
  nodes: Readonly<Record<string, 'online' | 'standby' | 'offline'>>,
  vip: string | null = 'ctl1',
  quorum = true,
): Seen {
  const rows = Object.entries(nodes).map(
    ([name, is]) => `<node name="${name}" online="${is !== 'offline'}" standby="${is === 'standby'}"/>`,
  );
  const resource =
    vip === null
      ? '<resource id="openstack-api-vip" active="false"/>'
      : `<resource id="openstack-api-vip" active="true"><node name="${vip}" id="1"/></resource>`;
  return ok(
    `<pacemaker-result><summary><current_dc version="3.0.0" with_quorum="${quorum}"/></summary><nodes>${rows.join('')}</nodes><resources>${resource}</resources></pacemaker-result>`,
  );
}

/** `show stat` rows, `backend/server status sessions`. */
export const stat = (...rows: readonly string[]): Seen =>
  ok(
    [
      '# pxname,svname,scur,status,bck,check_status,addr',
      ...rows.map((row) => {
        const [name = '', status = 'UP', sessions = '0'] = row.split(' ');
        const [backend, server] = name.split('/');
        return `${backend},${server},${sessions},${status},0,L7OK,10.77.2.11:5000`;
      }),
    ].join('\n'),
  );

/** `show servers state`: servers with the bits of `srv_admin_state`. */
export const serversState = (admin: Readonly<Record<string, number>>): Seen =>
  ok(
    [
      '1',
      '# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight',
      ...Object.entries(admin).map(([name, bits], at) => {
        const [backend, server] = name.split('/');
        return `5 ${backend} ${at + 1} ${server} 10.77.2.12 2 ${bits} 1`;
      }),
    ].join('\n'),
  );

/** What a kind makes of answers, as the engine asks it: parameters parsed first. */
export const judge = <P>(kind: StepKind<P>, params: P, seen: Answers): Verdict =>
  kind.judge(kind.params.parse(params), seen);
export const opening = <P>(kind: GuardKind<P>, params: P, seen: Answers): Opening =>
  kind.judge(kind.params.parse(params), seen);
/** The commands as argument vectors alone. */
export const argvs = <P>(kind: StepKind<P>, params: P): readonly (readonly string[])[] =>
  kind.commands(kind.params.parse(params)).map(({ argv }) => argv);
export const undos = <P>(kind: StepKind<P>, params: P): readonly (readonly string[])[] =>
  (kind.undo?.(kind.params.parse(params)) ?? []).map(({ argv }) => argv);
