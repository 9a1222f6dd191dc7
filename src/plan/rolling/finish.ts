import { marksOf } from '../../steps/archive.ts';
import { Chain, type Draft } from '../draft.ts';
import { afterWork } from '../os-roll/configure.ts';
import { verifyCluster } from '../os-roll/finish.ts';
import { POLICY_RC } from '../os-roll/keep.ts';
import { autoremove, verifyNode, wholeOnly } from '../os-roll/tidy.ts';
import type { Controllers } from '../os-roll/topology.ts';
import { changingPackages } from './archive.ts';
import { keptDir } from './checkpoint.ts';

/** What may only be done when nothing old is left, and a last look at every node and at the whole. */
export function finish(
  draft: Draft,
  roll: Controllers,
  /** `configured`: the controllers were given back to their configurer when they came back. */
  { workers, configured }: { readonly workers: readonly string[]; readonly configured: boolean },
  needs: readonly string[],
): void {
  draft.phase('finish', 'Finish: what needs every node to be new');
  const last = wholeOnly(draft, roll, needs);
  const nodes = [...roll.order, ...workers];
  // All of one kind, then all of the next: `show` folds neighbours that differ only by their node.
  const chains = nodes.map((node) => [node, new Chain(draft, last, { class: 'light' })] as const);
  for (const [node, chain] of chains) autoremove(chain, node, { kept: keptDir(roll) });
  for (const [node, chain] of chains) marks(chain, roll, node);
  for (const [node, chain] of chains) letStart(chain, node);
  for (const [node, chain] of chains) {
    if (configured && roll.all.includes(node)) continue;
    afterWork(chain, roll.cluster, node, { class: 'light' });
  }
  for (const [node, chain] of chains) verifyNode(chain, roll, node, [POLICY_RC], 60);
  verifyCluster(
    draft,
    roll,
    chains.flatMap(([, chain]) => chain.last),
  );
}

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

function letStart(chain: Chain, node: string): void {
  chain.step({
    id: `${node}/policy-rc.d/remove`,
    kind: 'file.remove',
    on: [node],
    params: { paths: [POLICY_RC] },
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
