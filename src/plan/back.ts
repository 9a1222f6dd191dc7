import type { Checkpoint, Comeback, Gate, Plan, Step } from '../model/plan.ts';

/** Parts of a checkpoint a kind of step needs to come back; what no checkpoint holds is said in words. */
const NEEDS: readonly {
  readonly kind: RegExp;
  readonly holds: Checkpoint['holds'];
  readonly also?: string;
}[] = [
  { kind: /^database\./, holds: ['db'] },
  { kind: /^galera\./, holds: ['db'] },
];

/** What is left to do where nothing brings back. */
const INSTEAD: readonly {
  readonly kind: RegExp;
  readonly holds: Checkpoint['holds'];
  readonly says: string;
}[] = [
  {
    kind: /^(apt\.dist-upgrade|node\.reboot)$/,
    holds: ['etc'],
    says: 'the node installed anew with the old system',
  },
];

/** How one step comes back. */
export interface StepBack {
  readonly id: string;
  readonly title: string;
  readonly by: 'nothing' | 'undo' | 'restore' | 'never';
  /** The checkpoint whose restore it takes, where one was taken before it. */
  readonly checkpoint?: string;
  readonly needs: readonly string[];
}

export interface PhaseBack {
  readonly id: string;
  readonly title: string;
  /** The worst of its steps: what coming back to before it takes. */
  readonly by: StepBack['by'];
  readonly checkpoints: readonly string[];
  readonly steps: readonly StepBack[];
}

export interface WayBack {
  readonly phases: readonly PhaseBack[];
  /** From here on a restore is needed, and from here on there is no way back at all. */
  readonly firstRestore?: Mark;
  readonly firstIrreversible?: Mark;
}

export interface Mark {
  readonly step: StepBack;
  readonly phase: string;
  /** Gates a person passes before it. */
  readonly gates: readonly string[];
}

const ORDER: readonly StepBack['by'][] = ['nothing', 'undo', 'restore', 'never'];
const BY: Readonly<Record<Comeback, StepBack['by']>> = {
  reversible: 'undo',
  restore: 'restore',
  irreversible: 'never',
};

/** Everything a step needs, at whatever distance, and itself. */
function behind(plan: Plan): ReadonlyMap<string, ReadonlySet<string>> {
  const all = new Map<string, Set<string>>();
  for (const { id, needs } of plan.steps) {
    all.set(id, new Set([id, ...needs.flatMap((need) => [need, ...(all.get(need) ?? [])])]));
  }
  return all;
}

/** What a node's kept disk brings back whatever else is kept; of the first two kinds all controllers' disks are needed. */
const BY_DISK =
  /^(rabbitmq\.enable-flags|pacemaker\.upgrade-cib|apt\.|node\.(reboot|remake)|state\.|file\.remove|galera\.upgrade-tables)/;
const BY_ALL = /^(rabbitmq\.enable-flags|pacemaker\.upgrade-cib)$/;

/** Packages come from where the checkpoint kept them; where it did not, from whoever still has them. */
function packagesNeed({ kind }: Step, checkpoint: Checkpoint | undefined) {
  if (!/^(archive|apt)\./.test(kind)) return undefined;
  return checkpoint?.holds.includes('packages')
    ? { holds: ['packages', 'etc'] as const, also: undefined }
    : { holds: ['etc'] as const, also: "the old release's packages, from its archive" };
}

function needsOf(step: Step, checkpoint: Checkpoint | undefined): string[] {
  const instead =
    step.return === 'irreversible' ? INSTEAD.find(({ kind }) => kind.test(step.kind)) : undefined;
  if (step.return === 'irreversible' && !instead) return [];
  const known = NEEDS.find(({ kind }) => kind.test(step.kind)) ?? packagesNeed(step, checkpoint);
  const wanted = instead ? { holds: instead.holds, also: instead.says } : known;
  const holds = wanted?.holds ?? [];
  const lacks = holds.filter((part) => !checkpoint?.holds.includes(part));
  return [
    ...holds.filter((part) => !lacks.includes(part)).map((part) => `${part} of checkpoint ${checkpoint?.id}`),
    ...lacks.map((part) => `${part}, which no checkpoint before it holds`),
    ...(wanted?.also === undefined ? [] : [wanted.also]),
  ];
}

/**
 * How every step and phase of a plan comes back, and where the two points are from which less comes back than before. It
 * follows from what the steps say of themselves, and from the checkpoints that are surely taken before each.
 */
