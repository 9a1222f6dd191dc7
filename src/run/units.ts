import type { RunEvent } from '../model/event.ts';

/**
 * Which units a run's steps were handed to: a fold of the journal. A unit's name never comes again, so that no
 * result of an earlier attempt can be taken for that of a later one.
 */
export class Units {
  readonly #attempts = new Map<string, number>();
  readonly #applied = new Map<string, string[]>();
  readonly #inHand = new Map<string, Map<string, string>>();

  note(event: RunEvent): void {
    if (event.type === 'step.started') {
      this.#attempts.set(event.step, event.attempt);
      this.#inHand.set(event.step, new Map());
    } else if (event.type === 'step.applied') {
      const key = `${event.step} ${event.node}`;
      this.#applied.set(key, [...(this.#applied.get(key) ?? []), event.unit]);
      this.#inHand.get(event.step)?.set(event.node, event.unit);
    } else if (event.type === 'step.finished' || event.type === 'step.failed') {
      this.#inHand.delete(event.step);
    }
  }

  /** The attempt last begun; 0 before the first. */
  attempts(step: string): number {
    return this.#attempts.get(step) ?? 0;
  }

  /** Units of an attempt whose end was not recorded, by node: a resume asks them first. */
  inHand(step: string): ReadonlyMap<string, string> {
    return this.#inHand.get(step) ?? new Map();
  }

  /** Every unit a node was ever given for a step, the last one last. */
  given(step: string, node: string): readonly string[] {
    return this.#applied.get(`${step} ${node}`) ?? [];
  }
}
