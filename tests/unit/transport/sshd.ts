// A real sshd on this machine's loopback, with keys of its own, and a stand-in for systemd: enough to prove the
// channels and the node-side scripts without a lab. What only a real host can show is in tests/lab.
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cluster } from '../../../src/model/cluster.ts';
import type { LinkOptions } from '../../../src/transport/index.ts';

const SSHD = '/usr/sbin/sshd';

export interface Sshd {
  readonly dir: string;
  readonly port: number;
  readonly cluster: Cluster;
  /** A folder instead of /var/lib/windlass and a search path that finds the stand-in for systemd. */
  readonly options: LinkOptions;
  /** A cluster that differs in its ssh options. */
  with(ssh: Record<string, unknown>): Cluster;
  /** Kills every connection, as a node that goes down does. */
  cut(): void;
  stop(): Promise<void>;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address !== null
          ? resolve(address.port)
          : reject(new Error('no port')),
      );
    });
  });
}

const SYSTEMD_RUN = (dir: string): string => `#!/bin/sh
for a in "$@"; do
  case "$a" in
  --unit=*) unit=\${a#--unit=} ;;
  --setenv=*) export "\${a#--setenv=}" ;;
  esac
  runner=$a
done
if [ -e ${dir}/refuse ]; then echo "Failed to connect to bus" >&2; exit 1; fi
echo "$unit" >>${dir}/started
setsid /bin/sh "$runner" </dev/null >/dev/null 2>&1 &
echo $! >${dir}/pid-$unit
`;

const SYSTEMCTL = (dir: string): string => `#!/bin/sh
if [ "$1" = --version ]; then echo "systemd 252 (252.1)"; exit 0; fi
if [ -e ${dir}/mute ]; then exit 1; fi
for a in "$@"; do unit=$a; done
if [ -f ${dir}/pid-$unit ] && kill -0 "$(cat ${dir}/pid-$unit)" 2>/dev/null; then
  echo ActiveState=active
else
  echo ActiveState=inactive
fi
`;

export async function startSshd(): Promise<Sshd> {
  if (!existsSync(SSHD)) throw new Error('these tests need a real sshd: apt-get install openssh-server');
  if (process.getuid?.() !== 0) throw new Error('these tests enter this machine as root: run them as root');
  mkdirSync('/run/sshd', { recursive: true });
  const dir = mkdtempSync(join(tmpdir(), 'windlass-sshd-'));
  for (const key of ['host', 'user', 'other']) {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(dir, key)]);
  }
  writeFileSync(join(dir, 'authorized'), readFileSync(join(dir, 'user.pub')));
  const port = await freePort();
  const host = readFileSync(join(dir, 'host.pub'), 'utf8').split(' ').slice(0, 2).join(' ');
  const other = readFileSync(join(dir, 'other.pub'), 'utf8').split(' ').slice(0, 2).join(' ');
  writeFileSync(join(dir, 'known'), `[127.0.0.1]:${port} ${host}\n`);
  writeFileSync(join(dir, 'known-wrong'), `[127.0.0.1]:${port} ${other}\n`);
  writeFileSync(
    join(dir, 'config'),
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${join(dir, 'host')}`,
      `AuthorizedKeysFile ${join(dir, 'authorized')}`,
      'PidFile none',
      'StrictModes no',
      'UsePAM no',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'PermitRootLogin yes',
      'MaxStartups 100:30:200',
      '',
    ].join('\n'),
  );
  const bin = join(dir, 'bin');
  mkdirSync(bin);
  for (const [name, text] of [
    ['systemd-run', SYSTEMD_RUN(dir)],
    ['systemctl', SYSTEMCTL(dir)],
  ] as const) {
    writeFileSync(join(bin, name), text);
    chmodSync(join(bin, name), 0o755);
  }

  const child = spawn(SSHD, ['-D', '-e', '-f', join(dir, 'config')], { stdio: ['ignore', 'ignore', 'pipe'] });
  await new Promise<void>((resolve, reject) => {
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8');
      if (said.includes('Server listening')) resolve();
    });
    child.once('exit', () => reject(new Error(`sshd did not start: ${said}`)));
  });

  const base = { user: 'root', port, identity: join(dir, 'user'), knownHosts: join(dir, 'known') };
  const make = (ssh: Record<string, unknown>): Cluster =>
    Cluster.parse({
      cluster: 'here',
      os: 'debian/bookworm',
      openstack: 'zed',
      ssh: { ...base, config: '/dev/null', ...ssh },
      nodes: { one: { address: '127.0.0.1', roles: ['controller'] } },
    });
  return {
    dir,
    port,
    cluster: make({}),
    options: { folder: join(dir, 'state'), path: `${bin}:/usr/sbin:/usr/bin:/sbin:/bin` },
    with: make,
    cut() {
      // sshd's per-connection children: ours by parentage, so nobody else's session is touched.
      const children = execFileSync('ps', ['-o', 'pid=', '--ppid', String(child.pid)], { encoding: 'utf8' });
      for (const pid of children.split('\n').map(Number).filter(Boolean)) process.kill(pid, 'SIGKILL');
    },
    async stop() {
      const gone = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGTERM');
      await gone;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
