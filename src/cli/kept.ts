import { Command } from 'commander';
import { type KeptFolder, keptFolders, readKeptFolders } from '../drivers/kept.ts';
import { EXIT, WindlassError } from '../model/error.ts';
import { shortHash } from '../model/hash.ts';
import { makeClear } from '../plan/drop.ts';
import { openJournal } from '../run/index.ts';
import { type ClusterOptions, clusterOptions, openCluster, readFacts, stateDir } from './context.ts';
import { print, tell } from './print.ts';
import { carryOut } from './run.ts';
import { type KnownRun, knownRuns, notOver, raises } from './runs.ts';

interface KeptOptions extends ClusterOptions {
  readonly drop?: boolean;
  readonly all?: boolean;
  readonly yes?: boolean;
}

/** What a folder is to its operator: `needed` is never removed, `last` and `unknown` only when all is asked for. */
export type Standing = 'needed' | 'last' | 'unknown' | 'used' | 'earlier';

/** A folder on a node, and whose it is. */
export interface Kept extends KeptFolder {
  readonly node: string;
  readonly standing: Standing;
  /** The run that kept it, where this state folder knows it. */
  readonly run?: string;
}

const WORDS: Readonly<Record<Standing, string>> = {
  needed: 'the way back of a run that is not over',
  last: 'the way back of the last run',
  unknown: 'of no run that this state folder knows',
  used: 'a way back has used it',
  earlier: 'of an earlier run',
};

/** The runs that may have kept something, oldest first, and by what their folders are named. */
const keepers = (runs: readonly KnownRun[]) =>
  runs
    .filter(({ plan, events }) => raises(plan) && events.length > 0)
    .map((run) => ({ run, mark: shortHash(run.plan.facts) }));

/** Whose a folder is, as the journal tells it. Two runs of the same facts share one: it is the newer one's. */
export function standingOf(folder: KeptFolder, runs: readonly KnownRun[]): Pick<Kept, 'standing' | 'run'> {
  const all = keepers(runs);
  const its = all.findLast(({ mark }) => mark === folder.mark)?.run;
  if (folder.used) return { standing: 'used', ...(its ? { run: its.row.run } : {}) };
  if (its === undefined) return { standing: 'unknown' };
  const { run } = its.row;
  if (notOver(runs, its)) return { standing: 'needed', run };
  return { standing: all.at(-1)?.run === its ? 'last' : 'earlier', run };
}

/** What may go: what was used and what earlier runs kept; with `all` everything but the way back of a run that is not over. */
export const goes = ({ standing }: Pick<Kept, 'standing'>, all: boolean): boolean =>
  standing === 'used' || standing === 'earlier' || (all && standing !== 'needed');

/** Asks every node what lies there. Throws WL-KEPT-SILENT. */
async function ask(options: KeptOptions, runs: readonly KnownRun[]): Promise<Kept[]> {
  const { cluster, links } = await openCluster(options);
  try {
    const seen = await Promise.all(
      Object.keys(cluster.nodes).map(async (node) => {
        const folders = readKeptFolders(await links.link(node).look(keptFolders));
        if (folders === undefined) {
          throw new WindlassError({
            code: 'WL-KEPT-SILENT',
            message: `${node} does not say what is kept there`,
            remedy: 'bring it to an answer first: windlass discover',
            node,
          });
        }
        return folders.map((folder): Kept => ({ node, ...folder, ...standingOf(folder, runs) }));
      }),
    );
    return seen.flat();
  } finally {
    await links.close();
  }
}

function words(all: readonly Kept[]): string {
  if (all.length === 0) return 'nothing is kept on any node';
  const line = ({ node, path, mb, at, standing, run }: Kept): string =>
    `${node}: ${path}  ${mb} MB  ${new Date(at * 1000).toISOString().slice(0, 16).replace('T', ' ')}  ${WORDS[standing]}${run ? ` (${run})` : ''}`;
  const sum = all.reduce((mb, one) => mb + one.mb, 0);
  return [...all.map(line), `${all.length} folders, ${sum} MB in all`].join('\n');
}

/** `windlass kept`: exit 1 where a node does not answer, 2 where nothing that lies there is of a run that is known. */
export function keptCommand(): Command {
  return clusterOptions(
    new Command('kept').description(
      'show the dumps, packages and files that runs kept on nodes; give their room back',
    ),
  )
    .option('--drop', 'remove what earlier runs kept, and what a way back has used')
    .option('--all', 'with --drop: also what the last run kept; from then on there is no way back from it')
    .option('--yes', 'with --drop: do it')
    .addHelpText('after', '\nExamples:\n  windlass kept\n  windlass kept --drop --yes')
    .action(async (options: KeptOptions) => {
      const journal = openJournal(stateDir(options).journal);
      const runs = await knownRuns(journal).finally(() => journal.close());
      const found = await ask(options, runs);
      const going = found.filter((one) => goes(one, options.all === true));
      if (!options.drop || !options.yes) {
        const shown = options.drop ? going : found;
        print(options.json ? JSON.stringify(shown, null, 2) : words(shown));
        if (options.drop && going.length > 0)
          tell(
            `to remove them: windlass kept --drop ${options.all ? '--all ' : ''}--yes; nothing brings them back`,
          );
        return;
      }
      if (going.length === 0) {
        tell(
          found.length === 0
            ? 'nothing is kept on any node'
            : 'nothing to remove: what is there is a way back that may be needed (--all takes more)',
        );
        return;
      }
      const last = keepers(runs).at(-1)?.run;
      if (last === undefined) {
        throw new WindlassError(
          {
            code: 'WL-KEPT-UNKNOWN',
            message: 'no run of this state folder kept what lies on the nodes',
            remedy: 'name the state folder of the runs with --state',
          },
          EXIT.usage,
        );
      }
      const nodes = [...new Set(going.map(({ node }) => node))];
      const plan = makeClear(
        { run: last.row.run, plan: last.plan },
        nodes.map((node) => ({ node, folders: going.filter((one) => one.node === node) })),
      );
      const facts = readFacts(stateDir(options).factsOf(last.plan));
      process.exitCode = await carryOut(plan, { ...options, watch: false }, 'run', facts);
    });
}
