// A journal of 100,000 events: folded, and read back as a resume does; and what one durable event costs.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunEvent } from '../../src/model/event.ts';
import type { Plan } from '../../src/model/plan.ts';
import { openJournal } from '../../src/run/index.ts';
import { begin, counts, foldAll, ready } from '../../src/schedule/index.ts';
import { syntheticPlan } from '../../src/sim/plans.ts';
import { simulate } from '../../src/sim/simulate.ts';
import { figure, peak, tell, timed, trials } from '../measure.ts';

const EVENTS = 100_000;

/** As in a real run: every step is also handed to a node. */
function journalOf(plan: Plan): RunEvent[] {
  const node = new Map(plan.steps.map((step) => [step.id, step.on[0] ?? '']));
  const events = simulate(plan).events.flatMap((event): RunEvent[] =>
    event.type === 'step.started'
      ? [
          event,
          {
            type: 'step.applied',
            at: event.at,
            step: event.step,
            node: node.get(event.step) ?? '',
            unit: 'u',
          },
        ]
      : [event],
  );
  return events.slice(0, EVENTS);
}

const plan = syntheticPlan({ nodes: 4250 });
const events = journalOf(plan);
if (events.length !== EVENTS) throw new Error(`only ${events.length} events`);
const folds = await trials(5, () => foldAll(begin(plan), events));

const folder = mkdtempSync(join(tmpdir(), 'windlass-bench-'));
try {
  const disk = openJournal(join(folder, 'journal'));
  await disk.create('bench', plan, 'bench', 0);
  const appends: number[] = [];
  for (const event of events.slice(0, 1000)) appends.push(await timed(() => disk.append('bench', event)));
  await disk.close();

  // Read back from memory: the pages of a file that was just written are there too.
  const journal = openJournal(':memory:');
  await journal.create('bench', plan, 'bench', 0);
  for (const event of events) await journal.append('bench', event);
  const resumes = await trials(5, async () => {
    const read = (await journal.read('bench')).map(({ event }) => event);
    const state = foldAll(begin(await journal.plan('bench')), read);
    if (counts(state).finished === 0 || ready(state, 0).start.length > EVENTS) throw new Error('not folded');
  });
  await journal.close();
  tell([
    figure(
      `fold ${EVENTS.toLocaleString('en')} events (plan of ${plan.steps.length} steps, compiled)`,
      'ms',
      folds,
    ),
    figure(
      `resume from ${EVENTS.toLocaleString('en')} events: read plan and journal, parse, fold`,
      'ms',
      resumes,
    ),
    figure('  peak memory of all this, two copies of plan and journal included', 'MB', [peak()]),
    figure('append one event, on disk for good', 'ms', appends),
  ]);
} finally {
  rmSync(folder, { recursive: true });
}
