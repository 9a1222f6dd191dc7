import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { galera, readMember, seqnoOf } from '../../../src/lab/services/galera.ts';
import { haproxy, serversDown } from '../../../src/lab/services/haproxy.ts';
import { readCrmMon } from '../../../src/lab/services/pacemaker.ts';
import { runningMembers } from '../../../src/lab/services/rabbitmq.ts';
import { siteOf } from '../../../src/lab/site.ts';
import { topologyNamed } from '../../../src/lab/topologies/index.ts';

const site = siteOf(topologyNamed('ha3'), '10.77.9', {});
const ctl1 = site.controllers[0];
if (ctl1 === undefined) throw new Error('ha3 has a first controller');

describe('HAProxy', () => {
  const [cfg] = haproxy.files(site, ctl1);

  test('has a backend per API with a health check that knows a slow machine', () => {
    const text = String(cfg?.content);
    expect(text).toContain('timeout check 8s');
    expect(text).toContain(`backend keystonebe
  option httpchk GET /
  http-check expect status 200,300,401
  default-server inter 2s fall 3 rise 2
  server ctl1 10.77.9.11:5000 check
  server ctl2 10.77.9.12:5000 check
  server ctl3 10.77.9.13:5000 check
`);
  });

  test('writes to one database member and has the others stand by', () => {
    expect(String(cfg?.content)).toContain(`  option mysql-check user haproxy
  default-server inter 1s fall 2 rise 2 on-marked-down shutdown-sessions
  server ctl1 10.77.9.11:3306 check
  server ctl2 10.77.9.12:3306 check backup
  server ctl3 10.77.9.13:3306 check backup
`);
  });

  test('listens on the VIP only', () => {
    const binds = String(cfg?.content).match(/^ {2}bind .*$/gm);
    expect(binds).toEqual([
      '  bind 10.77.9.10:3306',
      '  bind 10.77.9.10:5000',
      '  bind 10.77.9.10:9292',
      '  bind 10.77.9.10:8778',
    ]);
  });

  test('names the servers it does not hold up', () => {
    const row = (backend: string, server: string, state: string): string =>
      [backend, server, ...Array.from({ length: 15 }, () => ''), state].join(',');
    const csv = [
      '# pxname,svname',
      row('keystonebe', 'ctl1', 'UP'),
      row('keystonebe', 'ctl2', 'DOWN 1/2'),
      row('keystonebe', 'ctl3', 'MAINT'),
      row('keystonebe', 'BACKEND', 'DOWN'),
      row('keystonefe', 'FRONTEND', 'OPEN'),
      '',
    ].join('\n');
    expect(serversDown(csv)).toEqual(['keystonebe/ctl2 DOWN 1/2', 'keystonebe/ctl3 MAINT']);
  });
});

describe('Galera', () => {
  test('a member in sync is told from one that is not', () => {
    const out = 'WSREP_CLUSTER_SIZE\t3\nWSREP_CLUSTER_STATUS\tPrimary\nWSREP_LOCAL_STATE_COMMENT\tSynced\n';
    expect(readMember(ctl1, out)).toMatchObject({ primary: true, synced: true, size: 3 });
    expect(readMember(ctl1, out.replace('Primary', 'non-Primary'))).toMatchObject({ primary: false });
    expect(readMember(ctl1, '')).toMatchObject({
      primary: false,
      synced: false,
      size: 0,
      text: 'no server, size 0',
    });
  });

  test('after all were off the member that knows most goes first, for one boot', () => {
    const folder = mkdtempSync(join(tmpdir(), 'windlass-galera-'));
    const roots: Record<string, string> = {};
    for (const [node, seqno] of [
      ['ctl1', 384],
      ['ctl2', 385],
      ['ctl3', 385],
    ] as const) {
      roots[node] = join(folder, node);
      mkdirSync(join(folder, node, 'var/lib/mysql'), { recursive: true });
      writeFileSync(
        join(folder, node, 'var/lib/mysql/grastate.dat'),
        `# GALERA saved state\nversion: 2.1\nuuid:    u\nseqno:   ${seqno}\nsafe_to_bootstrap: 0\n`,
      );
    }
    galera.beforeBoot?.(roots);
    const grastate = (node: string): string =>
      readFileSync(join(folder, node, 'var/lib/mysql/grastate.dat'), 'utf8');
    expect(grastate('ctl2')).toContain('safe_to_bootstrap: 1');
    expect(grastate('ctl1')).toContain('safe_to_bootstrap: 0');
    expect(grastate('ctl3')).toContain('safe_to_bootstrap: 0');
    const dropIn = join(folder, 'ctl2/etc/systemd/system/mariadb.service.d/windlass-lab-first.conf');
    expect(readFileSync(dropIn, 'utf8')).toContain('--wsrep-new-cluster');
    rmSync(folder, { recursive: true });
  });

  test('nobody is chosen by a file that a crash left behind', () => {
    const folder = mkdtempSync(join(tmpdir(), 'windlass-galera-'));
    mkdirSync(join(folder, 'var/lib/mysql'), { recursive: true });
    const file = join(folder, 'var/lib/mysql/grastate.dat');
    writeFileSync(file, 'seqno:   -1\nsafe_to_bootstrap: 0\n');
    galera.beforeBoot?.({ ctl1: folder });
    expect(readFileSync(file, 'utf8')).toContain('safe_to_bootstrap: 0');
    expect(seqnoOf('seqno:   -1\n')).toBe(-1);
    expect(seqnoOf('')).toBe(-1);
    rmSync(folder, { recursive: true });
  });
});

describe('Pacemaker', () => {
  const shown = `Node List:
  * Online: [ ctl1 ctl2 ]
  * OFFLINE: [ ctl3 ]

Active Resources:
  * openstack-api-vip	(ocf:heartbeat:IPaddr2):	 Started ctl2
`;
  test('says who is online and where the VIP is', () => {
    expect(readCrmMon(shown, 'openstack-api-vip')).toEqual({ online: ['ctl1', 'ctl2'], vipOn: 'ctl2' });
    expect(readCrmMon(shown.replace('Started', 'Stopped'), 'openstack-api-vip').vipOn).toBeUndefined();
    expect(readCrmMon('', 'openstack-api-vip')).toEqual({ online: [], vipOn: undefined });
  });
});

describe('RabbitMQ', () => {
  test('counts running members, none when the node is down', () => {
    expect(runningMembers('{"running_nodes":["rabbit@ctl1","rabbit@ctl2"],"disk_nodes":[]}')).toBe(2);
    expect(runningMembers('Error: unable to perform an operation on node')).toBe(0);
  });
});
