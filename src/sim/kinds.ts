import { z } from 'zod';
import type { StepKind } from '../steps/kind.ts';
import { defineStep } from '../steps/kind.ts';
import type { Kinds } from '../steps/registry.ts';
import { SIMULATED } from './plans.ts';

const step: StepKind<unknown> = defineStep({
  kind: SIMULATED,
  params: z.unknown(),
  // The plan carries what is run and asked; a simulated kind only reads the answer.
  commands: () => [],
  looks: () => ({}),
  judge: (_, { state }) =>
    state?.out === 'done'
      ? { is: 'done', because: 'the simulated node has it' }
      : { is: 'todo', because: `the simulated node says ${state?.out || state?.err || 'nothing'}` },
});

/** The registry for plans made of simulated steps. */
export const simulatedKinds: Kinds = {
  step: (kind) => {
    if (kind !== SIMULATED) throw new RangeError(`${kind} is not a simulated step: see forSimulation`);
    return step;
  },
  guard: (kind) => {
    throw new RangeError(`a simulated plan has no guards, but asks for ${kind}`);
  },
};
