import { nodesWith, ROLES } from '../../model/cluster.ts';
import { EXIT, WindlassError } from '../../model/error.ts';
import { Chain, type Draft } from '../draft.ts';
import { beginnings, gateBefore } from '../gates.ts';
import { cloudFacts, credentials } from './cloud.ts';
import { type Controllers, codename, hasRole } from './topology.ts';
import { finishWorker, reasonOf, rollWorker } from './worker.ts';

/** Nodes without platform of their own, as they are rolled. */
export interface Workers {
  /** Still to be upgraded, canaries first, then site by site. */
  readonly order: readonly string[];
  readonly canaries: readonly string[];
  readonly sample: readonly string[];
  /** On the new system, but still disabled with our own word: their roll was not finished. */
  readonly unfinished: readonly string[];
}

/** Roles that come with data or quorum of their own, which this roll does not keep yet. */
const CLOSED = ['ceph-mon', 'ceph-osd', 'swift-store'] as const;

/** Sorts the nodes that are not controllers. Throws WL-PLAN-SHAPE, WL-PLAN-CLOUD (exit 3). */
export function workersOf(roll: Controllers): Workers {
  const { cluster, facts } = roll;
  const there = nodesWith(cluster, ...ROLES).filter((name) => facts.nodes[name] && !roll.all.includes(name));
  const closed = there.filter((name) =>
    cluster.nodes[name]?.roles.some((role) => CLOSED.some((one) => one === role)),
  );
  const mixed = roll.all.filter((name) => hasRole(roll, name, 'compute'));
  for (const [names, why] of [
    [closed, 'carries data of its own (Ceph, Swift), which this Windlass does not keep whole yet'],
    [mixed, 'is a controller and a compute at once'],
  ] as const) {
    if (names.length === 0) continue;
    throw new WindlassError(
      {
        code: 'WL-PLAN-SHAPE',
        message: `${names.join(', ')} ${why}`,
        remedy:
          'take these nodes out of the cluster file and upgrade them by hand, or wait for a version that plans them',
      },
      EXIT.blocked,
    );
  }
  const old = there.filter((name) => facts.nodes[name]?.os.codename !== codename(roll.to.os));
  if (old.some((name) => hasRole(roll, name, 'compute')) && credentials(roll) === undefined) {
    throw new WindlassError(
      {
        code: 'WL-PLAN-CLOUD',
        message: 'there are computes, but the cluster file does not say how the cloud’s APIs are asked',
        remedy:
          'say it: `cloud: {credentials: /root/openrc}`, a file of OS_* variables that is on every controller',
      },
      EXIT.blocked,
    );
  }
  const { canary, sample } = cluster.policy;
  const named = old.filter((name) => canary.includes(name));
  const canaries = named.length > 0 ? named : old.slice(0, 1);
  const rest = bySite(
    roll,
    old.filter((name) => !canaries.includes(name)),
  );
  const ours = new Set(
    (cloudFacts(roll)?.computes ?? [])
      .filter((one) => one.disabled && one.reason === reasonOf(roll))
      .map(({ node }) => node),
  );
  return {
    order: [...canaries, ...rest],
    canaries,
    sample: rest.slice(0, Math.ceil((rest.length * Number.parseInt(sample, 10)) / 100)),
    unfinished: there.filter((name) => !old.includes(name) && ours.has(name)),
  };
}

/** One site after the other: availability zones must not be worked on side by side. */
function bySite(roll: Controllers, names: readonly string[]): string[] {
  const site = (name: string): string => roll.cluster.nodes[name]?.site ?? '';
  const sites = [...new Set(names.map(site))];
  return sites.flatMap((one) => names.filter((name) => site(name) === one));
}

/**
 * Canaries first, and everything needs them; then the rest in as many lanes as the policy's class `compute` says. A
 * lane goes on behind a node that failed (`follows`), as the policy says; nothing goes on behind a failed canary.
 * Gives the last steps of all nodes.
 */
export function rollWorkers(
  draft: Draft,
  roll: Controllers,
  workers: Workers,
  after: readonly string[],
): readonly string[] {
  const lanes = roll.cluster.policy.classes.compute?.limit ?? 1;
  const ends: string[] = [];
  const firsts: string[][] = [];
  const wave = (
    id: string,
    title: string,
    names: readonly string[],
    needs: readonly string[],
    behind: readonly string[],
  ) => {
    const from = draft.steps.length;
    const mine: string[] = [];
    for (const [index, node] of names.entries()) {
      draft.phase(id, title);
      const before = mine[index - lanes];
      const chain = new Chain(draft, needs, {
        class: 'compute',
        follows: before === undefined ? behind : [before],
      });
      rollWorker(chain, roll, node, ends.length + index);
      mine.push(...chain.last);
    }
    firsts.push(beginnings(draft.steps.slice(from)));
    return mine;
  };
  const canaries = wave('computes-canary', 'Computes: the canary', workers.canaries, after, []);
  ends.push(...canaries);
  const needs = canaries.length > 0 ? canaries : after;
  const rest = workers.order.filter((name) => !workers.canaries.includes(name));
  const sample = wave('computes-sample', 'Computes: a sample', workers.sample, needs, []);
  ends.push(...sample);
  const others = rest.filter((name) => !workers.sample.includes(name));
  ends.push(...wave('computes-rest', 'Computes: the rest', others, needs, sample));
  const unfinished = draft.steps.length;
  if (workers.unfinished.length > 0) draft.phase('computes-unfinished', 'Computes: what an earlier run left');
  for (const [index, node] of workers.unfinished.entries()) {
    const chain = new Chain(draft, after, { class: 'compute' });
    finishWorker(chain, roll, node, index);
    ends.push(...chain.last);
  }
  gates(draft, roll, workers, [...firsts, beginnings(draft.steps.slice(unfinished))]);
  return ends;
}

/** Where the policy wants a person, or what is measured, to decide before the next wave. */
function gates(
  draft: Draft,
  roll: Controllers,
  { canaries, sample, order }: Workers,
  [first = [], second = [], third = [], unfinished = []]: readonly (readonly string[])[],
): void {
  const { cluster } = roll;
  const rest = order.length - canaries.length - sample.length;
  const next = sample.length > 0 ? `a sample is next: ${few(sample)}` : `the rest is next: ${few(rest)}`;
  gateBefore(draft, cluster, 'computes', {
    title: `Computes and network nodes are next, first the canary: ${few(canaries)}`,
    before: [...first, ...unfinished],
    upgraded: roll.order,
  });
  gateBefore(draft, cluster, 'sample', {
    title: `The canary is through (${few(canaries)}); ${next}`,
    before: second.length > 0 ? second : third,
    upgraded: canaries,
  });
  gateBefore(draft, cluster, 'rest', {
    title: `The sample is through (${few(sample)}); the rest is next: ${few(rest)}`,
    before: third,
    upgraded: [...canaries, ...sample],
  });
}

/** Names while they can be read at a glance, else how many. */
function few(names: readonly string[] | number): string {
  if (typeof names === 'number' || names.length > 5) {
    const many = typeof names === 'number' ? names : names.length;
    return `${many} node${many === 1 ? '' : 's'}`;
  }
  return names.length === 0 ? 'none' : names.join(', ');
}
