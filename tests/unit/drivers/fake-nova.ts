import { z } from 'zod';
import { type Ask, type Item, no, ok, paged, type Route } from './fake-http.ts';

/** How a live migration goes, when one is asked for. */
export type Way =
  | 'arrives'
  /** It comes to an end, and the guest is still there. */
  | 'ends in error'
  /** It never ends by itself; called off, it stays. */
  | 'hangs'
  /** It never ends, and cannot be called off. */
  | 'hangs for good'
  /** It arrives in the very moment in which it is called off. */
  | 'arrives late'
  | 'arrives as ERROR'
  /** Nova does not even begin. */
  | 'refused'
  /** Its owner deletes it meanwhile. */
  | 'is deleted';

export interface Guest {
  readonly id: string;
  readonly name: string;
  host: string | null;
  status: string;
  task: string | null;
  power: number;
  tenant: string;
  metadata: Record<string, string>;
  way: Way;
  /** Looks that are left until what is under way has come to its end. */
  looks: number;
  end?: (() => void) | undefined;
  fault?: string;
  /** Never shuts off, never starts. */
  stubborn?: boolean;
}

export interface Service {
  readonly id: string;
  readonly host: string;
  readonly zone: string;
  readonly binary: string;
  status: string;
  state: string;
  disabled_reason: string | null;
  readonly updated_at?: string;
}

interface Migration {
  readonly id: number;
  readonly instance_uuid: string;
  status: string;
}

const DISABLED = 'COMPUTE_STATUS_DISABLED';
const Action = z.union([
  z.strictObject({
    'os-migrateLive': z.strictObject({
      host: z.null(),
      block_migration: z.union([z.boolean(), z.literal('auto')]),
    }),
  }),
  z.strictObject({ 'os-stop': z.null() }),
  z.strictObject({ 'os-start': z.null() }),
]);
const Metadata = z.strictObject({ metadata: z.record(z.string(), z.string()) });
const Wanted = z.strictObject({
  server: z.strictObject({
    name: z.string(),
    flavorRef: z.string(),
    imageRef: z.string(),
    networks: z.union([z.literal('none'), z.array(z.strictObject({ uuid: z.string() }))]),
    availability_zone: z.string(),
  }),
});
const Change = z.strictObject({
  status: z.enum(['enabled', 'disabled']),
  disabled_reason: z.string().optional(),
});
const Traits = z.strictObject({ resource_provider_generation: z.int(), traits: z.array(z.string()) });

export class Nova {
  readonly services: Service[] = [];
  readonly guests = new Map<string, Guest>();
  readonly migrations: Migration[] = [];
  readonly flavors: Item[] = [{ id: 'f-1', name: 'small' }];
  readonly providers = new Map<string, { generation: number; traits: string[] }>();
  /** How the next guests that are born end, one after the other; ACTIVE where nothing is said. */
  readonly births: string[] = [];
  /** nova-compute writes its traits itself, so many times, between our look at them and our word. */
  interruptions = 0;
  /** nova-compute puts its trait back before the scheduler has looked, so many times. */
  putBack = 0;

  private readonly size: () => number;
  constructor(size: () => number) {
    this.size = size;
  }

  host(name: string, wanted: Partial<Service> = {}): Service {
    const service = {
      id: `s-${name}`,
      host: name,
      zone: 'az-1',
      binary: 'nova-compute',
      status: 'enabled',
      state: 'up',
      disabled_reason: null,
      ...wanted,
    };
    this.services.push(service);
    this.providers.set(`${name}.example`, { generation: 1, traits: ['HW_CPU_X86_SSE', DISABLED] });
    return service;
  }

  guest(name: string, wanted: Partial<Guest> = {}): Guest {
    const guest: Guest = {
      id: `g-${name}`,
      name,
      host: 'cmp1',
      status: 'ACTIVE',
      task: null,
      power: 1,
      tenant: 'p-tenant',
      metadata: {},
      way: 'arrives',
      looks: 0,
      ...wanted,
    };
    this.guests.set(guest.id, guest);
    return guest;
  }

  /** A live migration is under way, as one that was begun before this program came. */
  move(guest: Guest): void {
    const migration = { id: this.migrations.length + 1, instance_uuid: guest.id, status: 'running' };
    this.migrations.push(migration);
    guest.task = 'migrating';
    const end =
      (status: string, host: string | null, how: Partial<Guest> = {}) =>
      () => {
        migration.status = status;
        Object.assign(guest, { host, task: null, ...how });
      };
    guest.looks =
      guest.way.startsWith('hangs') || guest.way === 'arrives late' ? Number.POSITIVE_INFINITY : 3;
    guest.end = {
      arrives: end('completed', 'cmp2'),
      'ends in error': end('error', guest.host),
      hangs: end('cancelled', guest.host),
      'hangs for good': end('running', guest.host),
      'arrives late': end('completed', 'cmp2'),
      'arrives as ERROR': end('error', 'cmp2', { status: 'ERROR', power: 0 }),
      refused: end('error', guest.host),
      'is deleted': () => void this.guests.delete(guest.id),
    }[guest.way];
  }