export function wayBack(plan: Plan): WayBack {
  const all = behind(plan);
  const before = (step: Step, id: string): boolean => all.get(step.id)?.has(id) ?? false;
  const back = (step: Step): StepBack => {
    const silent = step.commands.length === 0;
    const by = silent && step.return === 'reversible' ? 'nothing' : BY[step.return];
    const taken = plan.checkpoints.filter(({ after }) => after.every((id) => before(step, id)));
    const checkpoint = taken.findLast(({ node }) => node === undefined);
    const disks = taken.filter(
      ({ node }) =>
        node !== undefined && (BY_ALL.test(step.kind) || step.on.includes(node) || step.params.node === node),
    );
    const { id, title } = step;
    const [disk] = disks;
    if (by === 'restore' && disk !== undefined && BY_DISK.test(step.kind)) {
      const needs = disks.map((one) => `disk of checkpoint ${one.id}`);
      return { id, title, by, checkpoint: disk.id, needs };
    }
    if (by === 'restore') {
      return {
        id,
        title,
        by,
        ...(checkpoint ? { checkpoint: checkpoint.id } : {}),
        needs: needsOf(step, checkpoint),
      };
    }
    return { id, title, by, needs: by === 'never' ? needsOf(step, checkpoint) : [] };
  };
  const passed = (step: Step): Gate[] =>
    plan.gates.filter((gate) => gate.before.some((id) => before(step, id)));
  const first = (by: StepBack['by']): Mark | undefined => {
    const step = plan.steps.find((one) => back(one).by === by);
    return step && { step: back(step), phase: step.phase, gates: passed(step).map(({ id }) => id) };
  };
  const [restore, never] = [first('restore'), first('never')];
  return {
    phases: plan.phases.map(({ id, title }) => {
      const steps = plan.steps.filter(({ phase }) => phase === id).map(back);
      return {
        id,
        title,
        by: steps.reduce<StepBack['by']>(
          (worst, { by }) => (ORDER.indexOf(by) > ORDER.indexOf(worst) ? by : worst),
          'nothing',
        ),
        checkpoints: [...new Set(steps.flatMap(({ checkpoint }) => checkpoint ?? []))],
        steps,
      };
    }),
    ...(restore ? { firstRestore: restore } : {}),
    ...(never ? { firstIrreversible: never } : {}),
  };
}

const many = (count: number, what: string): string => `${count} ${what}`;

function phaseWords({ by, checkpoints, steps }: PhaseBack): string {
  const count = (one: StepBack['by']): number => steps.filter((step) => step.by === one).length;
  const words = [
    ...(count('undo') > 0 ? [many(count('undo'), 'by undo')] : []),
    ...(count('restore') > 0
      ? [
          many(
            count('restore'),
            `by a restore${checkpoints.length > 0 ? ` of checkpoint ${checkpoints.join(', ')}` : ', and no checkpoint is taken before'}`,
          ),
        ]
      : []),
    ...(count('never') > 0 ? [many(count('never'), 'not at all')] : []),
  ];
  return by === 'nothing' ? 'changes nothing' : words.join(', ');
}

const WORDS: Readonly<Record<StepBack['by'], string>> = {
  nothing: 'changes nothing',
  undo: 'undo',
  restore: 'restore',
  never: 'not at all',
};

function markWords(mark: Mark | undefined, what: string, otherwise: string): string[] {
  if (!mark) return [otherwise];
  const { step, gates } = mark;
  const instead = step.by === 'never' ? 'what there is in its place' : 'coming back from it needs';
  const needs = step.needs.length > 0 ? [`  ${instead}: ${step.needs.join('; ')}`] : [];
  const guarded =
    gates.length > 0
      ? `  it stands behind gate ${gates.join(', ')}`
      : '  no gate stands before it: whoever starts the run passes it';
  return [`${what}: ${step.title} (${step.id})`, ...needs, guarded];
}

/** The map as text: the two points first, then phase by phase; with `steps`, every step. */
export function showBack(plan: Plan, { steps = false }: { readonly steps?: boolean } = {}): string {
  const back = wayBack(plan);
  const lines = [
    `The way back of plan ${plan.id.slice(0, 19)} for ${plan.cluster}`,
    ...plan.checkpoints.map(
      ({ id, holds, after }) => `Checkpoint ${id} holds ${holds.join(', ')}, from ${after.join(', ')} on`,
    ),
    ...markWords(
      back.firstRestore,
      'Only a restore brings back from here on',
      'Nothing in it needs a restore',
    ),
    ...markWords(
      back.firstIrreversible,
      'Nothing brings back from here on',
      'Everything in it can be brought back',
    ),
    '',
    ...back.phases.flatMap((phase) => [
      `${phase.title}: ${phaseWords(phase)}`,
      ...(steps
        ? phase.steps.map(
            ({ id, by, needs }) => `  ${id}: ${WORDS[by]}${needs.length > 0 ? ` (${needs.join('; ')})` : ''}`,
          )
        : []),
    ]),
  ];
  return `${lines.join('\n')}\n`;
}
