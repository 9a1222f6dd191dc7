import { spawn } from 'node:child_process';
import { Command, InvalidArgumentError, Option } from 'commander';
import {
  BARE_SUITES,
  type BareSuite,
  type Lab,
  type LabRepo,
  type LabStatus,
  labAdd,
  labConfigure,
  labDiskDrop,
  labDiskHas,
  labDiskKeep,
  labDiskRemade,
  labDiskRemake,
  labDiskRestore,
  labDown,
  labHome,
  labRemove,
  labRepo,
  labRestore,
  labSnapshot,
  labStatus,
  labUp,
  listLabs,
  type NodeStatus,
  openLab,
  REPOS,
  sshArgv,
  TOPOLOGIES,
  verifyData,
} from '../lab/index.ts';
import { EXIT } from '../model/error.ts';

interface Json {
  readonly json?: boolean;
}

const print = (text: string): void => void process.stdout.write(`${text}\n`);
const tell = (message: string): void => void process.stderr.write(`${message}\n`);
const opened = (name: string): Lab => openLab(name, tell);

/** A lab's state as a table for people. */
function statusText(status: LabStatus): string {
  const row = (node: NodeStatus, note: readonly string[] = []): string[] => [
    node.name,
    node.address,
    node.running ? (node.reachable ? 'up' : 'no answer') : 'off',
    [node.os, ...note].join(', '),
  ];
  const beside = ['beside the cluster'];
  const rows = [...status.nodes.map((node) => row(node)), ...status.bare.map((node) => row(node, beside))];
  const health = status.health.map((one) => [one.ok ? 'ok' : 'BAD', one.name, one.detail]);
  return [
    `${status.name} (${status.topology}), cluster file ${status.clusterFile}`,
    ...columns(rows),
    ...columns(health),
  ].join('\n');
}

function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    `  ${row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('  ')}`.trimEnd(),
  );
}

/** A repository for people: where it is, what it could not have, and what a node needs to use it. */
function repoText(repo: LabRepo): string {
  const left = repo.left.filter((one) => one.service);
  return [
    repo.folder,
    `  ${repo.packages.length} packages, ${(repo.bytes / 1e6).toFixed(1)} MB, ${repo.built ? `built in ${repo.seconds} s` : 'nothing new'}`,
    ...left.map((one) => `  without ${[one.name, one.version].filter(Boolean).join(' ')}: ${one.reason}`),
    ...repo.gone.map((name) => `  pushes out ${name}`),
    `  key ${repo.keyFile}`,
    '',
    repo.sources.trimEnd(),
  ].join('\n');
}

/** The last number of an address. */
function hostNumber(word: string): number {
  if (/^\d{1,3}$/.test(word)) return Number(word);
  throw new InvalidArgumentError('a number is needed, as 91');
}

const NAME = 'name of the lab; the topology’s own if not given another one';

/** `windlass lab disk`: one node's disk, in the words that a cluster file's `disks: {provider: command}` wants. */
function diskCommand(): Command {
  const disk = new Command('disk').description('keep one node’s disk, and put it back');
  const verb = (
    name: string,
    says: string,
    act: (lab: Lab, node: string, id: string) => Promise<void> | void,
  ) =>
    disk
      .command(name)
      .description(says)
      .argument('<name>', NAME)
      .argument('<node>', 'the node')
      .argument('<disk>', 'what it is kept as')
      .addHelpText('after', `\nExample:\n  windlass lab disk ${name} ha3 ctl1 before`)
      .action(async (lab: string, node: string, id: string) => act(opened(lab), node, id));
  verb('keep', 'shut a node down, keep its disk as it is, and boot it', labDiskKeep);
  verb('has', 'say by the exit code whether a node’s disk is kept: 0 is yes, 1 is no', (one, node, id) => {
    if (!labDiskHas(one, node, id)) process.exitCode = EXIT.failed;
  });
  disk
    .command('remake')
    .description('boot a node as a freshly installed host in its place; its old disk must be kept')
    .argument('<name>', NAME)
    .argument('<node>', 'the node')
    .argument('<disk>', 'what its old disk is kept as')
    .addOption(new Option('--os <suite>', 'its system').choices([...BARE_SUITES]).makeOptionMandatory())
    .addHelpText('after', '\nExample:\n  windlass lab disk remake --os trixie ha3 ctl1 before')
    .action(async (name: string, node: string, id: string, { os }: { os: BareSuite }) =>
      labDiskRemake(opened(name), node, id, os),
    );
  verb(
    'remade',
    'say by the exit code whether a node stands on a disk made since: 0 is yes, 1 is no',
    (one, node, id) => {
      if (!labDiskRemade(one, node, id)) process.exitCode = EXIT.failed;
    },
  );
  verb(
    'restore',
    'put a node’s disk back as it was kept, and boot it; what it wrote since is lost',
    labDiskRestore,
  );
  verb('drop', 'forget a kept disk', labDiskDrop);
  return disk;
}

