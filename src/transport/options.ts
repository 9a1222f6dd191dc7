import { homedir } from 'node:os';
import { resolve } from 'node:path';
import type { Cluster, Node, SshOptions } from '../model/cluster.ts';

/** Where the node-side shell looks for commands; a non-interactive SSH session often lacks sbin. */
export const NODE_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Relative paths of a cluster file are read from the folder it stands in. */
function localPath(path: string, base: string): string {
  return path.startsWith('~/') ? resolve(homedir(), path.slice(2)) : resolve(base, path);
}

/** A node's own ssh options laid over the cluster's. */
export function sshOptions(cluster: Cluster, node: Node): SshOptions {
  return { ...cluster.ssh, ...node.ssh };
}

/**
 * The arguments of the system's ssh. The operator's configuration decides all but what unattended work needs:
 * no questions, a bounded connect, and a dead peer noticed within seconds. Host keys are always checked.
 */
export function sshArgs(options: SshOptions, address: string, shell: string, base: string): string[] {
  const args = ['-T', '-x', '-a'];
  if (options.config !== undefined) args.push('-F', localPath(options.config, base));
  for (const option of [
    'BatchMode=yes',
    'ConnectTimeout=10',
    'ServerAliveInterval=5',
    'ServerAliveCountMax=3',
    // A shared master would outlive us and mix our channels with the operator's own sessions.
    'ControlMaster=no',
    'ControlPath=none',
    'EscapeChar=none',
  ]) {
    args.push('-o', option);
  }
  if (options.user !== undefined) args.push('-l', options.user);
  if (options.port !== undefined) args.push('-p', String(options.port));
  if (options.identity !== undefined) args.push('-i', localPath(options.identity, base));
  if (options.knownHosts !== undefined) {
    args.push('-o', `UserKnownHostsFile="${localPath(options.knownHosts, base)}"`);
  }
  return [...args, '--', address, shell];
}

/**
 * What the login shell, whichever it is, is asked to become: a clean POSIX shell of root. Start-up files and a stray
 * environment would make one node behave unlike another.
 */
function becoming(path: string, shell: string): string {
  const clean = `env -i PATH=${path} LC_ALL=C HOME="$home" USER=root LOGNAME=root ${shell}`;
  return `exec /bin/sh -c 'home=~root; if [ "$(id -u)" = 0 ]; then exec ${clean}; fi; exec sudo -n ${clean}'`;
}

/** A shell that reads its standard input. */
export const rootShell = (path: string): string => becoming(path, '/bin/sh');

/** A shell for one script, which leaves standard input to the script's own commands. Base64 holds no quote. */
export const rootScript = (path: string, script: string): string =>
  becoming(path, `/bin/sh -c "$(printf %s ${Buffer.from(script, 'utf8').toString('base64')} | base64 -d)"`);
