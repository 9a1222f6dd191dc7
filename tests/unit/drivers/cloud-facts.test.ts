import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { places, selects } from '../../../src/drivers/cloud-database.ts';
import { readCloud } from '../../../src/drivers/cloud-facts.ts';
import { ask, name, readAnswers, readTables, type Tables } from '../../../src/drivers/tables.ts';
import { Cloud } from '../../../src/model/cloud.ts';
import type { Seen } from '../../../src/model/command.ts';

/** What a lab's Zed cloud with two guests told over MariaDB's socket. */
const recorded = (file: string): Seen => ({
  rc: 0,
  out: readFileSync(join(import.meta.dirname, 'recorded', file), 'utf8'),
  err: '',
});
const tables = readTables(recorded('cloud-tables-zed.tsv'));
const wanted = selects(tables);
const here = (host: string): string | undefined => (host === 'gone' ? undefined : host);

function told(seen: Seen = recorded('cloud-answers-zed.txt')): Cloud {
  const answers = readAnswers(wanted, seen);
  if (typeof answers === 'string') throw new Error(answers);
  return readCloud('ctl1', answers, here);
}

describe('where the databases are', () => {
  test('is told by the tables they have', () => {
    expect(places(tables)).toEqual({
      cells: ['nova', 'nova_cell0'],
      cinder: 'cinder',
      neutron: 'neutron',
      keystone: 'keystone',
    });
  });

  test('copies for a rehearsal are not counted as guests', () => {
    const copied = { ...tables, clone_nova: tables.nova ?? {}, clone_neutron: tables.neutron ?? {} };
    expect(places(copied)).toEqual(places(tables));
  });

  test('other names do where there is no doubt', () => {
    const { nova = {}, neutron = {} } = tables;
    expect(places({ cloud_compute: nova, network: neutron })).toEqual({
      cells: ['cloud_compute'],
      neutron: 'network',
    });
    expect(places({ a: neutron, b: neutron })).toEqual({ cells: [] });
  });
});

describe('the questions', () => {
  test('only read, and say so to the server', () => {
    const look = ask(wanted);
    const statements = look.input?.trimEnd().split('\n') ?? [];
    expect(statements[0]).toBe('SET SESSION TRANSACTION READ ONLY;');
    expect(statements.slice(1).every((line) => line.startsWith('SELECT '))).toBe(true);
    expect(look.argv).not.toContain('-p');
  });

  test('name no column that could hold a secret', () => {
    const text = wanted.map(({ sql }) => sql).join('\n');
    expect(text).not.toMatch(
      /user_data|key_data|connection|transport_url|password|admin_pass|SELECT \*|\.\*/,
    );
  });

  test('fit an older release: columns that it has not are not named', () => {
    const without = (schema: string, table: string, column: string): string[] =>
      (tables[schema]?.[table] ?? []).filter((one) => one !== column);
    const older: Tables = {
      ...tables,
      nova: {
        ...tables.nova,
        services: without('nova', 'services', 'last_seen_up'),
        instances: without('nova', 'instances', 'hidden'),
      },
      neutron: {
        ...tables.neutron,
        routers: [...without('neutron', 'routers', 'project_id'), 'tenant_id'],
      },
      keystone: { project: tables.keystone?.project ?? [] },
    };
    const text = selects(older)
      .filter(({ sql }) => !sql.includes('nova_cell0'))
      .map(({ sql }) => sql)
      .join('\n');
    expect(text).not.toMatch(/last_seen_up|hidden|r\.project_id|project_tag/);
    expect(text).toContain('r.tenant_id');
  });

  test('quote what the server called a schema', () => {
    expect(name('no`va', 'services')).toBe('`no``va`.`services`');
  });
});

describe('the answers of Zed', () => {
  const cloud = told();

  test('are the model, whole', () => {
    expect(Cloud.parse(cloud)).toEqual(cloud);
    expect(cloud.unread).toEqual([]);
  });

  test('have services with their versions, and who reports', () => {
    expect(cloud.services.map(({ of, binary, host }) => `${of} ${binary} ${host}`)).toEqual(
      [
        'cinder cinder-scheduler ctl1',
        'cinder cinder-volume ctl1@nfs',
        'nova nova-compute cmp1',
        'nova nova-conductor ctl1',
        'nova nova-metadata ctl1',
        'nova nova-osapi_compute ctl1',
        'nova nova-scheduler ctl1',
      ].sort((a, b) => (key(a) < key(b) ? -1 : 1)),
    );
    const compute = cloud.services.find(({ binary }) => binary === 'nova-compute');
    expect(compute).toMatchObject({ version: 64, up: true, disabled: false, node: 'cmp1' });
    expect(cloud.services.find(({ binary }) => binary === 'nova-osapi_compute')?.up).toBe(false);
    expect(cloud.services.find(({ binary }) => binary === 'cinder-volume')?.node).toBe('ctl1');
  });

  test('have computes, guests, agents, routers and networks', () => {
    expect(cloud.computes).toMatchObject([
      { host: 'cmp1', hypervisor: 'cmp1', cell: 'nova', type: 'QEMU', version: 7002022, up: true },
    ]);
    expect(cloud.instances).toMatchObject([
      { name: 'guest-1', host: 'cmp1', vmState: 'active', power: 'running', root: 'local', diskGb: 1 },
      { name: 'guest-2', host: 'cmp1', vmState: 'active', power: 'running', memoryMb: 160 },
    ]);
    expect(cloud.agents.map(({ type, host, alive }) => `${type} ${host} ${alive}`)).toEqual([
      'Open vSwitch agent cmp1 true',
      'DHCP agent ctl1 true',
      'L3 agent ctl1 true',
      'Metadata agent ctl1 true',
      'Open vSwitch agent ctl1 true',
    ]);
    const l3 = cloud.agents.find(({ type }) => type === 'L3 agent');
    expect(cloud.routers).toMatchObject([
      { name: 'router', gateway: true, ha: false, agents: [{ agent: l3?.id, host: 'ctl1' }] },
    ]);
    expect(cloud.networks.map(({ name: one, dhcp }) => `${one} ${dhcp}`)).toEqual([
      'outside false',
      'inside true',
    ]);
    expect(cloud.schemas).toMatchObject({
      neutron: ['5881373af7f5', '5c85685d616d'],
      nova_api: ['b30f573d3377'],
    });
  });
});

