import type { Cluster, Node } from '../model/cluster.ts';
import type { Carry, Look, Seen } from '../model/command.ts';
import { LOCAL } from '../model/disks.ts';
import { WindlassError } from '../model/error.ts';
import {
  type Fence,
  type FenceAnswer,
  type Job,
  type JobState,
  LOOK_TIME,
  type NodeLink,
} from '../model/link.ts';
import { assertFolderName, fencedFault, readFence, readJobState } from './answers.ts';
import { type End, stream } from './carry.ts';
import { Channel, type Reply } from './channel.ts';
import { Fleet } from './fleet.ts';
import { Lane, Reach } from './lane.ts';
import { LocalLink } from './local.ts';
import { NODE_PATH, rootScript, rootShell, sshArgs, sshOptions } from './options.ts';
import {
  afterCarryScript,
  beatScript,
  beforeCarryScript,
  fenceScript,
  pollScript,
  releaseScript,
  SCRIPT,
  startScript,
} from './scripts.ts';
import { Turnstile } from './turnstile.ts';
import { isLasting, lostNode, unsureNode } from './words.ts';

/** Links to all nodes of a cluster, each opened when first used. */
export interface Links {
  readonly nodes: readonly string[];
  /** Throws WL-NODE-UNKNOWN for a name that is not in the cluster file. */
  link(node: string): NodeLink;
  /** As `NodeLinks.carry` in run/hold.ts. */
  carry(
    node: string,
    carry: Carry,
    fence: Fence,
    limits: { readonly timeout: number; readonly signal: AbortSignal },
  ): Promise<void>;
  close(): Promise<void>;
}

export interface LinkOptions {
  /** Where relative paths of the cluster file are read from; default the working directory. */
  readonly base?: string;
  /** Connections being opened at once. */
  readonly opening?: number;
  /** Living connections, all nodes together, above which idle ones are closed. */
  readonly live?: number;
  /** Channels per node for looks; jobs and signs of life have one of their own. */
  readonly looks?: number;
  /** Bytes of output a command may give. */
  readonly limit?: number;
  /** Where jobs keep their record that run where Windlass runs; without it nothing runs here. */
  readonly local?: string;
  /** The ssh program, the node's state folder and its search path: what tests without a real host change. */
  readonly program?: string;
  readonly folder?: string;
  readonly path?: string;
}

/** Seconds a node-side script may take; they only touch small files and ask systemd. */
const SCRIPT_TIME = 60;

/** Prepares links to the cluster's nodes; nothing is connected before it is used. */
export function openLinks(cluster: Cluster, options: LinkOptions = {}): Links {
  const turnstile = new Turnstile(options.opening ?? 12);
  const fleet = new Fleet(options.live ?? 256);
  const links = new Map(
    Object.entries(cluster.nodes).map(([name, node]) => [
      name,
      new SshLink(name, cluster, node, options, { turnstile, fleet }),
    ]),
  );
  const here = options.local === undefined ? undefined : new LocalLink(LOCAL, options.local);
  const named = (node: string): SshLink => {
    const link = links.get(node);
    if (link === undefined) {
      throw new WindlassError({
        code: 'WL-NODE-UNKNOWN',
        message: `no node is called ${node} in cluster ${cluster.cluster}`,
        remedy: 'Compare the plan with the cluster file: they are not of the same cluster.',
      });
    }
    return link;
  };
  return {
    nodes: [...links.keys(), ...(here === undefined ? [] : [LOCAL])],
    // A node that is called so is meant where there is one: what would run here is not planned then.
    link: (node) => (node === LOCAL && here !== undefined && !links.has(node) ? here : named(node)),
    carry: (node, carry, fence, limits) => named(node).bring(carry, named(carry.on), fence, limits),
    async close() {
      await Promise.all([...links.values()].map((link) => link.close()));
    },
  };
}

/** What all links of a cluster hold to together. */
interface Shared {
  readonly turnstile: Turnstile;
  readonly fleet: Fleet;
}

class SshLink implements NodeLink {
  readonly node: string;
  readonly #looks: Lane;
  readonly #jobs: Lane;
  readonly #folder: string;
  readonly #path: string;
  readonly #end: End;

