import type { Service } from '../../catalog/service.ts';
import { downPaths } from '../../drivers/systemd.ts';
import type { Step } from '../../model/plan.ts';
import { marksOf } from '../../steps/archive.ts';
import { Chain, type Draft } from '../draft.ts';
import { afterWork } from '../os-roll/configure.ts';
import { verifyCluster } from '../os-roll/finish.ts';
import { POLICY_RC } from '../os-roll/keep.ts';
import { autoremove, verifyNode, wholeOnlyOf } from '../os-roll/tidy.ts';
import type { Controllers } from '../os-roll/topology.ts';
import { changingPackages } from './archive.ts';
import { keptDir } from './checkpoint.ts';

/** What is through: nodes, and services wherever they run. */
export interface Through {
  readonly workers: readonly string[];
  /** Steps of the nodes outside the controllers. */
  readonly outside: readonly Step[];
  /** Service -> its last steps outside the controllers. */
  readonly ends: ReadonlyMap<Service, readonly string[]>;
  /** The controllers were given back to their configurer when they came back. */
  readonly configured: boolean;
}

/**
 * A node is tidied when its own work is over, a service's schema is brought to its end when nothing old of that service is
 * left: neither waits for agents that are restarted half a minute apart. Then a last look at every node and at the whole.
 * `needs`: the last steps of the controllers.
 */
export function finish(
  draft: Draft,
  roll: Controllers,
  { workers, outside, ends, configured }: Through,
  needs: readonly string[],
): void {
  draft.phase('tidy', 'Tidy each node that is through');
  const nodes = [...roll.order, ...workers];
  // All of one kind, then all of the next: `show` folds neighbours that differ only by their node.
  const chains = nodes.map((node) => {
    const mine = lastOf(outside.filter(({ id }) => id.startsWith(`${node}/`)));
    return [node, new Chain(draft, mine.length > 0 ? mine : needs, { class: 'light' })] as const;
  });
  // Controllers one after the other: dpkg on all of them at once keeps every member of the bus and the database waiting.
  let controller: readonly string[] = [];
  for (const [node, chain] of chains) {
    const member = roll.all.includes(node);
    if (member) chain.after([...chain.last, ...controller]);
    autoremove(chain, node, { kept: keptDir(roll) });
    if (member) controller = chain.last;
  }
  for (const [node, chain] of chains) marks(chain, roll, node);
  for (const [node, chain] of chains) letStart(chain, node, neverReleased(draft.steps, node));
  for (const [node, chain] of chains) {
    if (configured && roll.all.includes(node)) continue;
    afterWork(chain, roll.cluster, node, { class: 'light' });
  }
  draft.phase('finish', 'Finish: what needs every node to be new');
  const whole = [...ends].flatMap(([service, last]) =>
    wholeOnlyOf(draft, roll, service, [...new Set([...needs, ...last])]),
  );
  for (const [node, chain] of chains) {
    if (roll.all.includes(node)) chain.after([...new Set([...chain.last, ...whole])]);
    verifyNode(chain, roll, node, [POLICY_RC], 60);
  }
  const looked = chains.flatMap(([, chain]) => chain.last);
  verifyCluster(draft, roll, [...new Set([...looked, ...whole])]);
}

/** Those that no other of them needs. */
const lastOf = (steps: readonly Step[]): string[] => {
  const needed = new Set(steps.flatMap(({ needs }) => needs));
  return steps.filter(({ id }) => !needed.has(id)).map(({ id }) => id);
};

function marks(chain: Chain, roll: Controllers, node: string): void {
  chain.step({
    id: `${node}/packages/marks`,
    kind: 'archive.marks',
    on: [node],
    params: { manual: marksBefore(roll, node), except: changingPackages(roll) },
    title: `See that no package on ${node} has changed its manual or automatic mark`,
    why: 'a dependency marked as wanted would stay for ever, and autoremove would be wrong from then on',
    source: '001',
    return: 'reversible',
    estimate: 1,
  });
}

/** What keeps units down that the new release has under other names: nothing started those again. */
function neverReleased(steps: readonly Step[], node: string): string[] {
  const units = (kind: string): string[] =>
    steps
      .filter((step) => step.kind === kind && step.on.includes(node))
      .flatMap(({ params }) => params.units as readonly string[]);
  const released = units('systemd.release');
  return downPaths([...new Set(units('systemd.stop'))].filter((unit) => !released.includes(unit)));
}

function letStart(chain: Chain, node: string, down: readonly string[]): void {
  chain.step({
    id: `${node}/policy-rc.d/remove`,
    kind: 'file.remove',
    on: [node],
    params: { paths: [POLICY_RC, ...down] },
    title: `Let ${node}'s packages start their services again`,
    why: 'the package work is over',
    source: 'research/lab.md 5 (1)',
    return: 'reversible',
    estimate: 1,
  });
}

/** As discovery found them. */
const marksBefore = (roll: Controllers, node: string): string =>
  marksOf(
    Object.entries(roll.facts.nodes[node]?.packages ?? {})
      .filter(([, { auto }]) => !auto)
      .map(([name]) => name),
    changingPackages(roll),
  );