/** Services are sorted by of, host and binary. */
function key(words: string): string {
  const [of, binary, host] = words.split(' ');
  return `${of} ${host} ${binary}`;
}

describe('answers that are not whole', () => {
  const { out } = recorded('cloud-answers-zed.txt');

  test('a refused question is told with the server’s words, the others still count', () => {
    const at = wanted.findIndex(({ id }) => id === 'instances');
    const err = `ERROR 1054 (42S22) at line ${2 + 2 * at + 1}: Unknown column 'i.x' in 'SELECT'\n`;
    const cloud = told({ rc: 1, out: out.replace(/== instances\n(?!==)[^=]*/g, '== instances\n'), err });
    expect(cloud.unread).toEqual(["instances: Unknown column 'i.x' in 'SELECT'"]);
    expect(cloud.instances).toEqual([]);
    expect(cloud.computes).toHaveLength(1);
  });

  test('a client that was cut off gives words, not an empty cloud', () => {
    expect(readAnswers(wanted, { rc: 1, out: out.slice(0, 300), err: 'Lost connection' })).toBe(
      'Lost connection',
    );
    expect(readAnswers(wanted, { rc: 1, out: '', err: '' })).toMatch(/ended with 1/);
  });

  test('tabs and line ends in a name stay in their field', () => {
    const select = [{ id: 'x', sql: 'SELECT 1' }];
    const seen = { rc: 0, out: '== x\na\\tb\\nc\\\\d\t7\n== end\n', err: '' };
    expect(readAnswers(select, seen)).toEqual({ rows: { x: [['a\tb\nc\\d', '7']] }, faults: [] });
  });
});

describe('rows that the lab does not have', () => {
  const row = (over: Record<string, readonly (readonly string[])[]>): Cloud =>
    readCloud('ctl1', { rows: over, faults: [] }, here);

  test('a guest on a volume copies nothing, one with a device cannot move, its owner has a say', () => {
    const guest = (...more: readonly string[]) => [
      'g',
      'n',
      'gone',
      'p',
      'stopped',
      '4',
      '',
      '2',
      '512',
      '20',
      '5',
      ...more,
    ];
    const read = (...more: readonly string[]) => row({ instances: [guest(...more)] }).instances[0];
    expect(read('2', '1', '0', '', '')).toMatchObject({
      root: 'volume',
      volumes: 2,
      diskGb: 5,
      power: 'shutdown',
    });
    expect(read('1', '0', '1', 'b,a', 'poweroff')).toMatchObject({
      root: 'local',
      diskGb: 25,
      pci: true,
      tags: ['a', 'b'],
      maintenance: 'poweroff',
    });
    expect(read('0', '0', '0', '', '')).not.toHaveProperty('node');
    expect(read('0', '0', '0', '', '')).not.toHaveProperty('maintenance');
  });

  test('a service that reported to two cells is told once, by its youngest row; a forced one is down', () => {
    const { services } = row({
      'nova-services': [
        ['ctl1', 'nova-conductor', '61', '0', '', '90000', '0'],
        ['ctl1', 'nova-conductor', '64', '0', '', '4', '0'],
        ['cmp1', 'nova-compute', '64', '1', 'fan', '4', '1'],
      ],
    });
    expect(services).toMatchObject([
      { host: 'cmp1', up: false, disabled: true, reason: 'fan' },
      { host: 'ctl1', version: 64, up: true },
    ]);
  });

  test('an HA router has the state that each of its agents told', () => {
    const { routers } = row({
      routers: [['r', 'n', 'p', '1', '1', '1', '0']],
      'router-agents': [
        ['r', 'a2', 'net2', 'standby'],
        ['r', 'a1', 'net1', 'active'],
      ],
    });
    expect(routers[0]).toMatchObject({
      ha: true,
      agents: [
        { host: 'net1', state: 'active' },
        { host: 'net2', state: 'standby' },
      ],
    });
  });
});
