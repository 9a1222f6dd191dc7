import type { KeptFolder } from '../drivers/kept.ts';
import { planId } from '../model/hash.ts';
import type { Plan, PlanBody } from '../model/plan.ts';
import { Draft } from './draft.ts';
import { dropDisks } from './rollback/disks.ts';
import type { Past } from './rollback/past.ts';

/**
 * The end of the disks that a run kept, as a plan for the ordinary engine: the room they take is given back, and from then
 * on nothing brings back over the change of the system. Only an operator's word makes it; no run ends with it by itself.
 * Pure: the same run gives the same plan.
 */
export function makeDrop(past: Past): Plan {
  const draft = new Draft();
  draft.phase('drop', `Drop the disks that run ${past.run} kept`);
  dropDisks(draft, past, { why: 'the operator said so: the new system stays', needs: [], estimate: 30 });
  return dropping(draft, past);
}

/** Folders of one node that may go. */
export interface Going {
  readonly node: string;
  readonly folders: readonly KeptFolder[];
}

/**
 * The end of what earlier runs kept in files, as a plan for the ordinary engine. `past`: the newest run, on whose cluster it is
 * done. Pure: the same folders, as they were when they were seen, give the same plan.
 */
export function makeClear(past: Pick<Past, 'run' | 'plan'>, going: readonly Going[]): Plan {
  const draft = new Draft();
  draft.phase('drop', 'Give back the room of what earlier runs kept');
  for (const { node, folders } of going) {
    const last = Math.max(...folders.map(({ at }) => at));
    draft.add({
      id: `${node}/kept/drop`,
      kind: 'kept.drop',
      on: [node],
      params: { folders: folders.map(({ path }) => path) },
      title: `Remove ${folders.length} ${folders.length === 1 ? 'folder' : 'folders'} of ${folders.reduce((sum, { mb }) => sum + mb, 0)} MB from ${node}, the newest of ${new Date(last * 1000).toISOString().slice(0, 19)}`,
      why: 'the operator said so: nobody comes back to them',
      source: 'docs/rollback.md',
      needs: [],
      return: 'irreversible',
      estimate: 5,
      class: 'light',
    });
  }
  return dropping(draft, past);
}

function dropping(draft: Draft, { run, plan }: Pick<Past, 'run' | 'plan'>): Plan {
  const body: PlanBody = {
    windlass: 1,
    cluster: plan.cluster,
    facts: plan.facts,
    assumed: plan.assumed,
    drop: { run },
    from: plan.to,
    to: plan.to,
    route: [],
    complete: true,
    findings: [],
    policy: { ...plan.policy, onFailure: 'halt' },
    phases: draft.phases,
    steps: draft.steps,
    gates: [],
    checkpoints: [],
  };
  return { ...body, id: planId(body) };
}
