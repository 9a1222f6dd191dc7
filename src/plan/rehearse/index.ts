import { machine } from '../../drivers/machine-libvirt.ts';
import { EXIT, WindlassError } from '../../model/error.ts';
import { factsHash, planId } from '../../model/hash.ts';
import type { Making, Provider } from '../../model/machine.ts';
import { Impact, type Plan, type PlanBody, type Step } from '../../model/plan.ts';
import { Chain, Draft } from '../draft.ts';
import type { PlanRequest } from '../make.ts';
import { controllers } from '../os-roll/topology.ts';
import { clone, seal, walled } from './clones.ts';
import { readyHost, readyOldHost } from './host.ts';
import { aroundOf, climb, close, type Expanded, serve, windowOf } from './ladder.ts';
import { askOld, endOld, oldServices, type Pair, readOld, relay, waitsForOld } from './old.ts';
import { oldStageOf, stageOf } from './stage.ts';

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
  const old = oldStageOf(stage);
  const pair = old && { stage, old };
  const draft = new Draft();
  const chain = new Chain(draft, []);
  readyHost(chain, stage);
  if (old) readyOldHost(chain, old);
  clone(chain, stage);
  seal(chain, stage, old);
  if (pair) {
    draft.phase('old-own', 'Ask the old release’s code on its own schema');
    relay(chain, pair);
    askOld(chain, pair, 'own');
  }
  climb(chain, stage, pair && betweenOld(chain, pair));
  serve(chain, stage);
  if (pair) readOld(chain, pair);
  close(chain, stage);
  const steps = draft.steps.map(harmless);
  const alone = hop.strategy === 'in-place';
  const window = windowOf(
    stage,
    steps.map(({ id }) => id),
    alone,
  );
  const body: PlanBody = {
    windlass: 1,
    cluster: cluster.cluster,
    facts: factsHash(facts),
    assumed: facts.assumed,
    rehearsal: {
      host: stage.host,
      round,
      ...madeBy(stage.host, cluster.rehearsal?.provider),
      ...(pair
        ? {
            old: {
              host: pair.old.host,
              ...madeBy(pair.old.host, cluster.rehearsal?.old?.provider),
              services: oldServices(pair),
            },
          }
        : {}),
      asShipped,
      fingerprints: { ...stage.fingerprints },
      window,
      // The only controller's stop and packages are the route's to tell: they are one outage of everything.
      ...(alone ? {} : { around: aroundOf(stage, Object.keys(window)) }),
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

/** Old code is asked once the schema is expanded, and is away from it before anything is taken from there. */
const betweenOld = (chain: Chain, pair: Pair): Expanded => ({
  waits: waitsForOld(pair),
  ask() {
    chain.draft.phase('old-expanded', 'Ask the old release’s code on the expanded schema');
    askOld(chain, pair, 'expanded');
    endOld(chain, pair);
    chain.draft.everywhere = [walled(pair.stage)];
  },
});

/** What makes a machine and removes it: the operator's commands, or ours for libvirt. */
function madeBy(name: string, provider: Provider = 'host'): { make?: Making; remove?: Making } {
  if (provider === 'host') return {};
  if ('libvirt' in provider) {
    const { libvirt } = provider;
    const on = libvirt.host.name;
    return { make: { on, ...machine.make(name, libvirt) }, remove: { on, ...machine.remove(name) } };
  }
  const { make, remove } = provider;
  return { make: { argv: make }, ...(remove ? { remove: { argv: remove } } : {}) };
}

/** On a throwaway machine nobody is hurt, and nothing has to come back. */
const harmless = (step: Step): Step => ({ ...step, impact: Impact.parse({}), return: 'reversible' });
