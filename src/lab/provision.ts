import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { WindlassError } from '../model/error.ts';
import { run } from './command.ts';
import { type Mirror, sourcesList } from './mirror.ts';
import type { LabService, NodeFile } from './service.ts';
import type { Site, SiteNode } from './site.ts';

/** Reads a name's number out of /etc/passwd or /etc/group text. */
export function idOf(table: string, name: string): number {
  const line = table.split('\n').find((entry) => entry.startsWith(`${name}:`));
  const id = Number(line?.split(':')[2]);
  if (line === undefined || !Number.isInteger(id)) {
    throw new WindlassError({
      code: 'WL-LAB-OWNER',
      message: `the node has no user or group ${name}`,
      remedy: 'add the package that brings it to the service’s packages',
    });
  }
  return id;
}

function makeFolder(root: string, folder: string, uid: number, gid: number, mode: number): void {
  const path = join(root, folder);
  if (existsSync(path)) return;
  mkdirSync(path, { recursive: true });
  chmodSync(path, mode);
  chownSync(path, uid, gid);
}

/** Writes a file into a root filesystem, by the node's own users and groups. */
export function putFile(root: string, file: NodeFile): void {
  const [user = 'root', group = user] = (file.owner ?? 'root:root').split(':');
  const uid = idOf(readFileSync(join(root, 'etc/passwd'), 'utf8'), user);
  const gid = idOf(readFileSync(join(root, 'etc/group'), 'utf8'), group);
  const mode = file.mode ?? 0o644;
  // A folder made for a private file is as private as the file.
  makeFolder(root, dirname(file.path), uid, gid, (mode & 0o077) === 0 ? 0o700 : 0o755);
  const path = join(root, file.path);
  const text = typeof file.content === 'string' ? file.content : file.content(readFileSync(path, 'utf8'));
  writeFileSync(path, text);
  chownSync(path, uid, gid);
  chmodSync(path, mode);
}

/** Files every node has: who it is, where its packages come from, who may log in. */
export function commonFiles(
  site: Site,
  node: SiteNode,
  mirror: Mirror,
  publicKey: string,
  aptOptions: readonly string[],
  proxy: string,
): NodeFile[] {
  const hosts = site.nodes.map((other) => `${other.address} ${other.name}`);
  if (site.topology.vip !== undefined) hosts.push(`${site.vip} ${site.topology.vip.name}`);
  return [
    { path: '/etc/hostname', content: `${node.name}\n` },
    { path: '/etc/hosts', content: `127.0.0.1 localhost\n${hosts.join('\n')}\n` },
    { path: '/etc/resolv.conf', content: '' },
    { path: '/etc/default/locale', content: 'LANG=C.UTF-8\n' },
    { path: '/etc/machine-id', content: '' },
    {
      path: '/etc/systemd/network/10-host0.network',
      content: `[Match]
Name=host0

[Network]
Address=${node.address}/24
Gateway=${site.gateway}
LinkLocalAddressing=no
IPv6AcceptRA=no
`,
    },
    { path: '/etc/apt/sources.list', content: sourcesList(mirror, site.topology.suite) },
    {
      path: '/etc/apt/apt.conf.d/00windlass-lab',
      content: [`Acquire::http::Proxy "${proxy}";`, 'Acquire::Retries "2";', ...aptOptions, ''].join('\n'),
    },
    { path: '/root/.ssh/authorized_keys', content: publicKey, mode: 0o600 },
  ];
}

/** Turns a root filesystem into a node, ready for its first boot. Returns the node's public host key. */
export async function provision(
  root: string,
  files: readonly NodeFile[],
  services: readonly LabService[],
): Promise<string> {
  for (const file of files) putFile(root, file);
  const wants = join(root, 'etc/systemd/system/multi-user.target.wants');
  mkdirSync(wants, { recursive: true });
  for (const unit of services.flatMap((service) => [...service.units, ...(service.idle ?? [])])) {
    for (const target of ['multi-user', 'sysinit']) {
      rmSync(join(root, `etc/systemd/system/${target}.target.wants/${unit}.service`), { force: true });
    }
  }
  // apt's own timers would take the package lock at a time of their choosing, and tests could not repeat.
  for (const timer of ['apt-daily', 'apt-daily-upgrade']) {
    rmSync(join(root, `etc/systemd/system/timers.target.wants/${timer}.timer`), { force: true });
  }
  const networkd = join(wants, 'systemd-networkd.service');
  if (!existsSync(networkd)) symlinkSync('/lib/systemd/system/systemd-networkd.service', networkd);
  await run(['ssh-keygen', '-A', '-f', root]);
  return hostKey(root);
}

/** The node's public host key as known_hosts takes it. */
export function hostKey(root: string): string {
  const text = readFileSync(join(root, 'etc/ssh/ssh_host_ed25519_key.pub'), 'utf8');
  return text.split(' ').slice(0, 2).join(' ');
}
