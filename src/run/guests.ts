import type { FaultRecord, RunEvent } from '../model/event.ts';
import { guestTold } from '../model/guest-told.ts';
import type { GuestWatch, Plan, Step } from '../model/plan.ts';
import {
  answered,
  type Measurements,
  NOTHING_MEASURED,
  outcome,
  type RunState,
  silent,
  stepStatus,
} from '../schedule/index.ts';
import type { RunOptions } from './options.ts';

/** Milliseconds between two looks at what the watch keeps of guests. */
const EVERY = 5000;
/** Milliseconds before the work on a node in which an answer shows that its guest lived. */
const BEFORE = 60_000;
/** Milliseconds of samples read at once when an older answer is looked for. */
const CHUNK = 300_000;

export const GUEST_LOST = 'WL-GUEST-LOST';

/** Why the run stops over a guest. */
export interface Lost {
  readonly because: string;
  readonly fault: FaultRecord;
}

interface Work {
  /** When the first step on the node began. */
  readonly since: number;
  /** The step that runs there, or the one that ended there last. */
  readonly step: Step;
  readonly runs: boolean;
}

/**
 * Guests that must live while their nodes are worked on, by what the watch keeps of them. One counts once it has answered,
 * shortly before the work on its node or since; who resumes over a lost one goes on without it until it answers again.
 */
export class Guests {
  readonly #watch: GuestWatch | undefined;
  readonly #stops: boolean;
  readonly #measurements: RunOptions['measurements'];
  /** Steps that are work on a guest's node, by node. */
  readonly #steps: ReadonlyMap<string, readonly Step[]>;
  /** Where the last word of a step has a guest. */
  readonly #host = new Map<string, string>();
  /** Shut off by us, so silent by right. */
  readonly #off = new Set<string>();
  /** From when on an answer counts, where that is not the work's beginning. */
  readonly #from = new Map<string, number>();
  /** Whether one was found to have answered; absent: not looked for yet. */
  readonly #lived = new Map<string, boolean>();
  #next = 0;

  constructor(plan: Plan, measurements: RunOptions['measurements']) {
    this.#watch = plan.guests;
    this.#stops = plan.policy.guests.stuck === 'stop';
    this.#measurements = measurements;
    const { phases = [] } = plan.guests ?? {};
    const work = plan.guests ? plan.steps.filter(({ phase }) => phases.includes(phase)) : [];
    this.#steps = Map.groupBy(work, ({ id }) => nodeOf(id));
  }

