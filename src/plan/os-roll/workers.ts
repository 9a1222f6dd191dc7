import { nodesWith, ROLES } from '../../model/cluster.ts';
import { EXIT, WindlassError } from '../../model/error.ts';
import { Chain, type Draft } from '../draft.ts';
import { beginnings, waveGates } from '../gates.ts';
import { guestWatch } from '../guests.ts';
import { showDifference } from '../test-node.ts';
import { bySite, type Waves, wavesOf } from '../waves.ts';
import { cloudFacts, credentials } from './cloud.ts';
import { CACHE } from './keep.ts';
import { type Controllers, codename, hasRole } from './topology.ts';
import { finishWorker, reasonOf, rollWorker } from './worker.ts';

/** Nodes without platform of their own, as they are rolled: those still to be upgraded, wave by wave. */
export interface Workers extends Waves {
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
  const ours = new Set(
    (cloudFacts(roll)?.computes ?? [])
      .filter((one) => one.disabled && one.reason === reasonOf(roll))
      .map(({ node }) => node),
  );
  return {
    ...wavesOf(cluster, old),
    unfinished: there.filter((name) => !old.includes(name) && ours.has(name)),
  };
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
    let before = behind;
    for (const site of bySite(roll.cluster, names)) {
      const zone: string[] = [];
      for (const node of site) {
        draft.phase(id, title);
        const ahead = zone[zone.length - lanes];
        const chain = new Chain(draft, needs, {
          class: 'compute',
          follows: ahead === undefined ? before : [ahead],
        });
        rollWorker(chain, roll, node, ends.length + mine.length + zone.length);
        zone.push(...chain.last);
      }
      mine.push(...zone);
      // The lanes of the next site begin when the last ones of this are over.
      before = zone.slice(-lanes);
    }
    firsts.push(beginnings(draft.steps.slice(from)));
    return mine;
  };
  const { cluster } = roll;
  const test = showDifference(draft, cluster, workers.canaries, after, (node) =>
    // Without the target's lists beside the node's own there is nothing to ask by.
    draft.has(`${node}/packages/fetch`) ? { kind: 'apt.difference', params: { dir: CACHE } } : undefined,
  );
  const canaries = wave('computes-canary', 'Computes: the canary', workers.canaries, test.after, []);
  ends.push(...canaries);
  const needs = canaries.length > 0 ? canaries : after;
  const sample = wave('computes-sample', 'Computes: a sample', workers.sample, needs, []);
  ends.push(...sample);
  ends.push(...wave('computes-rest', 'Computes: the rest', workers.rest, needs, sample));
  const unfinished = draft.steps.length;
  if (workers.unfinished.length > 0) draft.phase('computes-unfinished', 'Computes: what an earlier run left');
  for (const [index, node] of workers.unfinished.entries()) {
    const chain = new Chain(draft, after, { class: 'compute' });
    finishWorker(chain, roll, node, index);
    ends.push(...chain.last);
  }
  const [first = [], second = [], third = []] = firsts;
  const last = beginnings(draft.steps.slice(unfinished));
  const begin = { canaries: [...first, ...last], sample: second, rest: third };
  waveGates(draft, roll, workers, begin, test.shows);
  const phases = draft.phases.map(({ id }) => id).filter((id) => id.startsWith('computes-'));
  draft.guests = guestWatch(cluster, roll.facts, [...workers.order, ...workers.unfinished], phases);
  return ends;
}
