import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, libvirtOf, withRehearsalHost } from '../model/cluster.ts';
import { WindlassError } from '../model/error.ts';
import type { Making } from '../model/machine.ts';
import type { RehearsalMachine } from '../model/plan.ts';
import { type Links, openLinks, runOn } from '../transport/index.ts';
import { type ClusterOptions, type StateDir, stateDir, writeWhole } from './context.ts';
import { loadCluster } from './load.ts';
import { tell } from './print.ts';

/** Seconds until a machine that was started lets somebody in, and until cloud-init has done its work there. */
const BOOTS = 900;

const failed = (what: 'make' | 'remove', { on, argv }: Making, says: string): WindlassError =>
  new WindlassError({
    code: 'WL-REHEARSE-PROVIDER',
    message: `what is to ${what} the rehearsal host failed: ${says}`,
    remedy:
      on === undefined
        ? `run it by hand: ${argv.join(' ')}; it stands under rehearsal: provider: in the cluster file`
        : `what ${on} said stands above; its part of the cluster file is rehearsal: provider: libvirt:`,
    ...(on === undefined ? {} : { node: on }),
  });

/** What the operator's own command for the machine says goes to the terminal; it is not a step. */
function here(what: 'make' | 'remove', making: Making): Promise<void> {
  const [program = '', ...words] = making.argv;
  return new Promise((done, reject) => {
    const fail = (says: string): void => reject(failed(what, making, says));
    const child = spawn(program, words, { stdio: ['ignore', 2, 2] });
    child.once('error', (error) => fail(error.message));
    child.once('close', (code) => (code === 0 ? done() : fail(`exit code ${code}`)));
  });
}

/** The text of a file of host keys with one machine's key in place of whatever it had before. */
export function withHostKey(text: string, address: string, port: number, key: string): string {
  const host = port === 22 ? address : `[${address}]:${port}`;
  const others = text.split('\n').filter((line) => line !== '' && line.split(' ')[0] !== host);
  return [...others, `${host} ${key}`, ''].join('\n');
}

/** A machine on a host of libvirt: there it says its host key, which Windlass keeps beside its state, and nowhere else. */
async function there(
  what: 'make' | 'remove',
  making: Making,
  machine: RehearsalMachine,
  ways: Ways,
): Promise<void> {
  const { cluster, base, state } = ways;
  const host = libvirtOf(cluster, machine.host)?.host;
  if (host === undefined)
    throw failed(what, making, `${machine.host} is of no host of libvirt in the cluster file`);
  const { code, out } = await runOn(host, making, { defaults: cluster.ssh, base });
  if (code !== 0) throw failed(what, making, `exit code ${code} on ${host.name}`);
  if (what === 'remove') return;
  const key = /^ssh-ed25519 [A-Za-z0-9+/=]+/m.exec(out)?.[0];
  const node = withRehearsalHost(cluster, state.knownHosts).nodes[machine.host];
  if (key === undefined || node === undefined) throw failed(what, making, `${host.name} told no host key`);
  const known = existsSync(state.knownHosts) ? readFileSync(state.knownHosts, 'utf8') : '';
  const port = { ...cluster.ssh, ...node.ssh }.port ?? 22;
  writeWhole(state.knownHosts, withHostKey(known, node.address, port, key));
}

interface Ways {
  readonly cluster: Cluster;
  readonly base: string;
  readonly state: StateDir;
}

async function ways(options: ClusterOptions): Promise<Ways> {
  const cluster = await loadCluster(options.cluster);
  return { cluster, base: dirname(resolve(options.cluster)), state: stateDir(options) };
}

/** Until the machine answers and cloud-init has come to its end there. */
async function booted(name: string, links: Links, making: Making): Promise<void> {
  const until = Date.now() + BOOTS * 1000;
  for (;;) {
    const seen = await links.link(name).look({ argv: ['cloud-init', 'status', '--wait'] }, BOOTS);
    // 2 is an end too: with a complaint, as about a line of its configuration.
    if (seen.rc === 0 || seen.rc === 2) return;
    if (!seen.lost || Date.now() >= until) {
      throw failed(
        'make',
        making,
        `${name} is started and does not come up: ${(seen.err || seen.out).trim()}`,
      );
    }
    await sleep(2000);
  }
}

/** Makes one; it answers by SSH afterwards. Throws WL-REHEARSE-PROVIDER. */
export async function makeMachine(machine: RehearsalMachine, options: ClusterOptions): Promise<void> {
  const { make, host } = machine;
  if (make === undefined) return;
  if (make.on === undefined) return await here('make', make);
  const all = await ways(options);
  tell(`${host} is made on ${make.on}, and boots`);
  await there('make', make, machine, all);
  const links = openLinks(withRehearsalHost(all.cluster, all.state.knownHosts), { base: all.base });
  try {
    await booted(host, links, make);
  } finally {
    await links.close();
  }
}

/** Removes one, where something does that. Throws WL-REHEARSE-PROVIDER. */
export async function removeMachine(machine: RehearsalMachine, options: ClusterOptions): Promise<void> {
  const { remove } = machine;
  if (remove === undefined) return;
  if (remove.on === undefined) return await here('remove', remove);
  await there('remove', remove, machine, await ways(options));
}