  /** Takes in what the journal tells of guests. */
  note(event: RunEvent): void {
    if (this.#watch === undefined) return;
    if (event.type === 'run.halted' && event.fault?.code === GUEST_LOST) {
      for (const guest of Object.keys(this.#watch.probes)) this.#anew(guest, event.at);
    }
    if (event.type !== 'step.finished') return;
    for (const line of event.told ?? []) {
      const told = guestTold(line);
      if (told === undefined) continue;
      if (told.what === 'shut off') this.#off.add(told.name);
      if (told.what === 'started') {
        this.#off.delete(told.name);
        this.#anew(told.name, event.at);
      }
      this.#host.set(told.name, told.to ?? told.on);
    }
  }

  /** The guest over which the run must stop now, asked while it could go on; undefined where every one lives. */
  lost(state: RunState, now: number): Lost | undefined {
    const watch = this.#watch;
    if (watch === undefined || this.#measurements === undefined || now < this.#next) return undefined;
    if (!['running', 'waiting-at-gate'].includes(outcome(state))) return undefined;
    this.#next = now + EVERY;
    if (this.#over(state)) return undefined;
    const gone = Object.entries(watch.probes).flatMap(([guest, node]) => {
      const work = this.#workOver(guest, node, state);
      return work && this.#isLost(guest, work, now) ? [{ guest, node, work }] : [];
    });
    const [first] = gone;
    return first && lostWords({ ...first, host: this.#host.get(first.guest) }, gone, watch.silence);
  }

  #anew(guest: string, at: number): void {
    this.#from.set(guest, at);
    this.#lived.delete(guest);
  }

  #over(state: RunState): boolean {
    for (const steps of this.#steps.values())
      if (steps.some(({ id }) => stepStatus(state, id).is !== 'finished')) return false;
    return true;
  }

  /** The work that can have cut a guest off: on its own node first, then on the one it was moved to. */
  #workOver(guest: string, node: string, state: RunState): Work | undefined {
    const host = this.#host.get(guest);
    const now = [...this.#steps.keys()].find((name) => host === name || host?.startsWith(`${name}.`));
    for (const one of new Set([now ?? node, node])) {
      const work = this.#workOn(one, state);
      if (work) return work;
    }
    return undefined;
  }

  #workOn(node: string, state: RunState): Work | undefined {
    const begun = (this.#steps.get(node) ?? []).flatMap((step) => {
      const track = stepStatus(state, step.id);
      return track.startedAt === undefined ? [] : [{ step, ...track, startedAt: track.startedAt }];
    });
    const last = begun.find(({ is }) => is === 'running' || is === 'waiting') ?? newest(begun);
    if (last === undefined) return undefined;
    const since = Math.min(...begun.map(({ startedAt }) => startedAt));
    return { since, step: last.step, runs: last.is === 'running' || last.is === 'waiting' };
  }

  #isLost(guest: string, { since, step, runs }: Work, now: number): boolean {
    if (this.#off.has(guest)) return false;
    // It may be one that is shut off right now: the step tells at its end.
    if (this.#stops && runs && step.kind === 'guests.move') return false;
    const { silence } = this.#watch ?? { silence: 0 };
    const from = Math.max(this.#from.get(guest) ?? 0, since - BEFORE);
    const seen = this.#read(guest, Math.max(from, now - silence * 1000), now);
    if (answered(guest, seen, from)) {
      this.#lived.set(guest, true);
      return false;
    }
    if (!silent(guest, silence, seen, now)) return false;
    const lived = this.#lived.get(guest) ?? this.#livedBefore(guest, from, now);
    this.#lived.set(guest, lived);
    return lived;
  }

  /** Looks back for an answer, the newest stretch first: most often there is one close by. */
  #livedBefore(guest: string, from: number, now: number): boolean {
    for (let to = now; to > from; to -= CHUNK) {
      if (answered(guest, this.#read(guest, Math.max(from, to - CHUNK), to), from)) return true;
    }
    return false;
  }

  #read(guest: string, from: number, to: number): Measurements {
    const asked = { kind: 'alive' as const, minutes: (to - from) / 60_000, probes: [guest] };
    return this.#measurements?.(asked, { now: to, openedAt: from }) ?? NOTHING_MEASURED;
  }
}

const nodeOf = (id: string): string => id.split('/')[0] ?? id;

function newest<T extends { readonly endedAt?: number }>(steps: readonly T[]): T | undefined {
  return steps.reduce<T | undefined>(
    (last, one) => ((one.endedAt ?? 0) >= (last?.endedAt ?? 0) ? one : last),
    undefined,
  );
}

function lostWords(
  { guest, node, host, work }: { guest: string; node: string; host: string | undefined; work: Work },
  all: readonly { readonly guest: string }[],
  silence: number,
): Lost {
  const { step, runs } = work;
  const moved = host === undefined || host === node ? '' : ` (it was on ${node} before)`;
  const others = all.slice(1).map((one) => one.guest);
  const more = others.length === 0 ? '' : `; nor have ${others.join(', ')}`;
  const because = `guest ${guest} on ${host ?? node}${moved} has not answered for ${silence} s; ${step.id} ${runs ? 'is under way' : 'was the last step there'}${more}`;
  return {
    because,
    fault: {
      code: GUEST_LOST,
      message: because,
      remedy:
        'See on its host why it is cut off: its agent, its port, its process. `windlass resume` goes on, and does not stop over it again before it has answered.',
      node: nodeOf(step.id),
      step: step.id,
    },
  };
}
