import { expect, test } from 'vitest';
import { Facts } from '../../../src/model/facts.ts';
import { planOf } from './shapes.ts';
import { cluster, facts } from './source-000-cluster.ts';

test('what comes back to a network node is what it carried, and what others carried beside it is said', () => {
  const found = facts();
  const [first] = found.cloud?.routers ?? [];
  if (!found.cloud || !first) throw new Error('no router');
  const at = (node: string) => ({ agent: `${node}-0`, host: `${node}.example.com` });
  const ha = { ...first, id: 'ha', ha: true, agents: [at('z-controller-1'), at('z-controller-2')] };
  const cloud = { ...found.cloud, routers: [...found.cloud.routers, ha] };
  const made = planOf(cluster, Facts.parse({ ...found, cloud }), { os: 'buster', openstack: 'rocky' });
  const back = Object.fromEntries(
    made.steps.filter(({ kind }) => kind === 'network.return').map(({ id, params }) => [id, params]),
  );
  const common = { credentials: '/root/openrc', shared: ['ha'] };
  expect(back).toEqual({
    'z-controller-1/network/return': {
      ...common,
      host: 'z-controller-1.example.com',
      routers: ['router-1', 'ha'],
      networks: ['net-1'],
    },
    'z-controller-2/network/return': {
      ...common,
      host: 'z-controller-2.example.com',
      routers: ['router-2', 'ha'],
      networks: [],
    },
    'z-controller-3/network/return': {
      credentials: '/root/openrc',
      host: 'z-controller-3.example.com',
      routers: ['router-3'],
      networks: [],
    },
  });
});
