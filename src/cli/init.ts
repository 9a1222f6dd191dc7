import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { findDistribution } from '../catalog/distributions.ts';
import { EXIT, WindlassError } from '../model/error.ts';
import { parseCluster } from './cluster-file.ts';
import {
  type FirstCluster,
  type FirstNode,
  firstCluster,
  readNode,
  USUAL_SERVICES,
} from './first-cluster.ts';
import { print, tell } from './print.ts';

interface InitOptions {
  readonly name?: string;
  readonly os?: string;
  readonly openstack?: string;
  readonly user: string;
  readonly node?: readonly FirstNode[];
  readonly vip?: FirstCluster['vips'];
  readonly services: readonly string[];
  readonly json?: boolean;
}

/** Asks a person for one thing; undefined when they said nothing. */
export type Ask = (question: string) => Promise<string | undefined>;

function missing(what: string, flag: string): WindlassError {
  return new WindlassError(
    {
      code: 'WL-INIT-MISSING',
      message: `no ${what} was said, and there is nobody to ask`,
      remedy: `say it: windlass init ${flag}`,
    },
    EXIT.usage,
  );
}

async function nodesFrom(ask: Ask): Promise<FirstNode[]> {
  const nodes: FirstNode[] = [];
  for (;;) {
    const word = await ask(`node ${nodes.length + 1} as name=address[,role…], empty when that is all`);
    if (word === undefined) return nodes;
    const node = readNode(word);
    if (node) nodes.push(node);
    else tell(`'${word}' is not like ctl1=192.0.2.11 or cmp1=192.0.2.31,compute`);
  }
}

/** What was said by flags, and the rest asked where there is someone to ask. Throws WL-INIT-MISSING. */
export async function gather(options: InitOptions, ask?: Ask): Promise<FirstCluster> {
  const name = options.name ?? (await ask?.('name of the cluster'));
  if (name === undefined) throw missing('name', '--name prod');
  const os = options.os ?? (await ask?.('operating system of its nodes, as debian/bookworm'));
  if (os === undefined) throw missing('operating system', '--os debian/bookworm');
  const ships = findDistribution(os)?.openstack;
  const openstack =
    options.openstack ??
    (await ask?.(`OpenStack release${ships === undefined ? '' : ` (${os} ships ${ships})`}`)) ??
    ships;
  if (openstack === undefined) throw missing('OpenStack release', '--openstack zed');
  const nodes = options.node ?? (ask ? await nodesFrom(ask) : []);
  if (nodes.length === 0) throw missing('node', '--node ctl1=192.0.2.11');
  return {
    name,
    os,
    openstack,
    nodes,
    user: options.user,
    vips: options.vip ?? [],
    services: options.services,
  };
}

/** Parses the text as every command will, then writes it. Never over a file that is there: WL-INIT-EXISTS. */
export function writeFirst(path: string, text: string): void {
  parseCluster(text, path);
  try {
    writeFileSync(path, text, { flag: 'wx', mode: 0o644 });
  } catch (cause) {
    const exists = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
    throw new WindlassError(
      exists
        ? {
            code: 'WL-INIT-EXISTS',
            message: `${path} is there already and is not written over`,
            remedy: 'name another file, or edit this one: windlass check tells what is wrong with it',
          }
        : {
            code: 'WL-INIT-WRITE',
            message: `${path} cannot be written: ${String(cause)}`,
            remedy: 'name a file in a folder you may write to',
          },
      EXIT.usage,
      { cause },
    );
  }
}

function node(word: string, before: readonly FirstNode[] = []): readonly FirstNode[] {
  const read = readNode(word);
  if (!read) throw new InvalidArgumentError('It must be like ctl1=192.0.2.11 or cmp1=192.0.2.31,compute.');
  return [...before, read];
}

function vip(word: string, before: FirstCluster['vips'] = []): FirstCluster['vips'] {
  const [name = '', address = '', ...rest] = word.split('=');
  if (name === '' || address === '' || rest.length > 0) {
    throw new InvalidArgumentError('It must be like openstack-api-vip=192.0.2.10.');
  }
  return [...before, { name, address }];
}

const words = (text: string): readonly string[] =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');

/** `windlass init`: asks only where a person sits at a terminal. */
export function initCommand(): Command {
  return new Command('init')
    .description('write a first cluster file that explains itself; never over one that is there')
    .argument('[file]', 'where it goes', 'cluster.yaml')
    .option('--name <name>', 'name of the cluster')
    .option('--os <distribution>', 'where its nodes stand, as debian/bookworm')
    .option(
      '--openstack <release>',
      'where it stands, by number or code name (default: what the system ships)',
    )
    .option('--node <name=address>', 'a node, with its roles after commas; repeat it for each', node)
    .option('--vip <name=address>', 'an address that moves between the controllers; repeat it', vip)
    .addOption(
      new Option('--services <list>', 'services on the controllers')
        .argParser(words)
        .default(USUAL_SERVICES, USUAL_SERVICES.join(',')),
    )
    .option('--user <name>', 'who logs in by SSH', 'root')
    .option('--json', 'print JSON for programs')
    .addHelpText(
      'after',
      '\nExample:\n  windlass init --name prod --os debian/bookworm --node ctl1=192.0.2.11 --node cmp1=192.0.2.31,compute',
    )
    .action(async (file: string, options: InitOptions) => {
      const person = process.stdin.isTTY === true && process.stderr.isTTY === true;
      const lines = person ? createInterface({ input: process.stdin, output: process.stderr }) : undefined;
      try {
        const ask: Ask | undefined =
          lines && (async (question) => (await lines.question(`${question}: `)).trim() || undefined);
        const text = firstCluster(await gather(options, ask));
        writeFirst(file, text);
      } finally {
        lines?.close();
      }
      if (options.json) print(JSON.stringify({ file }));
      else print(`${file} written; read it, then: windlass check --cluster ${file}`);
    });
}
