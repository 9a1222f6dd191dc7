import { join } from 'node:path';
import { stringify } from 'yaml';
import type { z } from 'zod';
import { Cluster } from '../model/cluster.ts';
import type { Lab } from './lab.ts';
import { cloudData } from './proof.ts';
import { API_PORTS, SIDE_PORTS } from './services/haproxy.ts';
import { PROBE_QUEUES } from './services/rabbitmq.ts';
import { hasGuests } from './topology.ts';

type ClusterText = z.input<typeof Cluster>;

type Probes = NonNullable<ClusterText['probes']>;

/** What clients of a whole cloud ask beside: the other APIs, the dashboard, and the guests themselves. */
function cloudProbes(lab: Lab, api: (url: string) => Probes[string]): Probes {
  const { site, topology } = lab;
  if (!hasGuests(topology)) return {};
  const at = (name: keyof typeof API_PORTS): string => `http://${site.vip}:${API_PORTS[name]}`;
  const http = (url: string, status: number): Probes[string] => ({
    kind: 'http',
    url,
    expect: [status],
    rate: 2,
  });
  const data = cloudData(lab);
  const mine = data === undefined ? '' : `/${data.project}`;
  return {
    nova: http(`${at('nova')}/`, 200),
    'nova-list': api(`${at('nova')}/v2.1/servers`),
    neutron: http(`${at('neutron')}/`, 200),
    'neutron-list': api(`${at('neutron')}/v2.0/networks`),
    cinder: http(`${at('cinder')}/`, 300),
    ...(mine === '' ? {} : { 'cinder-list': api(`${at('cinder')}/v3${mine}/volumes`) }),
    heat: http(`${at('heat')}/`, 300),
    ...(mine === '' ? {} : { 'heat-list': api(`${at('heat')}/v1${mine}/stacks`) }),
    horizon: {
      kind: 'http',
      url: `http://${site.vip}:${SIDE_PORTS.horizon}/horizon/auth/login/`,
      expect: [200],
      rate: 0.5,
    },
    ...Object.fromEntries(
      (data?.guests ?? []).map(({ name, address }) => [name, { kind: 'ping', address, rate: 10 }] as const),
    ),
  };
}

/** What the watch is to ask: every way in which clients meet this cluster. */
function probes(lab: Lab): NonNullable<ClusterText['probes']> {
  const { site, topology, place } = lab;
  const secret = (name: string): string => `file:${join(place.secrets, name)}`;
  const keystone = `http://${site.vip}:${API_PORTS.keystone}/v3`;
  // Two cores bear about three authenticated requests a second for each API.
  const api = (url: string): NonNullable<ClusterText['probes']>[string] => ({
    kind: 'api',
    url,
    keystone,
    user: 'admin',
    project: 'admin',
    password: secret('keystone-admin'),
    rate: hasGuests(topology) ? 0.5 : 1,
  });
  // A client stays where it is until that node leaves it: probes that begin at different nodes see all of them.
  const queue = (type: 'classic' | 'quorum', first: number): NonNullable<ClusterText['probes']>[string] => ({
    kind: 'amqp',
    nodes: site.controllers.map(
      (_, index) => site.controllers[(index + first) % site.controllers.length]?.address ?? '',
    ),
    user: 'probe',
    password: secret('rabbit-probe'),
    queue: PROBE_QUEUES[type],
    type,
  });
  const has = (name: (typeof topology.services)[number]): boolean => topology.services.includes(name);
  return {
    ...(has('keystone')
      ? {
          keystone: { kind: 'http', url: keystone, expect: [200] },
          'keystone-list': api(`${keystone}/projects`),
        }
      : {}),
    ...(has('glance')
      ? {
          glance: { kind: 'http', url: `http://${site.vip}:${API_PORTS.glance}/`, expect: [300] },
          'glance-list': api(`http://${site.vip}:${API_PORTS.glance}/v2/images`),
        }
      : {}),
    ...(has('placement')
      ? {
          placement: {
            kind: 'http',
            url: `http://${site.vip}:${API_PORTS.placement}/`,
            expect: [200],
          },
          'placement-list': api(`http://${site.vip}:${API_PORTS.placement}/resource_providers`),
        }
      : {}),
    ...(has('galera')
      ? {
          database: {
            kind: 'sql',
            address: site.vip,
            user: 'probe',
            password: secret('db-probe'),
            database: 'probe',
            table: 't',
          },
        }
      : {}),
    ...(has('rabbitmq')
      ? {
          'bus-classic': queue('classic', 0),
          'bus-quorum': queue('quorum', 1),
          'bus-quorum-2': queue('quorum', 2),
        }
      : {}),
    ...cloudProbes(lab, api),
    ...(has('haproxy') ? { vip: { kind: 'tcp', address: site.vip, port: API_PORTS.keystone } } : {}),
  };
}

/** The lab's cluster.yaml: all that Windlass is told about it, with secrets by reference only. */
export function clusterYaml(lab: Lab): string {
  const { site, topology, place } = lab;
  const cluster: ClusterText = {
    cluster: lab.record.name,
    os: `debian/${topology.suite}`,
    openstack: topology.openstack,
    ssh: { user: 'root', identity: join(lab.home.keys, 'id_ed25519'), knownHosts: place.knownHosts },
    ...(topology.vip === undefined
      ? {}
      : { vips: { [topology.vip.name]: { address: site.vip, on: ['controller'] } } }),
    nodes: Object.fromEntries(
      site.nodes.map((node) => [
        node.name,
        { address: node.address, roles: [...node.roles], site: node.site },
      ]),
    ),
    services: Object.fromEntries(
      Object.entries(topology.roleServices).map(([role, names]) => [role, [...names]]),
    ),
    platform: [...topology.platform],
    ...(hasGuests(topology)
      ? {
          cloud: {
            credentials: '/root/openrc',
            canary: { image: 'guest', flavor: 'small', network: 'inside' },
          },
        }
      : {}),
    policy: { classes: { controller: { limit: 1 } } },
    probes: probes(lab),
  };
  Cluster.parse(cluster); // what the lab writes, Windlass must be able to read
  return `# Written by \`windlass lab up ${topology.name}\`.\n${stringify(cluster)}`;
}
