import type { Cluster } from '../model/cluster.ts';
import { WindlassError } from '../model/error.ts';
import type { Facts } from '../model/facts.ts';
import type { Finding } from '../model/finding.ts';
import { factsHash, planId } from '../model/hash.ts';
import type { Hop, Plan, PlanBody } from '../model/plan.ts';
import type { Standing } from '../model/target.ts';
import type { Draft } from './draft.ts';
import { osRoll } from './os-roll/index.ts';
import { controllers } from './os-roll/topology.ts';
import { rolling } from './rolling/index.ts';

export interface PlanRequest {
  readonly cluster: Cluster;
  readonly facts: Facts;
  readonly from: Standing;
  readonly to: Standing;
  readonly hops: readonly Hop[];
  readonly findings: readonly Finding[];
  /** Nodes that stay as they are (scope.ts); the facts do not have them. */
  readonly leftOut?: readonly string[];
}

function draftOf(request: PlanRequest, hop: Hop): Draft {
  const roll = controllers(request.cluster, request.facts, hop.from, hop.to, request.leftOut);
  if (hop.strategy === 'os-roll' || (hop.strategy === 'in-place' && hop.from.os !== hop.to.os)) {
    return osRoll(roll);
  }
  if (hop.strategy === 'rolling' || hop.strategy === 'cutover' || hop.strategy === 'in-place') {
    return rolling(roll);
  }
  throw new WindlassError({
    code: 'WL-PLAN-STRATEGY',
    message: `this Windlass has no planner for ${hop.strategy} yet`,
    remedy: 'see the changelog for what each version plans',
  });
}

/**
 * The plan for the first hop of a route: later hops rest on facts that are only there after it, so they get plans of
 * their own. No hop, or nothing left to do, gives a plan without steps. Pure: the same request gives the same id.
 */
export function makePlan(request: PlanRequest): Plan {
  const [hop] = request.hops;
  const draft = hop ? draftOf(request, hop) : undefined;
  const body: PlanBody = {
    windlass: 1,
    cluster: request.cluster.cluster,
    facts: factsHash(request.facts),
    assumed: request.facts.assumed,
    ...(request.leftOut && request.leftOut.length > 0 ? { leftOut: [...request.leftOut] } : {}),
    ...(draft?.guests === undefined ? {} : { guests: draft.guests }),
    from: request.from,
    to: hop?.to ?? request.to,
    route: [...request.hops],
    complete: request.hops.length <= 1,
    findings: [...request.findings],
    policy: request.cluster.policy,
    phases: draft?.phases.filter(({ id }) => draft.steps.some(({ phase }) => phase === id)) ?? [],
    steps: draft?.steps ?? [],
    gates: draft?.gates ?? [],
    checkpoints: draft?.checkpoints ?? [],
  };
  return { ...body, id: planId(body) };
}
