import { COMPONENTS } from '../catalog/components/index.ts';
import { servicesNamed } from '../catalog/services/index.ts';
import type { NodeFacts } from '../model/facts.ts';
import { blocking, type Check, type Found, read, type Scene, some } from './check.ts';

/** Units of the services and platform that the cluster file names, as they are on a node. */
function watched(
  scene: Scene,
  node: string,
  facts: NodeFacts,
): readonly (readonly [string, NodeFacts['units'][string]])[] {
  const roles = scene.cluster.nodes[node]?.roles ?? [];
  const services = servicesNamed(roles.flatMap((role) => scene.cluster.services[role] ?? []));
  const units = [
    ...services.flatMap((service) => roles.flatMap((role) => service.roles[role]?.units ?? [])),
    ...scene.cluster.platform.flatMap((part) => COMPONENTS[part]?.units ?? []),
  ];
  return [...new Set(units)].flatMap((unit) => {
    const state = facts.units[`${unit}.service`];
    return state ? [[unit, state] as const] : [];
  });
}

/** A masked unit does not come back after the upgrade, and keystone's postinst fails on it. */
export const masked: Check = {
  code: 'WL-CHECK-MASKED',
  title: 'Units are masked',
  source: 'research/lab.md 4 (2)',
  find: (scene) =>
    read(scene).flatMap(([node, facts]): Found[] => {
      const names = watched(scene, node, facts).flatMap(([unit, { enabled }]) =>
        enabled.startsWith('masked') ? [unit] : [],
      );
      return names.length === 0
        ? []
        : [
            {
              level: blocking(scene),
              node,
              evidence: `masked on ${node}: ${some(names)}`,
              remedy: `On ${node}: systemctl unmask ${names.join(' ')}; if they are not used there, remove their packages.`,
            },
          ];
    }),
};

/** What is down before the upgrade would be taken for a damage of the upgrade. */
export const down: Check = {
  code: 'WL-CHECK-SERVICE-DOWN',
  title: 'Services are already down',
  source: 'design.md 4; research/lab.md 4 (9)',
  find: (scene) =>
    read(scene).flatMap(([node, facts]): Found[] => {
      const off = watched(scene, node, facts).filter(
        ([, { active, enabled }]) => active === 'failed' || (enabled === 'enabled' && active !== 'active'),
      );
      return off.length === 0
        ? []
        : [
            {
              level: off.some(([, { active }]) => active === 'failed') ? blocking(scene) : 'warn',
              node,
              evidence: some(off.map(([unit, { active }]) => `${unit} is ${active}`)),
              remedy: `On ${node}: systemctl status ${off[0]?.[0]}; mend it, or systemctl disable what is not used.`,
            },
          ];
    }),
};
