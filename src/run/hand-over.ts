import { createHash } from 'node:crypto';
import { WindlassError } from '../model/error.ts';
import type { Job, JobState } from '../model/link.ts';
import type { Step } from '../model/plan.ts';
import { redact } from './redact.ts';
import { patiently, Rhythm, type Waiting, type Work } from './work.ts';

/** How a node's job came to its end. */
export type Ended = Extract<JobState, { is: 'ended' | 'lost' | 'absent' }>;

/** How often a job that its node never began is handed over again. */
const HANDOVERS = 3;

/** `windlass-<run>-<step>-<number>`: short enough for systemd, and never the same twice in a run. */
export function unitName(run: string, step: string, number: number): string {
  return `windlass-${run}-${createHash('sha256').update(step).digest('hex').slice(0, 12)}-${number}`;
}

/** Hands the step's commands to a node's unit, after that was journaled, and follows it to its end. */
export async function handOver(step: Step, node: string, work: Work, waiting: Waiting): Promise<Ended> {
  const unit = unitName(work.run, step.id, work.units.given(step.id, node).length + 1);
  const commands = step.commands.map((argv, place) => {
    const input = step.inputs[String(place)];
    return input === undefined ? { argv } : { argv, input };
  });
  const job: Job = { unit, run: work.run, commands, timeout: step.timeout };
  await work.record({ type: 'step.applied', at: work.clock.now(), step: step.id, node, unit });
  for (const carry of step.carries ?? []) {
    await patiently(
      work,
      work.patience,
      () => work.carry(node, carry, step.timeout),
      (error) => waiting.say(error.message),
    );
  }
  for (let handover = 1; ; handover += 1) {
    await patiently(
      work,
      work.patience,
      () => work.start(node, job),
      (error) => waiting.say(error.message),
    );
    const ended = await follow(unit, node, work, waiting);
    if (ended.is !== 'absent') return ended;
    if (handover === HANDOVERS) {
      throw new WindlassError({
        code: 'WL-STEP-UNBEGUN',
        message: `${node} took the commands of ${step.id} ${HANDOVERS} times and never began them`,
        remedy: `See \`journalctl -u ${unit}\` on the node: is its disk full or read-only?`,
        node,
      });
    }
  }
}

/** Follows a unit until it no longer runs, over silences of the node that are shorter than patience. */
export async function follow(unit: string, node: string, work: Work, waiting: Waiting): Promise<Ended> {
  const rhythm = new Rhythm(100, 3000);
  for (;;) {
    const state = await patiently(
      work,
      work.patience,
      () => work.link(node).poll(unit, work.run),
      (error) => waiting.say(error.message),
    );
    if (state.is !== 'running') return state;
    if (state.waits !== undefined) await waiting.say(`${node}: ${redact(state.waits)}`);
    await rhythm.rest(work);
  }
}
