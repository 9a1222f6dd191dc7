// Three computes, two of them with a guest that a probe pings, and one guest nobody looks at.
import { assumedFacts } from '../../../src/catalog/assume.ts';
import type { CloudInstance } from '../../../src/model/cloud.ts';
import { Cluster } from '../../../src/model/cluster.ts';
import type { Facts } from '../../../src/model/facts.ts';
import type { Plan } from '../../../src/model/plan.ts';
import type { Standing } from '../../../src/model/target.ts';
import { EPOXY, GAZPACHO_HERE, HIBISCUS_HERE, rolled, ZED_HERE } from './rolled.ts';
import { planOf } from './shapes.ts';

interface Wanted {
  readonly to?: Standing;
  readonly policy?: object;
  readonly power?: CloudInstance['power'];
  readonly maintenance?: string;
}

export function withGuests({
  to = HIBISCUS_HERE,
  policy = {},
  power = 'running',
  maintenance,
}: Wanted): Plan {
  const from = to === EPOXY ? ZED_HERE : GAZPACHO_HERE;
  const services = ['keystone', 'nova', 'neutron'];
  const cluster = Cluster.parse({
    ...rolled({ computes: 3, services, policy, from }),
    probes: {
      'web-1': { kind: 'ping', address: '203.0.113.1' },
      'web-2': { kind: 'ping', address: '203.0.113.2' },
      vip: { kind: 'tcp', address: '10.77.2.10', port: 5000 },
    },
  });
  const instance = (name: string, node: string): CloudInstance => ({
    uuid: `u-${name}`,
    name,
    host: node,
    node,
    project: 'p',
    vmState: 'active',
    power,
    vcpus: 1,
    memoryMb: 512,
    diskGb: 1,
    root: 'volume',
    volumes: 1,
    pci: false,
    tags: [],
    ...(maintenance === undefined ? {} : { maintenance }),
  });
  const facts: Facts = {
    ...assumedFacts(cluster),
    cloud: {
      asked: 'ctl1',
      unread: [],
      schemas: {},
      services: [],
      computes: [],
      agents: [],
      instances: [instance('web-1', 'cmp1'), instance('web-2', 'cmp2'), instance('unseen', 'cmp3')],
      routers: [],
      networks: [],
      projects: {},
    },
  };
  return planOf(cluster, facts, to);
}
