import type { LentSection, NewPart, Service } from '../catalog/service.ts';
import { newParts } from '../catalog/services/changes.ts';
import { servicesNamed } from '../catalog/services/index.ts';
import { EXIT, WindlassError } from '../model/error.ts';
import { Chain, type Draft } from './draft.ts';
import { credentials } from './os-roll/cloud.ts';
import { type Controllers, hasRole, known, servicesOn } from './os-roll/topology.ts';

const HAPROXY = '/etc/haproxy/haproxy.cfg';

interface Found {
  readonly service: Service;
  readonly part: NewPart;
}

/**
 * What the new release has besides packages and schemas: databases, listeners, endpoints, sections of files. The old
 * release minds none of it, so it is made while that one serves, before the point of no return, and each can be taken
 * away again. Throws WL-PLAN-CLOUD (exit 3) when endpoints are wanted and nobody says how Keystone is asked.
 */
export function makeParts(draft: Draft, roll: Controllers, nodes: readonly string[]): void {
  const services = servicesNamed(Object.values(roll.cluster.services).flatMap((words) => words ?? []));
  const found = services.flatMap((service) =>
    newParts(service, roll.from.openstack, roll.to.openstack).map((part): Found => ({ service, part })),
  );
  if (found.length === 0) return;
  draft.phase('new-parts', 'Make what the new release has and the old one has not');
  const chain = new Chain(
    draft,
    draft.steps.map(({ id }) => id),
    { class: 'light' },
  );
  for (const one of found) changeAddresses(chain, roll, nodes, one);
  for (const one of found) makeDatabase(chain, roll, one);
  for (const one of found) listen(chain, roll, one);
  for (const one of found) makeEndpoints(chain, roll, one);
  for (const one of found) lendSection(chain, roll, nodes, one);
}

const said = ({ part }: Found) => ({ why: part.says, source: part.source, return: 'reversible' as const });

/** Before anything is lent: what is lent may be such an address. */
function changeAddresses(chain: Chain, roll: Controllers, nodes: readonly string[], found: Found): void {
  const { addresses } = found.part;
  if (!addresses) return;
  for (const node of nodes) {
    const places = [...new Set(servicesOn(roll, node).flatMap(({ etc }) => etc))];
    if (places.length === 0) continue;
    chain.step({
      id: `${node}/${found.service.name}-addresses/change`,
      kind: 'config.addresses',
      on: [node],
      params: { places, ...addresses, suffix: `.before-${found.service.name}-${found.part.id}` },
      title: `Let configuration on ${node} that names ${found.service.name} by ${addresses.cut} name it by ${addresses.to}`,
      ...said(found),
      estimate: 2,
    });
  }
}

/** On any member that has the others: what is made there is made on all. */
function makeDatabase(chain: Chain, roll: Controllers, found: Found): void {
  const { database } = found.part;
  const node = roll.all.find((name) => roll.facts.nodes[name]?.galera);
  if (!database || node === undefined || roll.schemas.includes(database.schema)) return;
  chain.step({
    id: `cluster/${database.schema}/create`,
    kind: 'database.create',
    on: [node],
    params: { ...database },
    title: `Make the database ${database.schema}, for whoever may use ${database.like}`,
    ...said(found),
    estimate: 2,
  });
}

/** A balancer that has the port already, under whatever name, is left as it is. */
function listen(chain: Chain, roll: Controllers, found: Found): void {
  const { proxy } = found.part;
  const [vip] = roll.vips;
  if (!proxy || vip === undefined || roll.servers.some(({ port }) => port === proxy.port)) return;
  const servers = known(roll, 'controller')
    .filter((name) => servicesOn(roll, name).includes(found.service))
    .map((name) => ({ name, address: `${roll.cluster.nodes[name]?.address ?? name}:${proxy.port}` }));
  if (servers.length === 0) return;
  for (const node of roll.balancers) {
    chain.step({
      id: `${node}/${proxy.name}/listen`,
      kind: 'haproxy.listen',
      on: [node],
      params: {
        path: HAPROXY,
        socket: roll.socket,
        name: proxy.name,
        bind: `${vip.address}:${proxy.port}`,
        servers,
      },
      title: `Let ${node}'s balancer listen for ${proxy.name} (${proxy.port})`,
      ...said(found),
      estimate: 2,
    });
  }
}

function makeEndpoints(chain: Chain, roll: Controllers, found: Found): void {
  const { endpoint } = found.part;
  if (!endpoint) return;
  const access = credentials(roll);
  const [ask] = known(roll, 'controller');
  if (access === undefined || ask === undefined) {
    throw new WindlassError(
      {
        code: 'WL-PLAN-CLOUD',
        message: `${roll.to.openstack} wants endpoints of type ${endpoint.type}, but the cluster file does not say how the cloud’s APIs are asked`,
        remedy:
          'say it: `cloud: {credentials: /root/openrc}`, a file of OS_* variables that is on every controller',
      },
      EXIT.blocked,
    );
  }
  const same = endpoint.type === endpoint.like;
  chain.step({
    id: `cluster/${endpoint.type}/endpoints`,
    kind: 'endpoint.make',
    on: [ask],
    params: { credentials: access, ...endpoint },
    title: same
      ? `Let the endpoints of ${endpoint.name} that end in ${endpoint.cut} end in ${endpoint.to}`
      : `Make the endpoints of ${endpoint.name} (${endpoint.type}) after those of ${endpoint.like}`,
    ...said(found),
    estimate: 3,
  });
}

const isThere = (roll: Controllers, node: string, section: LentSection): boolean =>
  section.roles.some((role) => hasRole(roll, node, role));

function lendSection(chain: Chain, roll: Controllers, nodes: readonly string[], found: Found): void {
  const { section } = found.part;
  if (!section) return;
  for (const node of nodes) {
    if (!isThere(roll, node, section) || !servicesOn(roll, node).includes(found.service)) continue;
    chain.step({
      id: `${node}/${found.part.id}/section`,
      kind: 'config.lend',
      on: [node],
      params: {
        path: section.file,
        keep: `${section.file}.before-${found.part.id}`,
        from: section.from,
        to: section.to,
        needs: [...section.needs],
        also: [...section.also],
        otherwise: { ...section.otherwise },
      },
      title: `Give ${section.file} on ${node} a [${section.to}] after its [${section.from}]`,
      ...said(found),
      estimate: 1,
    });
  }
}
