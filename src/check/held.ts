import { COMPONENTS } from '../catalog/components/index.ts';
import { SERVICES } from '../catalog/services/index.ts';
import { type Check, read, some } from './check.ts';

const OURS = new Set([
  ...SERVICES.flatMap(({ roles }) => Object.values(roles).flatMap(({ packages }) => packages)),
  ...Object.values(COMPONENTS).flatMap(({ packages }) => packages),
]);

/** A held package stays old, and what depends on its new version stays old with it. */
export const held: Check = {
  code: 'WL-CHECK-HELD',
  title: 'Packages are held',
  source: 'design.md 4; apt-mark(8)',
  find: (scene) =>
    read(scene).flatMap(([node, { packages }]) => {
      const names = Object.entries(packages).flatMap(([name, one]) => (one.held === true ? [name] : []));
      return names.length === 0
        ? []
        : [
            {
              level: names.some((name) => OURS.has(name)) ? ('block' as const) : ('warn' as const),
              node,
              evidence: `held on ${node}: ${some(names)}`,
              remedy: `On ${node}: apt-mark unhold ${names.join(' ')}, or remove them first if they must not be upgraded.`,
            },
          ];
    }),
};
