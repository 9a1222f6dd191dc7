import { z } from 'zod';
import { type Ask, type Item, no, ok, paged, type Route } from './fake-http.ts';

export interface Agent {
  readonly id: string;
  readonly host: string;
  readonly agent_type: string;
  alive: boolean;
  admin_state_up: boolean;
  readonly configurations: Readonly<Record<string, unknown>>;
  readonly heartbeat_timestamp?: string;
  /** Ids of routers or networks. */
  carries: string[];
  /** Takes nothing, for a reason of its own. */
  refuses?: boolean;
  /** So many times the API ends in a 500 before it takes one. */
  stumbles?: number;
  /** Looks until a router that it took works there; for ever when nobody is told of it. */
  builds?: number;
}

/** One port of a router: bound where the router was last, DOWN while its agent builds it. */
interface Port {
  readonly router: string;
  host: string;
  building: number;
}

const L3 = 'L3 agent';
const Change = z.strictObject({ agent: z.strictObject({ admin_state_up: z.boolean() }) });
const Thing = z.union([
  z.strictObject({ router_id: z.string() }),
  z.strictObject({ network_id: z.string() }),
]);

/** Routers and DHCP on agents, with neutron's own rules for who may carry what. */
export class Neutron {
  readonly agents: Agent[] = [];
  readonly routers: (Item & { readonly ha: boolean })[] = [];
  readonly networks: Item[] = [];
  readonly ports: Port[] = [];
  /** What an agent was serving in the moment in which it was shut: it lets go of all of it at once. */
  readonly cut: string[] = [];

  private readonly size: () => number;
  constructor(size: () => number) {
    this.size = size;
  }

  agent(kind: 'L3' | 'DHCP', host: string, wanted: Partial<Agent> = {}): Agent {
    const agent = {
      id: `${kind}-${host}`,
      host,
      agent_type: `${kind} agent`,
      alive: true,
      admin_state_up: true,
      configurations: kind === 'L3' ? { agent_mode: 'legacy' } : {},
      carries: [],
      ...wanted,
    };
    this.agents.push(agent);
    for (const id of agent.carries) {
      this.thing(kind, id);
      if (kind === 'L3') this.ports.push({ router: id, host, building: 0 });
    }
    return agent;
  }

  thing(kind: 'L3' | 'DHCP', id: string, ha = false): void {
    if (kind === 'L3' && !this.routers.some((one) => one.id === id)) this.routers.push({ id, name: id, ha });
    if (kind === 'DHCP' && !this.networks.some((one) => one.id === id)) this.networks.push({ id, name: id });
  }

  /** The single port of a router, looked at once more. */
  private port(router: string): Item & Readonly<Record<string, string>> {
    const port = this.ports.find((one) => one.router === router);
    const built = port !== undefined && port.building <= 0;
    if (port) port.building -= 1;
    return {
      id: `port-${router}`,
      name: '',
      device_owner: 'network:router_interface',
      status: built ? 'ACTIVE' : 'DOWN',
      'binding:host_id': port?.host ?? '',
    };
  }

  on(kind: 'L3' | 'DHCP', host: string): string[] {
    return this.agents.find(({ id }) => id === `${kind}-${host}`)?.carries ?? [];
  }

  private one(act: (agent: Agent, ask: Ask) => ReturnType<Route[2]>): Route[2] {
    return (ask) => {
      const agent = this.agents.find(({ id }) => id === ask.ids[0]);
      return agent ? act(agent, ask) : no(404, `Agent ${ask.ids[0]} could not be found`);
    };
  }

  private add(agent: Agent, body: unknown): ReturnType<Route[2]> {
    const thing = Thing.parse(body);
    const id = 'router_id' in thing ? thing.router_id : thing.network_id;
    const known = (agent.agent_type === L3 ? this.routers : this.networks).find((one) => one.id === id);
    if (!known) return no(404, `${id} could not be found`);
    if (!agent.admin_state_up)
      return no(404, `Agent ${agent.id} is not a ${agent.agent_type} or has been disabled`);
    if (agent.stumbles !== undefined && agent.stumbles > 0) {
      agent.stumbles -= 1;
      return no(500, 'Request Failed: internal server error while processing your request.');
    }
    if (agent.refuses === true) return no(409, `${id} cannot be hosted by ${agent.id}`);
    const elsewhere = this.agents.some(
      (one) => one.agent_type === agent.agent_type && one.carries.includes(id),
    );
    if (agent.carries.includes(id)) return agent.agent_type === L3 ? ok({}, 201) : no(409, 'already hosted');
    if (agent.agent_type === L3 && elsewhere && !('ha' in known && known.ha === true))
      return no(409, `The router ${id} has been already hosted by another agent`);
    agent.carries.push(id);
    const port = this.ports.find(({ router }) => router === id);
    if (port && agent.agent_type === L3) {
      port.host = agent.host;
      port.building = agent.builds ?? 0;
    }
    return ok({}, 201);
  }

  private remove(agent: Agent, id: string): ReturnType<Route[2]> {
    if (!agent.carries.includes(id)) return no(409, `${id} is not hosted by ${agent.id}`);
    agent.carries = agent.carries.filter((one) => one !== id);
    return { status: 204 };
  }

  private carried(key: 'routers' | 'networks'): Route[2] {
    return this.one((agent) =>
      ok({ [key]: agent.carries.map((id) => this[key].find((one) => one.id === id) ?? { id }) }),
    );
  }

  readonly routes: readonly Route[] = [
    [
      'GET',
      /^\/agents$/,
      ({ query }) => {
        const host = query.get('host');
        return paged(
          this.size(),
          'agents',
          this.agents
            .filter((one) => host === null || one.host === host)
            .map(({ carries, refuses, stumbles, builds, ...one }) => one),
          query,
        );
      },
    ],
    [
      'PUT',
      /^\/agents\/([^/]+)$/,
      this.one((agent, { body }) => {
        const { admin_state_up } = Change.parse(body).agent;
        if (agent.admin_state_up && !admin_state_up) this.cut.push(...agent.carries);
        agent.admin_state_up = admin_state_up;
        return ok({ agent: { id: agent.id } });
      }),
    ],
    ['GET', /^\/agents\/([^/]+)\/l3-routers$/, this.carried('routers')],
    ['GET', /^\/agents\/([^/]+)\/dhcp-networks$/, this.carried('networks')],
    [
      'POST',
      /^\/agents\/([^/]+)\/(?:l3-routers|dhcp-networks)$/,
      this.one((agent, { body }) => this.add(agent, body)),
    ],
    [
      'DELETE',
      /^\/agents\/([^/]+)\/(?:l3-routers|dhcp-networks)\/([^/]+)$/,
      this.one((agent, { ids }) => this.remove(agent, ids[1] ?? '')),
    ],
    [
      'GET',
      /^\/ports$/,
      ({ query }) => {
        const router = this.routers.find(({ id }) => id === query.get('device_id'));
        return paged(this.size(), 'ports', router ? [this.port(router.id)] : [], query);
      },
    ],
    ['GET', /^\/networks$/, ({ query }) => paged(this.size(), 'networks', this.networks, query)],
    ['GET', /^\/routers$/, ({ query }) => paged(this.size(), 'routers', this.routers, query)],
    [
      'GET',
      /^\/(networks|routers)\/([^/]+)$/,
      ({ ids }) => {
        const found = (ids[0] === 'routers' ? this.routers : this.networks).find(({ id }) => id === ids[1]);
        return found ? ok({ [String(ids[0]).slice(0, -1)]: found }) : no(404, `${ids[1]} could not be found`);
      },
    ],
  ];
}
