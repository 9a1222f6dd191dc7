// An orchestrator in a process of its own, so that run.test.ts can kill it: cluster file, journal, run.
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { Cluster } from '../../src/model/cluster.ts';
import { exitOf, openJournal, runPlan, wallClock } from '../../src/run/index.ts';
import type { StepKind } from '../../src/steps/kind.ts';
import type { Kinds } from '../../src/steps/registry.ts';
import { openLinks } from '../../src/transport/index.ts';

const [file = '', journalFile = '', run = ''] = process.argv.slice(2);
const cluster = Cluster.parse(parse(readFileSync(file, 'utf8')));

/** Done when its mark exists; the plan holds the commands and the look. */
const mark: StepKind<unknown> = {
  kind: 'test.mark',
  params: z.unknown(),
  commands: () => [],
  looks: () => ({}),
  judge: (_, seen) =>
    seen.mark?.rc === 0 ? { is: 'done', because: 'the mark is there' } : { is: 'todo', because: 'no mark' },
};
const kinds: Kinds = {
  step: () => mark,
  guard: (name) => {
    throw new Error(`no guard ${name}`);
  },
};

const journal = openJournal(journalFile);
const links = openLinks(cluster, { base: dirname(file) });
const outcome = await runPlan({
  run,
  plan: await journal.plan(run),
  journal,
  links,
  clock: wallClock,
  io: { tell: () => undefined, ask: async (question) => question.otherwise },
  kinds,
  holder: { name: 'test', host: 'here', pid: process.pid },
  alive(pid) {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  },
});
await journal.close();
await links.close();
process.exitCode = exitOf(outcome);
