import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run, until } from '../../src/lab/command.ts';
import {
  cutLink,
  cutPower,
  healLink,
  type Lab,
  labDown,
  labRestore,
  labSnapshot,
  labStatus,
  labUp,
  openLab,
  restorePower,
  sshArgv,
  verifyData,
} from '../../src/lab/index.ts';
import { bridgeOf, prefixOf } from '../../src/lab/network.ts';
import { answers } from '../../src/lab/ssh.ts';
import { freshLab } from './fresh-lab.ts';

// Labs of their own names, beside any that stand: these tests may run while others work.
const SOLO = 'labtest-solo';
const HA3 = 'labtest-ha3';

const say = (message: string): void => console.log(`${new Date().toISOString().slice(11, 19)} ${message}`);
const on = async (lab: Lab, node: string, ...words: string[]): Promise<string> =>
  (await run(sshArgv(lab.place, node, words))).stdout.trim();

describe('one bare host', () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await freshLab('solo', SOLO, say);
  });
  afterAll(() => labDown(openLab(SOLO, say), { purge: true }));

  test('is a running Debian host behind real SSH, its host key checked', async () => {
    expect(await on(lab, 'host1', 'systemctl', 'is-system-running')).toBe('running');
    const status = await labStatus(lab);
    expect(status.ok).toBe(true);
    expect(status.nodes[0]?.os).toContain('bookworm');
    const stranger = sshArgv(lab.place, 'host1', ['true']).toSpliced(
      1,
      0,
      '-o',
      'UserKnownHostsFile=/dev/null',
    );
    await expect(run(stranger)).rejects.toThrow(/WL-LAB-COMMAND/);
  });

  test('gets its packages from the machine’s own mirror', async () => {
    expect(await on(lab, 'host1', 'apt-get', 'update', '-q')).toContain('bookworm-security');
  });

  test('is left alone by a second `up`', async () => {
    const since = await on(lab, 'host1', 'systemctl', 'show', '-P', 'UserspaceTimestampMonotonic');
    const up = await labUp({ topology: 'solo', name: SOLO });
    expect(up.seconds).toBeLessThan(20);
    expect(await on(lab, 'host1', 'systemctl', 'show', '-P', 'UserspaceTimestampMonotonic')).toBe(since);
  });

  test('comes back from a reboot', async () => {
    await on(lab, 'host1', 'touch', '/run/gone-after-boot');
    await run(sshArgv(lab.place, 'host1', ['systemctl', 'reboot']), { accept: [255] });
    await until('the host was booted anew', 60, async () => {
      if (!(await answers(lab.place, 'host1'))) return 'no answer';
      const argv = sshArgv(lab.place, 'host1', ['test', '-e', '/run/gone-after-boot']);
      return (await run(argv, { accept: [1, 255] })).code === 1 || 'not yet';
    });
  });

  test('cannot be reached while its link is cut', async () => {
    await cutLink(lab, 'host1');
    expect(await answers(lab.place, 'host1')).toBe(false);
    await healLink(lab, 'host1');
    await until('the host answers', 30, async () => (await answers(lab.place, 'host1')) || 'no answer');
  });

  test('is repaired by `up` after its power was cut', async () => {
    await on(lab, 'host1', 'sh', '-c', 'echo kept > /root/mark; sync');
    await cutPower(lab, 'host1');
    expect((await labStatus(lab)).nodes[0]).toMatchObject({ running: false, reachable: false });
    await labUp({ topology: 'solo', name: SOLO });
    expect(await on(lab, 'host1', 'cat', '/root/mark')).toBe('kept');
  });

  test('is put back to a snapshot, also twice', async () => {
    await on(lab, 'host1', 'sh', '-c', 'echo before > /root/mark');
    await labSnapshot(lab, 'first');
    lab = openLab(SOLO, say);
    for (const change of ['after', 'later']) {
      await on(lab, 'host1', 'sh', '-c', `echo ${change} > /root/mark`);
      await labRestore(lab, 'first');
      lab = openLab(SOLO, say);
      expect(await on(lab, 'host1', 'cat', '/root/mark')).toBe('before');
    }
    await expect(labSnapshot(lab, 'first')).rejects.toThrow(/WL-LAB-SNAPSHOT/);
    await expect(labRestore(lab, 'never')).rejects.toThrow(/WL-LAB-SNAPSHOT/);
  });

  test('leaves nothing on the machine when it is down, and comes back as it was', async () => {
    const root = lab.machines[0]?.overlay.at ?? '';
    await labDown(lab);
    expect((await run(['ip', '-o', 'link'])).stdout).not.toContain(`${bridgeOf(lab.record.net)}:`);
    expect((await run(['mount'])).stdout).not.toContain(root);
    expect(existsSync(`/sys/class/net/vb-w${lab.record.net}-host1`)).toBe(false);
    await labUp({ topology: 'solo', name: SOLO });
    expect(await on(lab, 'host1', 'cat', '/root/mark')).toBe('before');
    expect(await on(lab, 'host1', 'ip', '-4', '-o', 'address', 'show', 'host0')).toContain(
      prefixOf(lab.record.net),
    );
  });
});

describe('three controllers', () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await freshLab('ha3', HA3, say);
  });
  afterAll(() => labDown(openLab(HA3, say), { purge: true }));

  test('are whole, with all their data', async () => {
    expect((await labStatus(lab)).health.filter((one) => !one.ok)).toEqual([]);
    expect((await verifyData(lab)).lines.filter((line) => !line.ok)).toEqual([]);
  });

  test('serve every image from every backend', async () => {
    const lists = await Promise.all(
      lab.site.controllers.map((node) =>
        on(lab, node.name, 'sh', '-c', 'cd /var/lib/glance/images && sha256sum *'),
      ),
    );
    expect(new Set(lists).size).toBe(1);
    expect(lists[0]?.split('\n')).toHaveLength(4);
  });

  test('show a loss of data', async () => {
    await on(lab, 'ctl1', 'mariadb', '-e', "delete from probe.t where who = 'seed' limit 1");
    const proof = await verifyData(lab);
    expect(proof.lines.filter((line) => !line.ok).map((line) => line.name)).toEqual([
      'rows of probe.t (seeded rows)',
    ]);
    lab = await freshLab('ha3', HA3, say);
    expect((await verifyData(lab)).ok).toBe(true);
  });

  test('come back whole from a snapshot after they were broken', async () => {
    await labSnapshot(lab, 'good');
    lab = openLab(HA3, say);
    expect((await labStatus(lab)).ok).toBe(true);
    await on(lab, 'ctl1', 'mariadb', '-e', 'drop database glance');
    await on(lab, 'ctl2', 'systemctl', 'disable', '--now', 'rabbitmq-server');
    expect((await labStatus(lab)).ok).toBe(false);
    await labRestore(lab, 'good');
    lab = openLab(HA3, say);
    expect((await labStatus(lab)).health.filter((one) => !one.ok)).toEqual([]);
    expect((await verifyData(lab)).ok).toBe(true);
  });

  test('come back from a power cut of all of them', async () => {
    await Promise.all(lab.machines.map((node) => cutPower(lab, node.name)));
    await labUp({ topology: 'ha3', name: HA3, io: say });
    expect((await labStatus(lab)).health.filter((one) => !one.ok)).toEqual([]);
    expect((await verifyData(lab)).ok).toBe(true);
  });

  test('take back a member whose power was cut', async () => {
    await cutPower(lab, 'ctl2');
    restorePower(lab, 'ctl2');
    await labUp({ topology: 'ha3', name: HA3, io: say });
    expect((await labStatus(lab)).ok).toBe(true);
  });
});