  constructor(name: string, cluster: Cluster, node: Node, options: LinkOptions, shared: Shared) {
    this.node = name;
    this.#folder = options.folder ?? '/var/lib/windlass';
    this.#path = options.path ?? NODE_PATH;
    const shell = rootShell(this.#path);
    const dial = {
      node: name,
      address: node.address,
      program: options.program ?? 'ssh',
      args: sshArgs(sshOptions(cluster, node), node.address, shell, options.base ?? '.'),
      limit: options.limit ?? 8 * 1024 * 1024,
    };
    this.#end = {
      node: name,
      program: dial.program,
      args: (script) => [
        ...dial.args.slice(0, -1),
        script === undefined ? shell : rootScript(this.#path, script),
      ],
    };
    const reach = new Reach();
    const open = (): Promise<Channel> => shared.turnstile.pass(() => Channel.open(dial));
    this.#looks = new Lane(options.looks ?? 2, open, reach, shared.fleet);
    this.#jobs = new Lane(1, open, reach, shared.fleet);
  }

  async look(look: Look, timeout = LOOK_TIME): Promise<Seen> {
    const begun = performance.now();
    try {
      const input = look.input === undefined ? {} : { input: look.input };
      const reply = await this.#looks.run({ argv: look.argv, timeout, ...input }, true);
      const err = reply.err.toString('utf8');
      const expired = reply.rc === 124 && performance.now() - begun >= timeout * 1000;
      const out = reply.out.toString('utf8');
      if (!expired) return { rc: reply.rc, out, err };
      return { rc: reply.rc, out, err: `${err}\nwindlass: no answer within ${timeout} s`.trim(), late: true };
    } catch (error) {
      if (!(error instanceof WindlassError) || isLasting(error) || error.fault.code === 'WL-SSH-OUTPUT') {
        throw error;
      }
      return {
        rc: 255,
        out: '',
        err: [error.message, error.fault.output ?? ''].join('\n').trim(),
        lost: true,
      };
    }
  }

  async start(job: Job, fence: Fence): Promise<void> {
    assertFolderName(job.unit);
    assertFolderName(job.run);
    const reply = await this.#script(`start ${job.unit}`, startScript(job, fence, this.#folder, this.#path));
    if (reply.rc === SCRIPT.fenced) throw fencedFault(this.node, reply.out.toString('utf8'));
    if (reply.rc !== 0) throw this.#broken(`the job ${job.unit} could not be started`, reply);
  }

  async poll(unit: string, run: string): Promise<JobState> {
    assertFolderName(unit);
    assertFolderName(run);
    const reply = await this.#script(`poll ${unit}`, pollScript(unit, run, this.#folder));
    if (reply.rc !== 0) throw this.#broken(`the job ${unit} could not be asked about`, reply);
    return readJobState(reply.out.toString('utf8'));
  }

  async fence(fence: Fence, force: boolean): Promise<FenceAnswer> {
    assertFolderName(fence.run);
    const reply = await this.#script('fence', fenceScript(fence, force, this.#folder));
    if (reply.rc === 0) return { is: 'taken' };
    if (reply.rc !== SCRIPT.held) throw this.#broken('the fence could not be set', reply);
    return { is: 'held', ...readFence(reply.out.toString('utf8')) };
  }

  async beat(fence: Fence): Promise<void> {
    const reply = await this.#script('beat', beatScript(fence, this.#folder));
    if (reply.rc === SCRIPT.fenced) throw fencedFault(this.node, reply.out.toString('utf8'));
    if (reply.rc !== 0) throw this.#broken('the sign of life could not be given', reply);
  }

  async release(fence: Fence): Promise<void> {
    assertFolderName(fence.run);
    const reply = await this.#script('release', releaseScript(fence, this.#folder));
    if (reply.rc === SCRIPT.fenced) throw fencedFault(this.node, reply.out.toString('utf8'));
    if (reply.rc !== 0) throw this.#broken('what Windlass kept could not be removed', reply);
  }

  /** A file that another node's command writes, whole or not at all: it takes its place behind the fence. */
  async bring(
    carry: Carry,
    from: SshLink,
    fence: Fence,
    limits: { readonly timeout: number; readonly signal: AbortSignal },
  ): Promise<void> {
    const aside = `${carry.path}.windlass-part`;
    const fenced = async (what: string, script: string): Promise<void> => {
      const reply = await this.#script(what, script);
      if (reply.rc === SCRIPT.fenced) throw fencedFault(this.node, reply.out.toString('utf8'));
      if (reply.rc !== 0) throw this.#broken(what, reply);
    };
    await fenced('make room for a file', beforeCarryScript(carry.path, fence, this.#folder));
    await stream(from.#end, this.#end, { carry, aside, ...limits });
    await fenced('put a file in its place', afterCarryScript(aside, carry.path, fence, this.#folder));
  }

  async close(): Promise<void> {
    await Promise.all([this.#looks.close(), this.#jobs.close()]);
  }

  /** Every script may be sent twice: each looks at the node's own record under the lock before it does anything. */
  async #script(what: string, input: string): Promise<Reply> {
    try {
      const argv = ['/bin/sh', '/dev/stdin'];
      return await this.#jobs.run({ argv, input, timeout: SCRIPT_TIME }, true);
    } catch (error) {
      if (isLasting(error) || !(error instanceof WindlassError)) throw error;
      throw lostNode(this.node, what, error);
    }
  }

  /** The node answered, but not with an answer: `unsure` and a time-out pass by themselves. */
  #broken(what: string, reply: Reply): WindlassError {
    const output = reply.err.toString('utf8').trim().slice(-2000);
    if (reply.rc === SCRIPT.unsure || reply.rc === 124) return unsureNode(this.node, what, output);
    return new WindlassError({
      code: 'WL-NODE-STATE',
      message: `${this.node}: ${what} (exit code ${reply.rc})`,
      remedy: `Look at ${this.#folder} on the node: is its disk full or read-only, does systemd answer?`,
      node: this.node,
      output,
    });
  }
}
