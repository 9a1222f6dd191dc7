import { seriesOrder } from '../catalog/releases.ts';
import { type Check, read } from './check.ts';

/** The last series whose Neutron still has the agent is the one before this. */
const GONE_IN = '2025.1';

export const linuxbridge: Check = {
  code: 'WL-CHECK-LINUXBRIDGE',
  title: 'The linuxbridge agent does not exist in the target',
  source: 'research/lab.md 4 (10); 003',
  find(scene) {
    if (seriesOrder(scene.to.openstack) < seriesOrder(GONE_IN)) return [];
    return read(scene).flatMap(([node, { units, packages }]) => {
      const unit = units['neutron-linuxbridge-agent.service'];
      const used = unit !== undefined && (unit.active === 'active' || unit.enabled === 'enabled');
      return used && packages['neutron-linuxbridge-agent']
        ? [
            {
              level: 'block' as const,
              node,
              evidence: `neutron-linuxbridge-agent is ${unit.active} on ${node}; from ${GONE_IN} on its program is gone, the unit stays and fails`,
              remedy:
                'Move the networks to openvswitch first (003: neutron.networksegments, agents, ports), then disable the agent.',
            },
          ]
        : [];
    });
  },
};
