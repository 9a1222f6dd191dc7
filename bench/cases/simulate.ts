// A whole run of 1,000 nodes over the scheduler alone, plan included.

import { syntheticPlan } from '../../src/sim/plans.ts';
import { simulate } from '../../src/sim/simulate.ts';
import { figure, peak, tell, trials } from '../measure.ts';

const plan = syntheticPlan({ nodes: 1000 });
const run = simulate(plan);
if (run.outcome !== 'finished') throw new Error(`the simulated run is ${run.outcome}`);
const memory = peak();
const times = await trials(7, () => simulate(plan));
tell([
  figure(`simulate a run of 1,000 nodes (${plan.steps.length} steps)`, 'ms', times),
  figure('  peak memory, plan made and run once, node itself included', 'MB', [memory]),
  figure('  length of that run', 'hours', [run.seconds / 3600]),
]);
