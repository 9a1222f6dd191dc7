import type { Cluster } from '../model/cluster.ts';
import type { Condition, WantedCondition } from '../model/condition.ts';
import { EXIT, WindlassError } from '../model/error.ts';
import { GATE_STAGES, type GateStageName, stageOf } from '../model/gate-policy.ts';
import type { Gate, Plan, Step } from '../model/plan.ts';
import type { Draft } from './draft.ts';
import { guestsOn } from './guests.ts';
import type { Controllers } from './os-roll/topology.ts';
import { few, type Waves } from './waves.ts';

/** Who opens a gate that the plan itself puts up, and how long it waits: one person within two hours, unless said. */
export function deciders({ policy }: Cluster): Pick<Gate, 'approvals' | 'approvers' | 'expires'> {
  return policy.gates === undefined ? { approvals: 1, expires: 7200 } : stageOf(policy.gates);
}

/** What a gate between stages stands before, and what is looked at to open it. */
export interface Between {
  readonly title: string;
  /** Steps that wait for it: the first of every node, so that none slips through behind a lane that broke. */
  readonly before: readonly string[];
  /** Nodes that were upgraded just before: what `alive` means where it names no probe. */
  readonly upgraded: readonly string[];
  /** Guests that were on them: these too. */
  readonly guests?: readonly string[];
  /** Steps whose answers it shows to who decides. */
  readonly shows?: readonly string[];
}

/** Puts a gate before a stage of the data plane, if the policy asks for one there. Throws WL-PLAN-GATE (exit 3). */
export function gateBefore(draft: Draft, cluster: Cluster, name: GateStageName, between: Between): void {
  const { gates: policy } = cluster.policy;
  const stage = policy?.[name];
  if (policy === undefined || stage === undefined || between.before.length === 0) return;
  const condition = stage.condition && conditionOf(cluster, name, stage.condition, between);
  const { shows = [] } = between;
  draft.gates.push({
    id: name,
    title: between.title,
    before: [...between.before],
    ...(shows.length === 0 ? {} : { shows: [...shows] }),
    ...stageOf(policy, stage),
    ...(condition === undefined ? {} : { condition }),
    onExpiry: 'halt',
  });
}

/**
 * Where the policy wants a person, or what is measured, to decide before the next wave. `begin`: the first step of each
 * node of a wave; `shows`: what was asked of the test node.
 */
export function waveGates(
  draft: Draft,
  { cluster, facts, order }: Pick<Controllers, 'cluster' | 'facts' | 'order'>,
  { canaries, sample, rest }: Waves,
  begin: Readonly<Record<'canaries' | 'sample' | 'rest', readonly string[]>>,
  shows: readonly string[],
): void {
  const next =
    sample.length > 0 ? `a sample is next: ${few(sample)}` : `the rest is next: ${few(rest.length)}`;
  gateBefore(draft, cluster, 'computes', {
    title: `Computes and network nodes are next, first the canary: ${few(canaries)}`,
    before: begin.canaries,
    upgraded: order,
    shows,
  });
  gateBefore(draft, cluster, 'sample', {
    title: `The canary is through (${few(canaries)}); ${next}`,
    before: begin.sample.length > 0 ? begin.sample : begin.rest,
    upgraded: canaries,
    guests: guestsOn(facts, canaries),
  });
  gateBefore(draft, cluster, 'rest', {
    title: `The ${sample.length > 0 ? `sample is through (${few(sample)})` : `canary is through (${few(canaries)})`}; the rest is next: ${few(rest.length)}`,
    before: begin.rest,
    upgraded: [...canaries, ...sample],
    guests: guestsOn(facts, [...canaries, ...sample]),
  });
}

/** Of some steps those that need none of the others: where the work on each node begins. */
export function beginnings(steps: readonly Step[]): string[] {
  const ids = new Set(steps.map(({ id }) => id));
  return steps.filter(({ needs }) => !needs.some((need) => ids.has(need))).map(({ id }) => id);
}

/** Stages at which the policy wants a gate and the plan has no place for one. */
export function gatesWithoutPlace({ policy, gates }: Plan): GateStageName[] {
  return GATE_STAGES.filter((name) => policy.gates?.[name] && !gates.some(({ id }) => id === name));
}

function conditionOf(
  cluster: Cluster,
  stage: GateStageName,
  wanted: WantedCondition,
  { upgraded, guests = [] }: Between,
): Condition {
  const { probes } = cluster;
  if (wanted.kind === 'quiet' && Object.keys(probes).length === 0) {
    throw unmeasurable(`gate ${stage} wants it quiet, but the cluster file has no probes to tell`);
  }
  if (wanted.kind !== 'alive') return wanted;
  const addresses = upgraded.map((node) => cluster.nodes[node]?.address);
  const theirs = Object.entries(probes).flatMap(([name, probe]) =>
    guests.includes(name) || ('address' in probe && addresses.includes(probe.address)) ? [name] : [],
  );
  const named = wanted.probes ?? theirs;
  if (named.length > 0) return { ...wanted, probes: [...named] };
  const where = upgraded.length > 0 ? upgraded.join(', ') : 'what was upgraded before it';
  throw unmeasurable(`gate ${stage} wants ${where} alive, but no probe knocks there`);
}

function unmeasurable(message: string): WindlassError {
  return new WindlassError(
    {
      code: 'WL-PLAN-GATE',
      message,
      remedy:
        'add probes of these nodes or of guests on them to the cluster file, and name them in the condition: `probes: [web-1]`',
    },
    EXIT.blocked,
  );
}