/** `windlass lab`: real clusters on this machine, for tests and for training. */
export function labCommand(): Command {
  const lab = new Command('lab')
    .enablePositionalOptions()
    .description('make real clusters on this machine, to test and to train on');

  lab
    .command('up')
    .description('make a lab stand, or repair one that stands')
    .argument(
      '<topology>',
      `one of: ${Object.keys(TOPOLOGIES).join(', ')}; or a lab that was made, by its name`,
    )
    .option('--name <name>', NAME)
    .option('--fresh', 'build it anew instead of taking the kept copy')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nExample:\n  windlass lab up ha3')
    .action(async (topology: string, options: Json & { name?: string; fresh?: boolean }) => {
      const up = await labUp({ topology, ...options, io: tell });
      print(options.json === true ? JSON.stringify(up) : up.clusterFile);
    });

  lab
    .command('down')
    .description('shut a lab down and take it off this machine')
    .argument('<name>', NAME)
    .option('--purge', 'delete its folder too: disks, secrets, snapshots')
    .addHelpText('after', '\nExample:\n  windlass lab down ha3 --purge')
    .action((name: string, options: { purge?: boolean }) => labDown(opened(name), options));

  lab
    .command('status')
    .description('show nodes and the health of what runs on them')
    .argument('[name]', 'name of the lab; all labs if absent')
    .option('--json', 'print it as JSON')
    .addHelpText('after', '\nExample:\n  windlass lab status ha3')
    .action(async (name: string | undefined, options: Json) => {
      const names = name === undefined ? listLabs(labHome()) : [name];
      const all: LabStatus[] = [];
      for (const one of names) all.push(await labStatus(opened(one)));
      print(options.json === true ? JSON.stringify(all) : all.map(statusText).join('\n\n') || 'no labs');
      if (!all.every((one) => one.ok)) process.exitCode = EXIT.failed;
    });

  lab
    .command('snapshot')
    .description('keep the whole cluster as it is now, under a name')
    .argument('<name>', NAME)
    .argument('<snapshot>', 'name of the snapshot')
    .addHelpText('after', '\nExample:\n  windlass lab snapshot ha3 before-upgrade')
    .action((name: string, snapshot: string) => labSnapshot(opened(name), snapshot));

  lab
    .command('restore')
    .description('put the whole cluster back to a snapshot; what it wrote since is lost')
    .argument('<name>', NAME)
    .argument('<snapshot>', 'name of the snapshot')
    .addHelpText('after', '\nExample:\n  windlass lab restore ha3 before-upgrade')
    .action((name: string, snapshot: string) => labRestore(opened(name), snapshot));

  lab.addCommand(diskCommand());

  lab
    .command('configure')
    .description('install and configure what a node is to run, on whatever system it has; starts nothing')
    .argument('<name>', NAME)
    .argument('<node>', 'the node')
    .addHelpText('after', '\nExample:\n  windlass lab configure ha3 ctl1')
    .action(async (name: string, node: string) => labConfigure(opened(name), node));

  lab
    .command('verify')
    .description('read all data through the API address again and compare it with what the new cluster held')
    .argument('<name>', NAME)
    .option('--json', 'print it as JSON')
    .addHelpText('after', '\nExample:\n  windlass lab verify ha3')
    .action(async (name: string, options: Json) => {
      const proof = await verifyData(opened(name));
      const lines = proof.lines.map((line) =>
        line.ok ? `ok   ${line.name}` : `BAD  ${line.name}: expected ${line.expected}, found ${line.found}`,
      );
      print(options.json === true ? JSON.stringify(proof) : lines.join('\n'));
      if (!proof.ok) process.exitCode = EXIT.failed;
    });

  lab
    .command('shell')
    .description('log in to a node, or run one command on it')
    .argument('<name>', NAME)
    .argument('<node>', 'the node')
    .argument('[command...]', 'what to run there; a login shell if absent')
    .passThroughOptions()
    .addHelpText('after', '\nExample:\n  windlass lab shell ha3 ctl1 crm status')
    .action(async (name: string, node: string, given: string[]) => {
      // Commander passes a `--` on with the rest, and ssh would take it for an option of its own.
      const command = given[0] === '--' ? given.slice(1) : given;
      const [program = '', ...words] = sshArgv(opened(name).place, node, command);
      const child = spawn(program, words, { stdio: 'inherit' });
      process.exitCode = await new Promise<number>((resolve, reject) => {
        child.on('error', reject);
        child.on('exit', (code) => resolve(code ?? EXIT.failed));
      });
    });

  lab
    .command('add')
    .description('put a freshly installed Debian host beside a lab: on its network, in no cluster file')
    .argument('<name>', NAME)
    .argument('<node>', 'what the host is called')
    .addOption(new Option('--os <suite>', 'its system').choices([...BARE_SUITES]).makeOptionMandatory())
    .option(
      '--host <number>',
      'last number of its address; the first free one from 91 on if absent',
      hostNumber,
    )
    .option('--json', 'print it as JSON')
    .addHelpText('after', '\nExample:\n  windlass lab add cloud upg01 --os trixie')
    .action(async (name: string, node: string, options: Json & { os: BareSuite; host?: number }) => {
      const { os: suite, host } = options;
      const added = await labAdd(opened(name), {
        name: node,
        suite,
        ...(host === undefined ? {} : { host }),
      });
      print(options.json === true ? JSON.stringify(added) : added.address);
    });

  lab
    .command('remove')
    .description('take a host that was put beside a lab away, with all it holds')
    .argument('<name>', NAME)
    .argument('<node>', 'the host')
    .addHelpText('after', '\nExample:\n  windlass lab remove cloud upg01')
    .action((name: string, node: string) => labRemove(opened(name), node));

  lab
    .command('repo')
    .description('build a package repository of a newer OpenStack for an older Debian')
    .argument('<repo>', `one of: ${Object.keys(REPOS).join(', ')}`)
    .option('--json', 'print it as JSON')
    .addHelpText('after', '\nExample:\n  windlass lab repo epoxy-bookworm')
    .action(async (name: string, options: Json) => {
      const repo = await labRepo({ name, io: tell });
      print(options.json === true ? JSON.stringify(repo) : repoText(repo));
    });

  lab.enablePositionalOptions();
  return lab;
}
