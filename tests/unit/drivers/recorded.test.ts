import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as haproxy from '../../../src/drivers/haproxy.ts';
import * as pacemaker from '../../../src/drivers/pacemaker.ts';
import * as rabbitmq from '../../../src/drivers/rabbitmq.ts';
import * as systemd from '../../../src/drivers/systemd.ts';
import type { Seen } from '../../../src/model/command.ts';

/** What the lab's real services answered, kept as files. */
const recorded = (name: string): Seen => ({
  rc: 0,
  out: readFileSync(join(import.meta.dirname, 'recorded', name), 'utf8'),
  err: '',
});
const silent: Seen = { rc: 255, out: '', err: '', lost: true };
const failing: Seen = { rc: 69, out: '', err: 'Error: unable to connect to node rabbit@ctl1: nodedown' };

describe('pacemaker', () => {
  test('reads members, standby and where the VIP is from crm_mon 2.1.5', () => {
    expect(pacemaker.readMonitor(recorded('crm_mon-2.1.5.xml'))).toEqual({
      version: '2.1.5-a3f44794f94',
      quorate: true,
      online: ['ctl1', 'ctl2', 'ctl3'],
      offline: [],
      standby: ['ctl2'],
      resources: { 'openstack-api-vip': 'ctl1' },
    });
  });

  test('gives words, not a state, when it does not answer', () => {
    expect(pacemaker.readMonitor(silent)).toBe('node does not answer');
    expect(pacemaker.readMonitor({ rc: 102, out: '', err: 'crm_mon: Connection to cluster failed' })).toMatch(
      /failed/,
    );
  });

  test('finds what a move leaves behind, and nothing where nothing is', () => {
    expect(pacemaker.readCliConstraints(recorded('constraints.xml'))).toEqual([]);
    const left =
      '<constraints><rsc_location id="cli-prefer-openstack-api-vip" rsc="openstack-api-vip"/></constraints>';
    expect(pacemaker.readCliConstraints({ rc: 0, out: left, err: '' })).toEqual([
      'cli-prefer-openstack-api-vip',
    ]);
  });

  test('compares schemas by number, not by text', () => {
    expect(pacemaker.readSchema(recorded('cib-head.xml'))).toBe('pacemaker-3.9');
    const out = ['pacemaker-3.9.rng', 'pacemaker-3.10.rng', 'pacemaker-3.2.rng', 'pacemaker-next.rng'].join(
      '\n',
    );
    expect(pacemaker.newestSchema({ rc: 0, out, err: '' })).toBe('pacemaker-3.10');
  });
});

describe('haproxy', () => {
  test('reads every server of show stat 2.6, and only servers', () => {
    const rows = haproxy.readStat(recorded('haproxy-stat-2.6.csv'));
    if (typeof rows === 'string') throw new Error(rows);
    expect(rows.map(({ backend, server }) => `${backend}/${server}`)).toHaveLength(12);
    expect(rows.find(({ backend, server }) => backend === 'galerabe' && server === 'ctl1')).toMatchObject({
      status: 'UP',
      backup: false,
    });
    expect(rows.find(({ backend, server }) => backend === 'keystonebe' && server === 'ctl2')?.status).toBe(
      'DRAIN',
    );
    expect(rows.find(({ backend, server }) => backend === 'galerabe' && server === 'ctl2')?.status).toBe(
      'MAINT',
    );
  });

  test('an admin socket that complains is not an empty list', () => {
    expect(haproxy.readStat({ rc: 0, out: 'Permission denied\n', err: '' })).toMatch(/does not answer/);
    expect(haproxy.readStat({ rc: 1, out: '', err: 'No such file' })).toMatch(/No such file/);
  });
});

describe('rabbitmq', () => {
  test('reads members, who runs, and versions from 3.10', () => {
    const status = rabbitmq.readClusterStatus(recorded('rabbitmq-cluster-3.10.json'));
    if (typeof status === 'string') throw new Error(status);
    expect(status.members).toEqual(['rabbit@ctl1', 'rabbit@ctl2', 'rabbit@ctl3']);
    expect([...status.running].sort()).toEqual(['rabbit@ctl1', 'rabbit@ctl3']);
    expect(status.versions['rabbit@ctl1']?.rabbitmq).toBe('3.10.8');
    expect(status.partitions).toEqual([]);
  });

  test('reads queues with their type and policy, and policies whose definition is text', () => {
    expect(rabbitmq.readQueues(recorded('rabbitmq-queues-3.10.json'))).toMatchObject([
      { name: 'windlass.probe.classic', type: 'classic', durable: true, policy: 'ha-all' },
      { name: 'windlass.probe.quorum', type: 'quorum', durable: true },
    ]);
    expect(rabbitmq.readPolicies(recorded('rabbitmq-policies-3.10.json'))[0]?.definition).toMatchObject({
      'ha-mode': 'all',
    });
  });

  test('a node that is down is told in the tool’s words', () => {
    expect(rabbitmq.readClusterStatus(failing)).toMatch(/nodedown/);
  });
});

describe('systemd', () => {
  test('reads units, also one that does not exist', () => {
    const states = systemd.readUnitStates(recorded('systemctl-show.txt'));
    expect(states['mariadb.service']).toEqual({
      load: 'loaded',
      active: 'active',
      sub: 'running',
      enabled: 'enabled',
    });
    expect(states['nosuch.service']?.load).toBe('not-found');
  });
});
