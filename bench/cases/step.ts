// The orchestrator's own time: between the end of a step and the start of the next, and per step of a large run.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { planId } from '../../src/model/hash.ts';
import type { Plan } from '../../src/model/plan.ts';
import { type Clock, openJournal, runPlan, wallClock } from '../../src/run/index.ts';
import { rehearse, SimulatedCluster, simulatedKinds, syntheticPlan } from '../../src/sim/index.ts';
import { figure, peak, tell, timed } from '../measure.ts';

/** One node's steps in a row, each done as soon as it is handed over. */
function chain(length: number): Plan {
  const { id: _, ...made } = syntheticPlan({ nodes: 1, controllers: 1, services: [] });
  const [sample] = made.steps;
  if (!sample) throw new Error('no step to take as a sample');
  const steps = Array.from({ length }, (_, place) => {
    const id = `ctl1/step-${place}/do`;
    return {
      ...sample,
      id,
      needs: place === 0 ? [] : [`ctl1/step-${place - 1}/do`],
      commands: [['windlass-sim', 'apply', id]],
      looks: { state: { argv: ['windlass-sim', 'state', id] } },
      estimate: 0,
    };
  });
  const body = { ...made, steps, gates: [] };
  return { id: planId(body), ...body };
}

const fine: Clock = { now: () => performance.timeOrigin + performance.now(), sleep: wallClock.sleep };
const folder = mkdtempSync(join(tmpdir(), 'windlass-bench-'));
const gaps: number[] = [];
try {
  const plan = chain(200);
  const journal = openJournal(join(folder, 'journal'));
  await journal.create('bench', plan, 'bench', fine.now());
  const outcome = await runPlan({
    run: 'bench',
    plan,
    journal,
    links: new SimulatedCluster(plan, fine),
    clock: fine,
    io: { tell: () => undefined, ask: async ({ otherwise }) => otherwise },
    kinds: simulatedKinds,
    holder: { name: 'bench', host: 'bench', pid: process.pid },
    alive: () => true,
  });
  if (outcome.is !== 'finished') throw new Error(`the run is ${outcome.is}`);
  let ended: number | undefined;
  for (const { event } of await journal.read('bench')) {
    if (event.type === 'step.started' && ended !== undefined) gaps.push(event.at - ended);
    ended = event.type === 'step.finished' ? event.at : undefined;
  }
  await journal.close();
} finally {
  rmSync(folder, { recursive: true });
}

const large = syntheticPlan({ nodes: 1000 });
const whole: number[] = [];
for (let trial = 0; trial < 3; trial += 1) {
  whole.push(
    await timed(async () => {
      const { outcome, wrongs } = await rehearse(large);
      if (outcome.is !== 'finished' || wrongs.length > 0) throw new Error(`the rehearsal is ${outcome.is}`);
    }),
  );
}
tell([
  figure('between the end of a step and the start of the next (journal on disk)', 'ms', gaps),
  figure(`rehearse 1,000 nodes with the real dispatcher (${large.steps.length} steps)`, 'ms', whole),
  figure('  peak memory', 'MB', [peak()]),
  figure(
    '  per step of it, simulated nodes included',
    'ms',
    whole.map((ms) => ms / large.steps.length),
  ),
]);
