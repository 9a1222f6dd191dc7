export {
  type Attempt,
  type Measured,
  type Measurements,
  type Moment,
  measure,
  NOTHING_MEASURED,
  stretch,
} from './condition.ts';
export { GATE_STATES, type GateState, STEP_STATES, type StepState } from './core.ts';
export { isRevocable, type Measurable, type Missing, measurable, missing } from './gate-status.ts';
export { anyone, expiryOf, mayApprove } from './gates.ts';
export { ANY_NODE, type Block, blocks, type Lane, lanes } from './lanes.ts';
export { DEFAULT_LIMITS, type Limit, limitOf, READ } from './limits.ts';
export { type Outcome, outcome, type WhyNot, whyNot } from './outcome.ts';
export { type Ending, type Played, play, type Script } from './play.ts';
export { Queue } from './queue.ts';
export { type Blocked, type Decision, ready } from './ready.ts';
export {
  criticalPath,
  type Durations,
  estimated,
  type Path,
  type Remaining,
  remaining,
  remembered,
  workOf,
} from './remaining.ts';
export { inShort, shownAt } from './shown.ts';
export { answered, silent } from './silence.ts';
export { begin, fold, foldAll, type RunState } from './state.ts';
export {
  type Counts,
  counts,
  failures,
  type GateStatus,
  gateStatus,
  type RunStatus,
  running,
  runStatus,
  type StepStatus,
  stepStatus,
  stranded,
} from './status.ts';
