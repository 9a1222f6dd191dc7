import { blocking, type Check, type Found, read, type Scene } from './check.ts';

/**
 * What a node whose Pacemaker answers sees: one with a quorum where there is one. All see the same, but for a node that
 * is cut off, and for new members beside old ones that do not hear them (000).
 */
function view(scene: Scene) {
  const views = read(scene).flatMap(([, { pacemaker }]) =>
    pacemaker && pacemaker.online.length > 0 ? [pacemaker] : [],
  );
  return views.find(({ quorate }) => quorate) ?? views[0];
}

export const pacemakerNode: Check = {
  code: 'WL-CHECK-PACEMAKER',
  title: 'A node is out of the Pacemaker cluster',
  source: '000; research/lab.md 2',
  find(scene) {
    const nodes = read(scene).filter(([, { pacemaker }]) => pacemaker);
    const silent = nodes.filter(([, { pacemaker }]) => pacemaker?.online.length === 0);
    const seen = view(scene);
    const found: Found[] = silent.map(([node]) => ({
      level: blocking(scene),
      node,
      evidence: `crm_mon on ${node} does not answer or sees nobody online`,
      remedy: `On ${node}: systemctl start corosync pacemaker, then crm_mon -1.`,
    }));
    if (!seen) return found;
    if (!seen.quorate) {
      found.push({
        level: 'block',
        evidence: 'the cluster has no quorum',
        remedy:
          'Start corosync and pacemaker on the missing nodes until crm_mon -1 says partition with quorum.',
      });
    }
    for (const [node] of nodes) {
      if (seen.offline.includes(node)) {
        found.push({
          level: blocking(scene),
          node,
          evidence: `${node} is OFFLINE`,
          remedy: `On ${node}: systemctl start corosync pacemaker.`,
        });
      }
      if (seen.standby.includes(node)) {
        found.push({
          level: blocking(scene),
          node,
          evidence: `${node} is in standby: no resource may run there`,
          remedy: `crm node online ${node}`,
        });
      }
    }
    return found;
  },
};

/** `crm resource move` leaves a constraint, which then decides where the VIP goes. */
export const pacemakerConstraint: Check = {
  code: 'WL-CHECK-PACEMAKER-CONSTRAINT',
  title: 'An earlier move left a constraint',
  source: 'research/lab.md 2',
  find(scene) {
    const left = view(scene)?.constraints.filter((id) => id.startsWith('cli-')) ?? [];
    return left.map((id) => ({
      level: 'warn' as const,
      evidence: `constraint ${id} is still there`,
      remedy: `crm resource clear ${id.replace(/^cli-(prefer|ban|standby)-/, '').replace(/-on-.*$/, '')}`,
    }));
  },
};

export const vipStopped: Check = {
  code: 'WL-CHECK-VIP',
  title: 'A VIP runs nowhere',
  source: '000',
  find(scene) {
    const seen = view(scene);
    if (!seen) return [];
    return Object.keys(scene.cluster.vips).flatMap((name) => {
      const at = seen.resources[name];
      if (typeof at === 'string') return [];
      const known = Object.keys(seen.resources).join(', ');
      return [
        {
          level: 'block' as const,
          evidence:
            at === null
              ? `${name} is stopped`
              : `Pacemaker has no resource ${name}; it has ${known || 'none'}`,
          remedy:
            at === null
              ? `crm resource start ${name}; crm_mon -1 says why it does not start.`
              : 'Call the VIP in the cluster file as its resource is called: crm resource list.',
        },
      ];
    });
  },
};