  private shown(guest: Guest): Item & Record<string, unknown> {
    return {
      id: guest.id,
      name: guest.name,
      status: guest.status,
      tenant_id: guest.tenant,
      metadata: guest.metadata,
      'OS-EXT-SRV-ATTR:host': guest.host,
      'OS-EXT-STS:task_state': guest.task,
      'OS-EXT-STS:power_state': guest.power,
      ...(guest.fault === undefined ? {} : { fault: { code: 500, message: guest.fault } }),
    };
  }

  /** Something is done with a guest, as Nova does it or as its owner wants it, and ends so. */
  later(guest: Guest, task: string, end: Partial<Guest>): void {
    guest.task = task;
    guest.looks = guest.stubborn === true ? Number.POSITIVE_INFINITY : 2;
    guest.end = () => Object.assign(guest, { task: null, ...end });
  }

  private act(guest: Guest, body: unknown): ReturnType<Route[2]> {
    const action = Action.parse(body);
    const [verb = ''] = Object.keys(action);
    if (guest.task !== null) return no(409, `Cannot '${verb}' while it is in task_state ${guest.task}`);
    if ('os-migrateLive' in action) {
      if (guest.way === 'refused' || guest.status === 'RESCUED')
        return no(409, `Cannot '${verb}' while it is in vm_state ${guest.status.toLowerCase()}`);
      this.move(guest);
    } else if ('os-stop' in action) {
      if (guest.status !== 'ACTIVE' && guest.status !== 'ERROR')
        return no(409, `Cannot '${verb}' while it is in vm_state ${guest.status.toLowerCase()}`);
      this.later(guest, 'powering-off', { status: 'SHUTOFF', power: 4 });
    } else {
      if (guest.status !== 'SHUTOFF') return no(409, `Cannot '${verb}' while it is in vm_state active`);
      this.later(guest, 'powering-on', { status: 'ACTIVE', power: 1 });
    }
    return { status: 202 };
  }

  /** The scheduler's part is done at once: a host that bears the trait is no candidate, also for one sent by name. */
  private bear(body: unknown): ReturnType<Route[2]> {
    const { server } = Wanted.parse(body);
    const host = server.availability_zone.split(':')[1] ?? '';
    const ends = this.births.shift() ?? 'ACTIVE';
    const guest = this.guest(server.name, {
      id: `g-new-${this.guests.size + 1}`,
      host: null,
      status: 'BUILD',
      power: 0,
      tenant: 'p-admin',
    });
    const provider = this.providers.get(`${host}.example`);
    if (this.putBack > 0) {
      this.putBack -= 1;
      provider?.traits.push(DISABLED);
    }
    const barred = provider?.traits.includes(DISABLED) ?? true;
    this.later(
      guest,
      'scheduling',
      barred
        ? { status: 'ERROR', fault: 'No valid host was found. ' }
        : ends === 'ACTIVE'
          ? { status: 'ACTIVE', power: 1, host }
          : { status: 'ERROR', host, fault: ends },
    );
    return ok({ server: { id: guest.id } }, 202);
  }

  private listed(query: URLSearchParams): (Item & Record<string, unknown>)[] {
    const name = new RegExp(query.get('name') ?? '');
    const host = query.get('host');
    return [...this.guests.values()]
      .filter((guest) => name.test(guest.name) && (host === null || guest.host === host))
      .map((guest) => this.shown(guest));
  }

  private one(act: (guest: Guest, ask: Ask) => ReturnType<Route[2]>): Route[2] {
    return (ask) => {
      const guest = this.guests.get(ask.ids[0] ?? '');
      return guest ? act(guest, ask) : no(404, `Instance ${ask.ids[0]} could not be found.`);
    };
  }

