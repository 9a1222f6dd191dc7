import { novaFloor, series } from '../../catalog/releases.ts';
import { findService } from '../../catalog/services/index.ts';
import { nodesWith } from '../../model/cluster.ts';
import { Chain, type Draft } from '../draft.ts';
import { drainApis } from './drain.ts';
import { othersUpGuard } from './guards.ts';
import { markOf } from './keep.ts';
import { apiOn, type Controllers, known, named, serversOfService, unitsOn } from './topology.ts';

const PATH = '/etc/nova/nova.conf.d/90-windlass-old-computes.conf';

const CONTENT = `# Written by Windlass while computes of an older release are there; taken away when the last one is upgraded.
[workarounds]
disable_compute_service_check_for_ffu = true
[upgrade_levels]
compute = auto
`;

const SOURCE = 'research/lab.md 4 (7, 8); research/rules.md';

/** Whether computes of the old release report a service version that the new code refuses to start with. */
export function refusesOldComputes(roll: Controllers): boolean {
  const has = series(roll.from.openstack).novaService;
  const floor = novaFloor(roll.to.openstack);
  return (
    nodesWith(roll.cluster, 'compute').length > 0 && has !== undefined && floor !== undefined && has < floor
  );
}

/** The new nova on a node bears with computes of the old release, on both sides of the bus. */
export function bearOldComputes(chain: Chain, roll: Controllers, node: string): void {
  if (!refusesOldComputes(roll)) return;
  chain.step({
    id: `${node}/nova/bear-old-computes`,
    kind: 'file.write',
    on: [node],
    params: { path: PATH, mode: '0644', content: CONTENT, before: null },
    title: `Let the new nova on ${node} bear with computes of the old release`,
    why: 'TooOldComputeService: conductor, scheduler and computes would not start, and the API would answer 500',
    source: SOURCE,
    return: 'reversible',
    estimate: 1,
  });
}

/**
 * The last old compute is gone: what let them be borne with goes everywhere, and the control plane is started anew,
 * controller by controller, so that it speaks the new version to everyone. Computes read the option only when they
 * start: there the file's absence is enough.
 */
export function endOldComputes(draft: Draft, roll: Controllers, needs: readonly string[]): readonly string[] {
  if (!refusesOldComputes(roll)) return needs;
  const controllers = known(roll, 'controller');
  const removed = [...controllers, ...known(roll, 'compute')].map((node) =>
    draft.add({
      id: `${node}/nova/end-old-computes`,
      kind: 'file.remove',
      on: [node],
      params: { paths: [PATH] },
      title: `Take away on ${node} what let old computes be borne with`,
      why: 'none is left; a pin that stays would hold the new code back',
      source: SOURCE,
      needs,
      return: 'reversible',
      estimate: 1,
      class: 'light',
    }),
  );
  const nova = findService('nova');
  let last: readonly string[] = removed;
  for (const node of nova ? controllers : []) {
    const units = nova ? unitsOn(roll, node, nova, 'control') : [];
    if (!nova || units.length === 0) continue;
    const chain = new Chain(draft, last);
    // The only controller has nobody to leave its requests to.
    const servers = controllers.length > 1 ? serversOfService(roll, node, nova) : [];
    if (servers.length > 0) {
      chain.step({
        id: `${node}/haproxy/drain-nova-again`,
        ...drainApis(roll, servers),
        title: `Drain ${node}'s nova on every balancer`,
        why: 'requests under way end; no new ones come',
        source: '001',
        estimate: 3,
        guards: [othersUpGuard(roll, roll.balancers, servers, 'every backend has another server UP')],
      });
    }
    const http = apiOn(roll, node, nova);
    chain.step({
      id: `${node}/nova/restart`,
      kind: 'systemd.restart',
      on: [node],
      params: {
        units,
        key: `${markOf(roll)}-nova`,
        ...(http ? { http } : {}),
      },
      title: `Restart nova on ${node} and ask it by HTTP`,
      why: 'which version is spoken to computes is decided when it starts',
      source: SOURCE,
      return: 'reversible',
      estimate: 15,
      settle: 180,
    });
    if (servers.length > 0) {
      chain.step({
        id: `${node}/haproxy/enable-nova-again`,
        kind: 'haproxy.enable',
        on: roll.balancers,
        params: { socket: roll.socket, servers: named(servers) },
        title: `Give ${node}'s nova back to every balancer`,
        why: 'down until a check has passed, then UP',
        source: '001; research/lab.md 5',
        return: 'reversible',
        estimate: 8,
        settle: 180,
      });
    }
    last = chain.last;
  }
  return last;
}
