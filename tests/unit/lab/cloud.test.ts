import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { run } from '../../../src/lab/command.ts';
import { freeze, keepShare, thawShare } from '../../../src/lab/freeze.ts';
import { labHome } from '../../../src/lab/home.ts';
import { labOf } from '../../../src/lab/lab.ts';
import { guestLinkOf } from '../../../src/lab/network.ts';
import { type LabRecord, labPlace } from '../../../src/lab/record.ts';
import { galera } from '../../../src/lab/services/galera.ts';
import { haproxy } from '../../../src/lab/services/haproxy.ts';
import { secretsOf } from '../../../src/lab/services/index.ts';
import { novaConf } from '../../../src/lab/services/nova-conf.ts';
import { mountNfs, mountNfsForGuests } from '../../../src/lab/services/share.ts';
import { type Site, type SiteNode, siteOf } from '../../../src/lab/site.ts';
import { topologyNamed } from '../../../src/lab/topologies/index.ts';

const siteNamed = (name: string): Site => {
  const topology = topologyNamed(name);
  const secrets = Object.keys(secretsOf(topology)).map((secret) => [secret, `SECRET-${secret}`]);
  return siteOf(topology, '10.77.9', Object.fromEntries(secrets));
};
const cloud = siteNamed('cloud');
const node = (site: Site, name: string): SiteNode => {
  const found = site.nodes.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
};

describe('a cloud’s HAProxy', () => {
  const text = String(haproxy.files(cloud, node(cloud, 'ctl1'))[0]?.content);

  test('has every API, and what is beside them, on the VIP', () => {
    const binds = [...text.matchAll(/^frontend (\w+)fe\n {2}bind 10\.77\.9\.10:(\d+)$/gm)];
    expect(Object.fromEntries(binds.map(([, name, port]) => [name, Number(port)]))).toEqual({
      galera: 3306,
      keystone: 5000,
      glance: 9292,
      placement: 8778,
      nova: 8774,
      neutron: 9696,
      cinder: 8776,
      heat: 8004,
      metadata: 8775,
      novnc: 6080,
      horizon: 80,
    });
  });

  test('asks a server that is well less often than one that may not be', () => {
    expect(text).toContain(
      'backend novabe\n  option httpchk GET /\n  http-check expect status 200,300,401\n',
    );
    expect(text).toContain('default-server inter 10s fastinter 2s downinter 2s fall 3 rise 2');
  });

  test('has no check by HTTP where HTTP says nothing', () => {
    expect(text).toContain('backend novncbe\n  default-server');
  });
});

describe('nova.conf', () => {
  test('gives the databases to controllers only', () => {
    expect(novaConf(cloud, node(cloud, 'ctl1'))).toContain('/nova_api?charset=utf8');
    expect(novaConf(cloud, node(cloud, 'cmp1'))).not.toContain('mysql');
  });

  test('lets computes hand guests to each other', () => {
    const text = novaConf(cloud, node(cloud, 'cmp2'));
    expect(text).toContain('live_migration_uri = qemu+tcp://%s/system');
    expect(text).toContain('live_migration_inbound_addr = 10.77.9.32');
    expect(novaConf(cloud, node(cloud, 'ctl1'))).not.toContain('[libvirt]');
  });
});

test('a database member without others looks for none when it boots', () => {
  const small = siteNamed('cloud-small');
  expect(String(galera.files(small, node(small, 'ctl1'))[0]?.content)).toContain(
    'wsrep_cluster_address = gcomm://\n',
  );
});

describe('a node', () => {
  const record = (topology: string): LabRecord => ({
    name: 'unit',
    topology,
    net: 254,
    configured: true,
    stacks: {},
  });
  const nspawn = (topology: string, home: string): string[] =>
    labOf(labHome(home), record(topology), () => undefined).machines.map((one) => one.nspawn.join(' '));

  test('that carries guests has a second link, a share and a tun device; another has not', () => {
    const home = mkdtempSync(join(tmpdir(), 'windlass-node-'));
    for (const line of nspawn('cloud-small', home)) {
      expect(line).toMatch(/--network-veth-extra=vg-w254-(ctl1|cmp1):guest0 /);
      expect(line).toContain('--bind=/dev/net/tun');
      expect(line).toContain(`--bind=${join(home, 'labs/unit/share')}:/srv/share`);
    }
    for (const line of nspawn('ha3', home)) expect(line).not.toMatch(/--bind|--capability|veth-extra/);
    rmSync(home, { recursive: true });
  });

  test('has a second link whose name an interface can have', () => {
    for (const { name } of cloud.nodes) expect(guestLinkOf(254, name).length).toBeLessThanOrEqual(15);
  });
});

test('what nodes share is kept with a frozen cluster, holes as holes', async () => {
  const root = mkdtempSync(join(tmpdir(), 'windlass-share-'));
  const home = labHome(root);
  const record = { name: 'unit', topology: 'solo', net: 254, configured: true, stacks: {} };
  const lab = { ...labOf(home, record, () => undefined), machines: [] };
  const { share } = labPlace(home, 'unit');
  await run(['mkdir', '-p', share]);
  await run(['truncate', '-s', '64M', join(share, 'volume')]);
  await freeze(lab, join(root, 'frozen'));
  await keepShare(join(root, 'frozen'), join(root, 'again'));
  writeFileSync(join(share, 'volume'), 'overwritten');
  writeFileSync(join(share, 'younger'), 'made since');
  await thawShare(lab, join(root, 'again'));
  expect(statSync(join(share, 'volume'))).toMatchObject({ size: 64 * 1024 * 1024, blocks: 0 });
  expect(statSync(join(share, 'younger'), { throwIfNoEntry: false })).toBeUndefined();
  rmSync(root, { recursive: true });
});

test.each([mountNfs, mountNfsForGuests])(
  'the stand-in for an NFS client refuses other exports',
  async (file) => {
    const script = String(file.content);
    const ran = await run(['sh', '-s', 'other:/export', '/mnt'], { input: script, accept: [32] });
    expect(ran).toMatchObject({ code: 32, stderr: 'mount.nfs: this lab exports share:/volumes only\n' });
  },
);