  readonly routes: readonly Route[] = [
    [
      'GET',
      /^\/os-services$/,
      ({ query }) =>
        ok({
          services: this.services.filter(
            ({ host, binary }) => host === query.get('host') && binary === query.get('binary'),
          ),
        }),
    ],
    [
      'PUT',
      /^\/os-services\/([^/]+)$/,
      ({ ids, body }) => {
        const { status, disabled_reason } = Change.parse(body);
        const service = this.services.find(({ id }) => id === ids[0]);
        if (!service) return no(404, 'no such service');
        Object.assign(service, { status, disabled_reason: disabled_reason ?? null });
        return ok({ service });
      },
    ],
    ['GET', /^\/servers\/detail$/, ({ query }) => paged(this.size(), 'servers', this.listed(query), query)],
    [
      'GET',
      /^\/servers\/([^/]+)$/,
      this.one((guest) => {
        const { looks, end } = guest;
        guest.looks = looks - 1;
        if (end && looks <= 1) {
          guest.end = undefined;
          end();
        }
        return this.guests.has(guest.id) ? ok({ server: this.shown(guest) }) : no(404, 'it is deleted');
      }),
    ],
    ['POST', /^\/servers$/, ({ body }) => this.bear(body)],
    ['POST', /^\/servers\/([^/]+)\/action$/, this.one((guest, { body }) => this.act(guest, body))],
    [
      'POST',
      /^\/servers\/([^/]+)\/metadata$/,
      this.one((guest, { body }) => {
        if (guest.task !== null || guest.status === 'RESCUED') return no(409, 'Cannot update metadata');
        Object.assign(guest.metadata, Metadata.parse(body).metadata);
        return ok({ metadata: guest.metadata });
      }),
    ],
    [
      'DELETE',
      /^\/servers\/([^/]+)\/metadata\/([^/]+)$/,
      this.one((guest, { ids }) => {
        const key = ids[1] ?? '';
        if (!(key in guest.metadata)) return no(404, 'Metadata item was not found');
        delete guest.metadata[key];
        return { status: 204 };
      }),
    ],
    [
      'DELETE',
      /^\/servers\/([^/]+)$/,
      this.one((guest) => {
        guest.task = 'deleting';
        guest.looks = guest.stubborn === true ? Number.POSITIVE_INFINITY : 3;
        guest.end = () => void this.guests.delete(guest.id);
        return { status: 204 };
      }),
    ],
    [
      'GET',
      /^\/servers\/([^/]+)\/migrations$/,
      this.one(({ id }) =>
        ok({
          migrations: this.migrations.filter((one) => one.instance_uuid === id && one.status === 'running'),
        }),
      ),
    ],
    [
      'DELETE',
      /^\/servers\/([^/]+)\/migrations\/(\d+)$/,
      this.one((guest) => {
        if (guest.way === 'hangs for good') return no(400, 'Migration is in state preparing');
        guest.looks = 2;
        return guest.way === 'arrives late' ? no(404, 'Migration not found') : { status: 202 };
      }),
    ],
    [
      'GET',
      /^\/os-migrations$/,
      ({ query }) =>
        ok({ migrations: this.migrations.filter((one) => one.instance_uuid === query.get('instance_uuid')) }),
    ],
    [
      'GET',
      /^\/os-hypervisors\/detail$/,
      ({ query }) =>
        paged(
          this.size(),
          'hypervisors',
          this.services.map(({ host }) => ({
            id: `h-${host}`,
            hypervisor_hostname: `${host}.example`,
            service: { host },
          })),
          query,
        ),
    ],
    ['GET', /^\/flavors\/detail$/, ({ query }) => paged(this.size(), 'flavors', this.flavors, query)],
  ];

  readonly placement: readonly Route[] = [
    [
      'GET',
      /^\/resource_providers$/,
      ({ query }) => {
        const name = query.get('name') ?? '';
        return ok({ resource_providers: this.providers.has(name) ? [{ uuid: name, name }] : [] });
      },
    ],
    [
      'GET',
      /^\/resource_providers\/([^/]+)\/traits$/,
      ({ ids }) => {
        const provider = this.providers.get(ids[0] ?? '');
        if (!provider) return no(404, 'no such provider');
        const said = { resource_provider_generation: provider.generation, traits: [...provider.traits] };
        if (this.interruptions > 0) {
          this.interruptions -= 1;
          provider.generation += 1;
        }
        return ok(said);
      },
    ],
    [
      'PUT',
      /^\/resource_providers\/([^/]+)\/traits$/,
      ({ ids, body }) => {
        const provider = this.providers.get(ids[0] ?? '');
        const wanted = Traits.parse(body);
        if (!provider) return no(404, 'no such provider');
        if (wanted.resource_provider_generation !== provider.generation)
          return no(409, "Resource provider's generation already changed.");
        provider.generation += 1;
        provider.traits = wanted.traits;
        return ok(wanted);
      },
    ],
  ];
}
