import type { Beside, Service } from '../../catalog/service.ts';
import { besideOn } from '../../catalog/services/index.ts';
import type { Chain } from '../draft.ts';
import { drainApis } from './drain.ts';
import { type Leaving, oldElsewhere, stopOld } from './leave.ts';
import { cutsOver, enable, mend, release, warm } from './start.ts';
import { apiOn, type Controllers, serversOfService, startedUnits } from './topology.ts';

/** Whether the new code of a service follows the old without a pause, though both do not work side by side. */
export const takesOver = (roll: Controllers, service: Service): Beside | undefined => {
  const beside = besideOn(service, roll.from, roll.to);
  return cutsOver(roll, service) || beside?.mixes === undefined ? undefined : beside;
};

/** The new API is started and asked while the old ones serve; no balancer knows of it yet. */
export function startBeside(chain: Chain, roll: Controllers, node: string, service: Service): void {
  const http = apiOn(roll, node, service);
  if (service.api === undefined || http === undefined) return;
  mend(chain, roll, node, service);
  chain.step({
    id: `${node}/${service.name}-api/start`,
    kind: 'systemd.release',
    on: [node],
    params: { ...startedUnits(roll, node, [service.api.unit]), http },
    title: `Start the new ${service.name} API on ${node} beside the old ones, and ask it`,
    why: 'it is loaded and warm before anything old stops; no client can reach it yet',
    source: 'docs/rolling.md',
    return: 'reversible',
    estimate: 8,
    settle: 180,
  });
  warm(chain, roll, node, service);
}

/**
 * From the old code to the new in an order in which every request finds somebody: units that do not understand the new
 * ones stop everywhere, and what is asked of them meanwhile waits on the bus; the new ones start; the balancers take
 * the new API in and let the old ones finish; then those stop too.
 */
export function takeOver(chain: Chain, roll: Controllers, node: string, service: Service): void {
  const beside = takesOver(roll, service);
  const unit = service.api?.unit;
  if (beside === undefined || unit === undefined) return;
  const standDown = (leaving: Omit<Leaving, 'source'>): readonly string[] =>
    stopOld(chain.draft, roll, node, service, chain.last, { ...leaving, source: beside.source });
  const mixes = beside.mixes ?? [];
  chain.after(
    standDown({
      verb: 'make-way',
      only: mixes,
      told: true,
      title: (units, name) => `Tell the old ${units.join(' and ')} on ${name} to stop`,
      why: beside.note,
    }),
  );
  // They end what they have begun while the new ones are at work already.
  const ended = standDown({
    verb: 'made-way',
    only: mixes,
    title: (units, name) =>
      `Wait for the end of the old ${units.join(' and ')} on ${name}, and keep them down`,
    why: 'what they have begun runs out; nothing may start them again',
  });
  release(chain, roll, node, service);
  enable(chain, roll, node, serversOfService(roll, node, service), { service, alone: true });
  const api = oldElsewhere(roll, node).flatMap((name) =>
    serversOfService(roll, name, service).filter(
      (server) => !(service.moreApis ?? []).some(({ port }) => port === server.port),
    ),
  );
  if (api.length > 0) {
    chain.step({
      id: `cluster/haproxy/turn-${service.name}`,
      ...drainApis(roll, api),
      title: `Send all of ${service.name}'s requests to ${node}`,
      why: 'the old API answers what it has begun and gets no more',
      source: beside.source,
      estimate: 2,
    });
  }
  const left = standDown({
    verb: 'leave',
    only: [unit],
    title: (units, name) => `Stop the old ${units.join(' and ')} on ${name}`,
    why: 'nobody asks it any more',
  });
  chain.after([...new Set([...left, ...ended])]);
}
