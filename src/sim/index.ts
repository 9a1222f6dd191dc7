export { VirtualClock } from './clock.ts';
export { type Begun, SimulatedCluster } from './cluster.ts';
export { simulatedKinds } from './kinds.ts';
export { type Death, Life } from './mortal.ts';
export { forSimulation, SIMULATED, type Size, syntheticPlan } from './plans.ts';
export { type Random, seeded, seedOf } from './random.ts';
export { type Rehearsed, type RehearseOptions, rehearse } from './rehearse.ts';
export { type Mishaps, type Simulated, type SimulateOptions, simulate } from './simulate.ts';
export {
  allTroubles,
  noTrouble,
  passingTroubles,
  type Span,
  type Trouble,
  type Troubles,
} from './trouble.ts';
