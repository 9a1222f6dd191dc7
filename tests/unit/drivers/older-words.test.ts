import { describe, expect, test } from 'vitest';
import { installed, moveSuite, removal, takeOut } from '../../../src/drivers/apt.ts';
import { readBusGate } from '../../../src/drivers/firewall.ts';
import { readMonitor } from '../../../src/drivers/pacemaker.ts';
import { readOlderStatus, readOlderUsers } from '../../../src/drivers/rabbitmq.ts';
import { olderMonitor } from '../steps/older-examples.ts';
import { bad, lost, ok } from '../steps/seen.ts';

describe('moveSuite', () => {
  const moved = (line: string, renamed = {}) => moveSuite(line, 'stretch', 'buster', renamed);

  test.each([
    ['deb http://deb.debian.org/debian stretch main', 'deb http://deb.debian.org/debian buster main'],
    ['deb http://x/debian stretch-updates main contrib', 'deb http://x/debian buster-updates main contrib'],
    ['deb [arch=amd64] http://x stretch/updates main', 'deb [arch=amd64] http://x buster/updates main'],
    ['deb http://x stretch-rocky-backports main', 'deb http://x buster-rocky-backports main'],
    ['Suites: stretch stretch-updates', 'Suites: buster buster-updates'],
  ])('%s', (before, after) => expect(moved(before)).toBe(after));

  test.each([
    'deb http://stretch-rocky.debian.net/debian sid main',
    '# stretch was here',
    'deb http://mirror/stretch/debian sid main',
    'deb http://x stretchy main',
    'URIs: http://stretch.example/debian',
  ])('leaves alone: %s', (line) => expect(moved(line)).toBe(line));

  test('suites that the new release calls otherwise', () => {
    const line = 'deb http://stretch-rocky.debian.net/debian stretch-rocky-backports main';
    expect(moved(line, { 'stretch-rocky-backports': 'buster-rocky-proposed-updates' })).toBe(
      'deb http://stretch-rocky.debian.net/debian buster-rocky-proposed-updates main',
    );
  });
});

describe('takeOut', () => {
  const archive = 'https://download.ceph.com/debian-luminous';

  test('lines of one archive become comments, with and without a slash at its end', () => {
    const line = 'deb https://download.ceph.com/debian-luminous/ stretch main';
    const other = 'deb https://download.ceph.com/debian-nautilus/ stretch main';
    expect(takeOut(`${line}\n${other}\n`, archive)).toBe(`# taken out by Windlass: ${line}\n${other}\n`);
    expect(takeOut(takeOut(line, archive), archive)).toBe(`# taken out by Windlass: ${line}`);
  });

  test('stanzas are disabled, the others stay', () => {
    const stanza = (uri: string) => `Types: deb\nURIs: ${uri}\nSuites: stretch\n`;
    expect(takeOut(`${stanza(archive)}\n${stanza('http://deb.debian.org')}`, archive)).toBe(
      `Enabled: no\n${stanza(archive)}\n${stanza('http://deb.debian.org')}`,
    );
  });
});

describe('packages', () => {
  test('that were removed with their configuration kept are not there', () => {
    const seen = bad(
      1,
      'no packages found matching x',
      'a\tinstalled\nb\tconfig-files\nc\thalf-configured\n',
    );
    expect(installed(['a', 'b', 'c', 'x']).read(seen)).toEqual(new Set(['a', 'c']));
    expect(installed(['a']).read(bad(2, 'dpkg database is locked'))).toMatch(/locked/);
  });

  test('that would go, by apt', () => {
    const seen = ok('Remv nova-api [2:18.2.1-1]\nRemv librbd1:amd64 [12.2.12-1~bpo90+1]\n');
    expect(removal(['librbd1']).read(seen)).toEqual(['nova-api', 'librbd1']);
    expect(removal(['librbd1']).read(bad(100, 'E: Could not get lock'))).toMatch(/lock/);
  });
});

describe('an older RabbitMQ', () => {
  test('its status, as 3.10.8 printed the same term on a real node', () => {
    expect(readOlderStatus(ok('{"3.10.8",a@gtest,[a@gtest],[a@gtest],[]}\n'))).toEqual({
      members: ['a@gtest'],
      running: ['a@gtest'],
      partitions: [],
      versions: { 'a@gtest': { rabbitmq: '3.10.8', erlang: '' } },
    });
  });

  test('names with a dash are quoted, long terms broken', () => {
    const out = `{"3.6.6",'rabbit@z-1',\n ['rabbit@z-1','rabbit@z-2'],\n ['rabbit@z-2'],\n [{'rabbit@z-1',['rabbit@z-2']}]}\n`;
    expect(readOlderStatus(ok(out))).toMatchObject({
      members: ['rabbit@z-1', 'rabbit@z-2'],
      running: ['rabbit@z-2'],
      partitions: ['rabbit@z-1', 'rabbit@z-2'],
    });
  });

  test('what is no answer is told as it is', () => {
    expect(readOlderStatus(lost)).toBe('node does not answer');
    expect(readOlderStatus(bad(69, 'nodedown'))).toMatch(/nodedown/);
    expect(readOlderStatus(ok('{badrpc,nodedown}'))).toMatch(/something else/);
  });

  test('its users; nobody is not the same as no answer', () => {
    expect(readOlderUsers(ok('[<<"od d">>,<<"openstack">>]\n'))).toEqual(['od d', 'openstack']);
    expect(readOlderUsers(ok('[]\n'))).toEqual([]);
    expect(readOlderUsers(ok('{badrpc,nodedown}'))).toBeUndefined();
    expect(readOlderUsers(bad(69))).toBeUndefined();
  });
});

test('crm_mon in the older words is read like in the newer ones', () => {
  expect(readMonitor(olderMonitor(['ctl1', 'ctl2'], true, 'ctl1', ['ctl3']))).toMatchObject({
    quorate: true,
    online: ['ctl1', 'ctl2'],
    offline: ['ctl3'],
    resources: { 'openstack-api-vip': 'ctl1' },
  });
});

test.each([
  ['closed\nclosed\n', true],
  ['open\nopen\n', false],
  ['closed\nopen\n', undefined],
  ['closed\n', undefined],
  ['', undefined],
])('the gate of the bus: %j', (text, is) => expect(readBusGate(text)).toBe(is));
