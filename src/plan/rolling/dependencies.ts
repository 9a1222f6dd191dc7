import { hasOneController } from '../../model/cluster.ts';
import { Chain, type Draft } from '../draft.ts';
import { drainApis } from '../os-roll/drain.ts';
import { othersUpGuard } from '../os-roll/guards.ts';
import { enable, warm } from '../os-roll/start.ts';
import {
  apiOn,
  type Controllers,
  serversOf,
  serversOfService,
  servicesOn,
  startedUnits,
  unitsOn,
} from '../os-roll/topology.ts';
import { stoppedOf, stoppedOn } from './agents.ts';
import { archivePath, heldOnController } from './archive.ts';
import { keptWhere } from './checkpoint.ts';

const SOURCE = '001; research/lab.md 5';

/** What a step that moves packages is told of units that were stopped for it. */
export const staysDown = (units: readonly string[]): { readonly stopped?: readonly string[] } =>
  units.length > 0 ? { stopped: units } : {};

/** Requests leave a node on every balancer, and its daemons stop, but for agents that wait for all servers (`agents.ts`). */
export function takeNode(chain: Chain, roll: Controllers, node: string): void {
  const servers = apisOn(roll, node);
  if (servers.length > 0) {
    chain.step({
      id: `${node}/haproxy/drain`,
      ...drainApis(roll, servers),
      title: `Drain ${node}'s APIs on every balancer`,
      why: 'requests under way end; no new ones come',
      source: SOURCE,
      estimate: 5,
      ...(hasOneController(roll.cluster)
        ? { impact: { apis: apiNames(roll, node) } }
        : { guards: [othersUpGuard(roll, roll.balancers, servers, 'every backend has another server UP')] }),
    });
  }
  const units = stoppedOn(roll, node);
  if (units.length === 0) return;
  chain.step({
    id: `${node}/openstack/stop`,
    kind: 'systemd.stop',
    on: [node],
    params: { units, until: 'release' },
    title: `Stop what runs on ${node} while its libraries move`,
    why: 'a daemon that loads half of a library old and half new answers nothing or nonsense',
    source: 'research/lab.md 5',
    return: 'reversible',
    estimate: 10,
  });
}

/** Services of a node that HAProxy has an API of. */
const apiNames = (roll: Controllers, node: string): string[] =>
  servicesOn(roll, node).flatMap((service) =>
    serversOfService(roll, node, service).length > 0 ? service.name : [],
  );

/** What HAProxy knows of a node's APIs. */
const apisOn = (roll: Controllers, node: string) => serversOf(roll, node).filter(({ sql }) => !sql);

/**
 * Libraries first, so that each service's own upgrade takes seconds (001). While they move, every daemon of the node
 * could load a new half beside an old one, and did (an API that answered nothing for 38 s, research/lab.md 5): so the
 * node takes no requests meanwhile, its daemons are stopped, and each is asked before it takes requests again.
 */
export function raiseLibraries(
  draft: Draft,
  roll: Controllers,
  node: string,
  after: readonly string[],
): readonly string[] {
  const chain = new Chain(draft, after);
  takeNode(chain, roll, node);
  chain.step({
    id: `${node}/libraries/raise`,
    kind: 'archive.raise',
    on: [node],
    params: {
      archive: archivePath(roll),
      held: heldOnController(roll, []),
      ...keptWhere(roll),
      ...staysDown(stoppedOn(roll, node)),
    },
    title: `Raise the libraries on ${node} that can go before their services`,
    why: "by apt's own solver: no service's package moves, nothing is taken away, what one of them forbids stays",
    source: SOURCE,
    return: 'restore',
    estimate: 40,
    timeout: 3600,
  });
  for (const service of servicesOn(roll, node)) {
    const mine = stoppedOf(roll, node, service);
    if (mine.length === 0) continue;
    const http = unitsOn(roll, node, service, 'control').length > 0 ? apiOn(roll, node, service) : undefined;
    chain.step({
      id: `${node}/${service.name}/back`,
      kind: 'systemd.release',
      on: [node],
      params: { ...startedUnits(roll, node, mine), ...(http ? { http } : {}) },
      title: `Start ${service.name} on ${node}${http ? ' and ask it by HTTP' : ''}: old code, new libraries`,
      why: 'a library that breaks it is found here, before a request can meet it',
      source: 'research/lab.md 5 (2)',
      return: 'reversible',
      estimate: 8,
      settle: 180,
    });
    if (http) warm(chain, roll, node, service, 'warm-back');
  }
  enable(chain, roll, node, apisOn(roll, node));
  return chain.last;
}
