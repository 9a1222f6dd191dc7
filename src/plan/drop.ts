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
  const { plan } = past;
  const draft = new Draft();
  draft.phase('drop', `Drop the disks that run ${past.run} kept`);
  dropDisks(draft, past, { why: 'the operator said so: the new system stays', needs: [], estimate: 30 });
  const body: PlanBody = {
    windlass: 1,
    cluster: plan.cluster,
    facts: plan.facts,
    assumed: plan.assumed,
    drop: { run: past.run },
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
