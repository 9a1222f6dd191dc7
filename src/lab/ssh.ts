import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KILLED, quote, run } from './command.ts';
import type { LabHome } from './home.ts';
import type { LabPlace } from './record.ts';
import type { Hands } from './service.ts';
import type { SiteNode } from './site.ts';

/** The key that opens every node of every lab of this machine; made once. */
export async function ensureKey(home: LabHome): Promise<{ file: string; publicKey: string }> {
  const file = join(home.keys, 'id_ed25519');
  if (!existsSync(file)) {
    await run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'windlass-lab', '-f', file]);
  }
  chmodSync(file, 0o600);
  return { file, publicKey: readFileSync(`${file}.pub`, 'utf8') };
}

/** Writes the lab's ssh_config and known_hosts: host keys are checked, as they are in any cluster. */
export function writeSshFiles(
  place: LabPlace,
  nodes: readonly SiteNode[],
  keyFile: string,
  hostKeys: Readonly<Record<string, string>>,
): void {
  const hosts = nodes.map(
    (node) => `Host ${node.name} ${node.address}
  HostName ${node.address}
  HostKeyAlias ${node.address}
  User root
  IdentityFile ${keyFile}
  IdentitiesOnly yes
  UserKnownHostsFile ${place.knownHosts}
  StrictHostKeyChecking yes
  BatchMode yes
  ConnectTimeout 10
`,
  );
  const known = nodes.map((node) => `${node.address},${node.name} ${hostKeys[node.name] ?? ''}`);
  writeFileSync(place.sshConfig, hosts.join('\n'));
  writeFileSync(place.knownHosts, `${known.join('\n')}\n`);
}

const SOCKETS = '/run/windlass-lab';

/** The lab's own links are shared and kept for a minute; their sockets have short paths, as they must. */
function control(place: LabPlace): string[] {
  mkdirSync(SOCKETS, { recursive: true, mode: 0o700 });
  const lab = createHash('sha256').update(place.folder).digest('hex').slice(0, 8);
  return ['-o', `ControlPath=${SOCKETS}/${lab}-%h`];
}

/** The ssh command line that reaches a node. */
export function sshArgv(place: LabPlace, node: string, words: readonly string[] = []): string[] {
  return ['ssh', '-F', place.sshConfig, node, ...(words.length === 0 ? [] : [words.map(quote).join(' ')])];
}

/** Ends the lab's shared link to a node, before the node goes down under it. */
export async function closeLink(place: LabPlace, node: string): Promise<void> {
  if (!existsSync(place.sshConfig)) return;
  await run(['ssh', '-F', place.sshConfig, ...control(place), '-O', 'exit', node], { accept: [255] });
}

/** Whether a node answers by SSH within a few seconds. */
export async function answers(place: LabPlace, node: string): Promise<boolean> {
  const argv = ['ssh', '-F', place.sshConfig, '-o', 'ConnectTimeout=3', node, 'true'];
  return (await run(argv, { accept: [255, KILLED], timeoutMs: 8000 })).code === 0;
}

// The script comes by standard input and runs from a file only root can read: nothing of it shows in `ps`,
// and no command in it can swallow the rest of it.
const RUN_SCRIPT = `script=$(mktemp -p /run windlass-lab.XXXXXX); trap 'rm -f "$script"' EXIT
cat > "$script"; bash -euo pipefail "$script" < /dev/null`;

/** Hands on live nodes, over SSH. */
export function sshHands(place: LabPlace, say: (message: string) => void): Hands {
  const shared = ['-o', 'ControlMaster=auto', '-o', 'ControlPersist=60', ...control(place)];
  return {
    say,
    async on(node: SiteNode, script, options = {}) {
      const argv = ['ssh', '-F', place.sshConfig, ...shared, node.name, RUN_SCRIPT];
      const ran = await run(argv, {
        input: `export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive\n${script}\n`,
        title: `on ${node.name}: ${script.trimStart().split('\n', 1)[0]?.slice(0, 80) ?? ''}`,
        timeoutMs: options.timeoutMs ?? 60_000,
        ...(options.accept === undefined ? {} : { accept: options.accept }),
      });
      return ran.stdout;
    },
  };
}
