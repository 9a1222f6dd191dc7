import type { DatabaseStep, Moment, Service } from '../../catalog/service.ts';
import { databaseArgv, databaseSteps } from '../../catalog/services/index.ts';
import type { Draft } from '../draft.ts';
import { type Controllers, unitsOn } from './topology.ts';

function migrate(
  draft: Draft,
  roll: Controllers,
  node: string,
  service: Service,
  step: DatabaseStep,
  needs: readonly string[],
): string {
  const { argv, check } = databaseArgv(step);
  return draft.add({
    id: `cluster/${service.name}-database/${step.id}`,
    kind: 'database.migrate',
    on: [node],
    params: {
      argv,
      check: {
        argv: check,
        ...(step.check.input === undefined ? {} : { input: step.check.input }),
        done: [...step.check.done],
        todo: [...step.check.todo],
        meaning: step.check.meaning,
      },
    },
    title: step.title,
    why: `${roll.from.openstack} to ${roll.to.openstack}; ${step.check.meaning}`,
    source: step.source,
    needs,
    return: step.returns,
    estimate: step.estimate,
    timeout: 7200,
    impact: { apis: [service.name] },
  });
}

/** The database commands of one moment, service by service. */
export function migrations(
  draft: Draft,
  roll: Controllers,
  node: string,
  moment: Moment,
  needs: readonly string[],
): readonly string[] {
  let last = needs;
  for (const service of roll.services) {
    for (const step of databaseSteps(service, roll.to.openstack)) {
      if (step.moment === moment) last = [migrate(draft, roll, node, service, step, last)];
    }
  }
  return last;
}

/** A node's services start on their new code, are asked by HTTP, and take traffic again on every balancer. */
export function bringBack(draft: Draft, roll: Controllers, node: string, needs: readonly string[]): string {
  let last = node === roll.order[0] ? migrations(draft, roll, node, 'first', needs) : needs;
  const address = roll.cluster.nodes[node]?.address ?? '';
  for (const service of roll.services) {
    const units = unitsOn(roll, node, service);
    if (units.length === 0) continue;
    const api = service.api;
    last = [
      draft.add({
        id: `${node}/${service.name}/start`,
        kind: 'systemd.release',
        on: [node],
        params: {
          units,
          ...(api
            ? { http: { url: `http://${address}:${api.port}${api.path}`, expect: [...api.expect] } }
            : {}),
        },
        title: `Start ${service.name} on ${node}${api ? ' and ask it by HTTP' : ''}`,
        why: 'a unit that is active proves nothing: uwsgi stays active with a broken application',
        source: 'research/lab.md 4 (9)',
        needs: last,
        return: 'reversible',
        estimate: 8,
        settle: 180,
      }),
    ];
  }
  const servers = roll.servers
    .filter((server) => server.node === node)
    .map(({ backend, server }) => ({ backend, server }));
  if (servers.length > 0) {
    last = [
      draft.add({
        id: `${node}/haproxy/enable`,
        kind: 'haproxy.enable',
        on: roll.balancers,
        params: { socket: roll.socket, servers },
        title: `Give ${node} back to every balancer`,
        why: 'down until a check has passed, then UP',
        source: '001; research/lab.md 5',
        needs: last,
        return: 'reversible',
        estimate: 8,
        settle: 180,
      }),
    ];
  }
  return last[0] ?? '';
}
