import type { Fault } from '../model/error.ts';
import { type Blocked, failures, type RunState, runStatus } from '../schedule/index.ts';
import { recordedFault } from './faults.ts';
import type { RunOutcome } from './options.ts';

/** Why nothing more may start, in one sentence, and the faults behind it. */
export function halted(state: RunState, blocked: readonly Blocked[]): Extract<RunOutcome, { is: 'halted' }> {
  const failed = failures(state).map(({ step, fault }) => recordedFault(step, fault));
  const { fault } = runStatus(state);
  const faults = fault === undefined ? failed : [recordedFault(fault.step ?? '', fault), ...failed];
  return { is: 'halted', because: sentence(state, blocked, faults), faults };
}

function sentence(state: RunState, blocked: readonly Blocked[], faults: readonly Fault[]): string {
  const said = blocked.flatMap((each) => (each.why === 'halted' ? [each.because] : []));
  const [first] = faults;
  if (said.length > 0) return said.join('; ');
  if (first === undefined) return 'nothing that is left may start';
  const more = faults.length > 1 ? `, and ${faults.length - 1} more` : '';
  // Who said `continue` is told why it did not: the operator sleeps on what is tolerated, not on more.
  const { onFailure, tolerate } = state.plan.policy;
  const stops = blocked.some((each) => each.why === 'failed' && !each.tolerated);
  const limit =
    stops && onFailure === 'continue'
      ? `; more nodes have failed than the policy tolerates (${tolerate})`
      : '';
  return `${first.step} failed: ${first.message}${more}${limit}`;
}
