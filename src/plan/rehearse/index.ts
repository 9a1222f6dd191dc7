import { EXIT, WindlassError } from '../../model/error.ts';
import { factsHash, planId } from '../../model/hash.ts';
import { Impact, type Plan, type PlanBody, type Step } from '../../model/plan.ts';
import { Chain, Draft } from '../draft.ts';
import type { PlanRequest } from '../make.ts';
import { controllers } from '../os-roll/topology.ts';
import { clone, seal } from './clones.ts';
import { readyHost } from './host.ts';
import { climb, close, serve, windowOf } from './ladder.ts';
import { stageOf } from './stage.ts';

export interface RehearseRequest extends Omit<PlanRequest, 'findings' | 'leftOut'> {
  /** A word that tells this rehearsal from every other one on the machine. */
  readonly round: string;
  /** Without the old defaults that the real plan keeps. */
  readonly asShipped?: boolean;
}

/**
 * The rehearsal of a route's first hop, as a plan for the ordinary engine: databases copied and made clones on a machine
 * with the target's code and its MariaDB, every way back to the live cloud cut and that proved, then the whole ladder,
 * the services and their checks. Its steps change that machine and nothing else; nodes of the cluster are only read.
 * Pure: the same request gives the same plan. Throws WL-REHEARSE-NOTHING, and as `stageOf` does.
 */
export function makeRehearsal(request: RehearseRequest): Plan {
  const { cluster, facts, from, hops, round, asShipped = false } = request;
  const [hop] = hops;
  if (hop === undefined || hop.from.openstack === hop.to.openstack) {
    throw new WindlassError(
      {
        code: 'WL-REHEARSE-NOTHING',
        message: 'no schema changes on the way to this target: there is nothing to rehearse',
        remedy: 'name a newer release: --openstack …',
      },
      EXIT.usage,
    );
  }
  const stage = stageOf(controllers(cluster, facts, hop.from, hop.to), { round, asShipped });
  const draft = new Draft();
  const chain = new Chain(draft, []);
  readyHost(chain, stage);
  clone(chain, stage);
  seal(chain, stage);
  climb(chain, stage);
  serve(chain, stage);
  close(chain, stage);
  const steps = draft.steps.map(harmless);
  const provider = cluster.rehearsal?.provider;
  const made = provider === undefined || provider === 'host' ? undefined : provider;
  const body: PlanBody = {
    windlass: 1,
    cluster: cluster.cluster,
    facts: factsHash(facts),
    assumed: facts.assumed,
    rehearsal: {
      host: stage.host,
      round,
      ...(made ? { make: made.make } : {}),
      ...(made?.remove ? { remove: made.remove } : {}),
      asShipped,
      fingerprints: { ...stage.fingerprints },
      window: windowOf(
        stage,
        steps.map(({ id }) => id),
        hop.strategy === 'in-place',
      ),
    },
    from,
    to: hop.to,
    route: [hop],
    complete: hops.length <= 1,
    findings: [],
    policy: { ...cluster.policy, onFailure: 'halt' },
    phases: draft.phases.filter(({ id }) => steps.some(({ phase }) => phase === id)),
    steps,
    gates: [],
    checkpoints: [],
  };
  return { ...body, id: planId(body) };
}

/** On a throwaway machine nobody is hurt, and nothing has to come back. */
const harmless = (step: Step): Step => ({ ...step, impact: Impact.parse({}), return: 'reversible' });
