import { Command } from 'commander';
import type { Look } from '../model/command.ts';
import { EXIT, WindlassError } from '../model/error.ts';
import { makeDrop } from '../plan/drop.ts';
import { begunDisks, keptAs } from '../plan/rollback/disks.ts';
import { type Past, pastOf } from '../plan/rollback/past.ts';
import { openJournal } from '../run/index.ts';
import { diskHas } from '../steps/disk.ts';
import { type ClusterOptions, clusterOptions, openCluster, readFacts, stateDir } from './context.ts';
import { print, tell } from './print.ts';
import { carryOut } from './run.ts';
import { type KnownRun, knownRuns, notOver, raises } from './runs.ts';

interface DisksOptions extends ClusterOptions {
  readonly drop?: boolean;
  readonly yes?: boolean;
}

interface KeptDisk {
  readonly node: string;
  readonly id: string;
  readonly on: string;
  /** What its provider says now; undefined where it gives no answer. */
  readonly kept: boolean | undefined;
}

function refuse(code: `WL-${string}`, message: string, remedy: string): never {
  throw new WindlassError({ code, message, remedy }, EXIT.usage);
}

/** The newest run that kept disks, and whether they are still a way back that somebody may need. */
async function newest(options: DisksOptions): Promise<{ run: KnownRun; past: Past; needed: boolean }> {
  const journal = openJournal(stateDir(options).journal);
  try {
    const runs = await knownRuns(journal);
    const all = runs.filter(({ plan }) => raises(plan));
    for (const run of all.toReversed()) {
      const past = pastOf(run.row.run, run.plan, run.events);
      if (begunDisks(past).length === 0) continue;
      return { run, past, needed: notOver(runs, run) };
    }
  } finally {
    await journal.close();
  }
  return refuse(
    'WL-DISKS-NONE',
    'no run of this cluster kept disks',
    'say who keeps them: `disks:` in the cluster file (docs/rollback.md)',
  );
}

/** Asks each provider whether it has what the journal says it kept. */
async function ask(options: DisksOptions, past: Past): Promise<KeptDisk[]> {
  const { links } = await openCluster(options);
  try {
    return await Promise.all(
      begunDisks(past).flatMap((node) => {
        const step = keptAs(past, node);
        const [on] = step?.on ?? [];
        if (step === undefined || on === undefined) return [];
        const disk = diskHas.params.parse(step.params);
        const looks: Readonly<Record<string, Look>> = diskHas.looks(disk);
        const asked = Object.entries(looks).map(async ([name, look]) => [
          name,
          await links.link(on).look(look),
        ]);
        return [
          Promise.all(asked).then((seen): KeptDisk => {
            const { is } = diskHas.judge(disk, Object.fromEntries(seen));
            return {
              node,
              id: disk.id,
              on,
              kept: is === 'done' ? true : is === 'refuse' ? false : undefined,
            };
          }),
        ];
      }),
    );
  } finally {
    await links.close();
  }
}

const words = ({ node, id, on, kept }: KeptDisk): string =>
  `${node}: ${kept === true ? 'kept' : kept === false ? 'not kept' : 'no answer'} as ${id} (asked of ${on})`;

/** `windlass disks`: exit 2 where no run kept any, or where they are still needed and are to be dropped. */
export function disksCommand(): Command {
  return clusterOptions(
    new Command('disks').description('show the disks that the last run kept; give their room back'),
  )
    .option('--drop', 'give the room back that they take: from then on there is no way back over the system')
    .option('--yes', 'with --drop: do it')
    .addHelpText('after', '\nExamples:\n  windlass disks\n  windlass disks --drop --yes')
    .action(async (options: DisksOptions) => {
      const { run, past, needed } = await newest(options);
      if (!options.drop || !options.yes) {
        const kept = await ask(options, past);
        print(options.json ? JSON.stringify(kept, null, 2) : kept.map(words).join('\n'));
        if (options.drop) tell('to drop them: windlass disks --drop --yes; nothing brings back from there');
        return;
      }
      if (needed) {
        refuse(
          'WL-DISKS-NEEDED',
          `run ${run.row.run} is not over: its disks are the way back`,
          'finish it (windlass resume), or take the way back (windlass rollback)',
        );
      }
      const facts = readFacts(stateDir(options).factsOf(run.plan));
      process.exitCode = await carryOut(makeDrop(past), { ...options, watch: false }, 'run', facts);
    });
}
