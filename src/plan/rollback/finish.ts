import { aheadMark } from '../../drivers/disk.ts';
import type { Step } from '../../model/plan.ts';
import { RESTARTED } from '../../steps/systemd.ts';
import { Chain, type Draft } from '../draft.ts';
import { verifyCluster } from '../os-roll/finish.ts';
import { CACHE, POLICY_RC, stateFiles } from '../os-roll/keep.ts';
import { verifyNode } from '../os-roll/tidy.ts';
import { dropDisks } from './disks.ts';
import { archiveFiles } from './past.ts';
import { LEFT_BUS } from './platform.ts';
import type { Scope } from './scope.ts';

/** Nodes from which a step of this kind took something, the run's or this way back's own, that was never given back. */
const openOf = (steps: readonly Step[], finished: ReadonlySet<string>): readonly Step[] => {
  const given = new Set(
    steps.filter(({ kind, id }) => kind === 'configure.enable' && finished.has(id)).map(({ id }) => id),
  );
  return steps.filter(
    ({ kind, id }) => kind === 'configure.disable' && !given.has(id.replace(/disable$/, 'enable')),
  );
};

/** A configurer that was kept off may come again: nothing of it is applied here, the files are those of before. */
function letConfigure(draft: Draft, { did }: Scope, needs: readonly string[]): readonly string[] {
  const mine = draft.steps.filter(({ kind }) => kind === 'configure.disable');
  const all = [...did.flatMap(({ applied, finished }) => openOf(applied, finished)), ...mine];
  const open = [...new Map(all.map((step) => [step.id, step])).values()];
  return open.map((step) =>
    draft.add({
      id: step.id.replace(/disable$/, 'enable'),
      kind: 'configure.enable',
      on: step.on,
      params: step.params,
      title: `${step.title.replace(/^Keep (.*) off (.*)$/, 'Let $1 come to $2')} by itself again`,
      why: 'the node is as it was; what the configurer says must be of the old release again',
      source: 'docs/rollback.md',
      needs,
      return: 'reversible',
      estimate: 5,
      class: 'light',
    }),
  );
}

/** What the run left for itself goes, every node and the whole are looked at, and the checkpoint is put aside. */
export function finish(draft: Draft, scope: Scope, needs: readonly string[]): void {
  const { roll, request, nodes, dir } = scope;
  const { past, round } = request;
  draft.phase('finish', 'Finish: nothing of the run is left');
  const configured = letConfigure(draft, scope, needs);
  const before = configured.length > 0 ? configured : needs;
  const forgotten = nodes.map((node) =>
    draft.add({
      id: `${node}/run/forget`,
      kind: 'file.remove',
      on: [node],
      params: {
        paths: [
          ...scope.did.map(({ run }) => `/var/lib/windlass/runs/${run}`),
          RESTARTED,
          ...(scope.disks ? [aheadMark(scope.disks.id), CACHE, LEFT_BUS] : []),
          ...(scope.disks?.back.flatMap(stateFiles) ?? []),
        ],
      },
      title: `Remove what run ${past.run} noted on ${node}`,
      why: 'a later plan of the same facts must not take its notes for its own',
      source: 'docs/rollback.md',
      needs: before,
      return: 'reversible',
      estimate: 1,
      class: 'light',
    }),
  );
  const looked = scope.touched.flatMap((node) => {
    const chain = new Chain(draft, forgotten, { class: 'read' });
    verifyNode(chain, roll, node, [POLICY_RC, ...archiveFiles(request, node)], 60);
    return chain.last;
  });
  if (scope.stopped.length > 0) verifyCluster(draft, roll, looked.length > 0 ? looked : forgotten);
  const last = scope.stopped.length > 0 ? ['cluster/cluster/verify'] : forgotten;
  // A later plan of the same facts must not take them for its own.
  const why = 'it was put back, or its system never changed; a later plan keeps its own';
  dropDisks(draft, past, { why, needs: last, estimate: 10, class: 'cutover' });
  for (const node of nodes) {
    draft.add({
      id: `${node}/checkpoint/retire`,
      kind: 'backup.retire',
      on: [node],
      params: { dir, to: `${dir}-back-${round}` },
      title: `Put what was kept on ${node} aside`,
      why: 'it was used; a later plan takes its own, also where everything is as it was',
      source: 'docs/rollback.md',
      needs: last,
      return: 'irreversible',
      estimate: 1,
      class: 'light',
    });
  }
}
