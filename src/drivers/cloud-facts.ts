import type { Cloud, CloudInstance, CloudRouter, CloudService } from '../model/cloud.ts';
import type { Answers } from './tables.ts';

/** Nova's `service_down_time` and Neutron's `agent_down_time`, as both ship them. */
const SERVICE_DOWN = 60;
const AGENT_DOWN = 75;

/** Nova's power states by their number (nova/objects/fields.py): 2 and 5 are not used any more. */
const POWER: Readonly<Record<string, CloudInstance['power']>> = {
  '0': 'nostate',
  '1': 'running',
  '3': 'paused',
  '4': 'shutdown',
  '6': 'crashed',
  '7': 'suspended',
};

type Row = readonly string[];
const figure = (field: string | undefined): number => Math.round(Number(field)) || 0;
const flag = (field: string | undefined): boolean => figure(field) !== 0;
const aged = (field: string | undefined): number | null =>
  field === undefined || field === '' ? null : figure(field);
const within = (seconds: number | null, limit: number): boolean => seconds !== null && seconds <= limit;
const words = (field: string | undefined): string[] =>
  (field ?? '')
    .split(',')
    .filter((word) => word !== '')
    .sort();
const by =
  <T>(key: (one: T) => string) =>
  (a: T, b: T): number =>
    key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0;

/** Who is where: the node of the cluster file that calls itself as a host does, `undefined` when none does. */
export type NodeOf = (host: string) => string | undefined;

/** What the rows of `selects` say, in an order that does not depend on the server's. */
export function readCloud(asked: string, { rows, faults }: Answers, nodeOf: NodeOf): Cloud {
  const of = (id: string): readonly Row[] => rows[id] ?? [];
  const at = (host: string): { node?: string } => {
    const node = nodeOf(host);
    return node === undefined ? {} : { node };
  };
  const services = readServices(of('nova-services'), of('cinder-services'), at);
  const schemas: Record<string, string[]> = {};
  for (const [schema = '', revision = ''] of of('schemas')) {
    schemas[schema] = [...(schemas[schema] ?? []), revision].sort();
  }
  const speaks = new Map(
    services.flatMap((one) => (one.binary === 'nova-compute' ? [[one.host, one] as const] : [])),
  );
  return {
    asked,
    unread: [...faults],
    schemas: Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1))),
    services,
    computes: of('computes')
      .map(([cell = '', host = '', hypervisor = '', type = '', version, ...sizes]) => {
        const service = speaks.get(host);
        const [vcpus = 0, vcpusUsed = 0, memoryMb = 0, memoryUsedMb = 0, diskGb = 0, diskUsedGb = 0] =
          sizes.map(figure);
        return {
          host,
          hypervisor,
          ...at(host),
          cell,
          type,
          version: figure(version),
          disabled: service?.disabled ?? false,
          ...(service?.reason === undefined ? {} : { reason: service.reason }),
          up: service?.up ?? false,
          vcpus,
          vcpusUsed,
          memoryMb,
          memoryUsedMb,
          diskGb,
          diskUsedGb,
        };
      })
      .sort(by(({ host, hypervisor }) => `${host} ${hypervisor}`)),
    agents: of('agents')
      .map(([id = '', type = '', binary = '', host = '', adminUp, since]) => ({
        id,
        type,
        binary,
        host,
        ...at(host),
        adminUp: flag(adminUp),
        alive: within(aged(since), AGENT_DOWN),
        age: aged(since),
      }))
      .sort(by(({ host, type }) => `${host} ${type}`)),
    instances: of('instances')
      .map((row) => readInstance(row, at))
      .sort(by(({ uuid }) => uuid)),
    ...readNetworks(of('routers'), of('router-agents'), of('networks'), of('network-agents')),
    projects: Object.fromEntries(
      of('projects')
        .map(([id = '', name = '', tags]) => [id, { name, tags: words(tags) }] as const)
        .sort(by(([id]) => id)),
    ),
  };
}

function readServices(
  nova: readonly Row[],
  cinder: readonly Row[],
  at: (host: string) => { node?: string },
): CloudService[] {
  const all = [
    ...nova.map(
      ([host = '', binary = '', version, disabled, reason = '', since, forced]): CloudService => ({
        of: 'nova',
        host,
        ...at(host),
        binary,
        ...(version === undefined || version === '' ? {} : { version: figure(version) }),
        disabled: flag(disabled),
        ...(reason === '' ? {} : { reason }),
        up: within(aged(since), SERVICE_DOWN) && !flag(forced),
        age: aged(since),
      }),
    ),
    ...cinder.map(
      ([host = '', binary = '', disabled, reason = '', since]): CloudService => ({
        of: 'cinder',
        host,
        // A volume service reports as `ctl1@lvm`, its cluster as `ctl1@lvm#pool`.
        ...at(host.replace(/@.*$/, '')),
        binary,
        disabled: flag(disabled),
        ...(reason === '' ? {} : { reason }),
        up: within(aged(since), SERVICE_DOWN),
        age: aged(since),
      }),
    ),
  ];
  // With cells a service may have left a row in each database it ever reported to: the youngest one speaks.
  const youngest = new Map<string, CloudService>();
  for (const one of all) {
    const key = `${one.of} ${one.host} ${one.binary}`;
    const other = youngest.get(key);
    if (other === undefined || (one.age ?? Infinity) < (other.age ?? Infinity)) youngest.set(key, one);
  }
  return [...youngest].sort(by(([key]) => key)).map(([, one]) => one);
}

function readInstance(row: Row, at: (host: string) => { node?: string }): CloudInstance {
  const [uuid = '', name = '', host = '', project = '', vmState = '', power = '', task = '', ...more] = row;
  const [vcpus = 0, memoryMb = 0, rootGb = 0, ephemeralGb = 0, volumes = 0, boot = 0, pci = 0] =
    more.map(figure);
  return {
    uuid,
    name,
    host,
    ...at(host),
    project,
    vmState,
    power: POWER[power] ?? 'other',
    ...(task === '' ? {} : { task }),
    vcpus,
    memoryMb,
    diskGb: ephemeralGb + (boot > 0 ? 0 : rootGb),
    root: boot > 0 ? 'volume' : 'local',
    volumes,
    pci: pci > 0,
    tags: words(more[7]),
    ...(more[8] === undefined || more[8] === '' ? {} : { maintenance: more[8] }),
  };
}

function readNetworks(
  routers: readonly Row[],
  routerAgents: readonly Row[],
  networks: readonly Row[],
  networkAgents: readonly Row[],
): Pick<Cloud, 'routers' | 'networks'> {
  const carried = (id: string): CloudRouter['agents'] =>
    routerAgents
      .filter(([router]) => router === id)
      .map(([, agent = '', host = '', state = '']) => ({
        agent,
        host,
        ...(state === 'active' || state === 'standby' ? { state: state as 'active' | 'standby' } : {}),
      }))
      .sort(by(({ host }) => host));
  return {
    routers: routers
      .map(([id = '', name = '', project = '', adminUp, gateway, ha, distributed]) => ({
        id,
        name,
        project,
        adminUp: flag(adminUp),
        gateway: flag(gateway),
        ha: flag(ha),
        distributed: flag(distributed),
        agents: carried(id),
      }))
      .sort(by(({ id }) => id)),
    networks: networks
      .map(([id = '', name = '', dhcp]) => ({
        id,
        name,
        dhcp: flag(dhcp),
        agents: networkAgents
          .filter(([network]) => network === id)
          .map(([, agent = '', host = '']) => ({ agent, host }))
          .sort(by(({ host }) => host)),
      }))
      .sort(by(({ id }) => id)),
  };
}
