import { type Check, read, some } from './check.ts';

/** A package half way before the upgrade makes apt end 100 in it. */
export const dpkgAudit: Check = {
  code: 'WL-CHECK-DPKG-AUDIT',
  title: 'Packages are broken or only half configured',
  source: 'research/lab.md 2 (dpkg)',
  find: (scene) =>
    read(scene).flatMap(([node, { apt, packages }]) => {
      const half = Object.entries(packages).flatMap(([name, { state }]) =>
        state === undefined ? [] : [`${name} (${state})`],
      );
      if (apt.audit === undefined && half.length === 0) return [];
      return [
        {
          level: 'block' as const,
          node,
          evidence: half.length > 0 ? some(half) : (apt.audit?.split('\n').slice(0, 3).join(' ') ?? ''),
          remedy: `On ${node}: dpkg --force-confdef --force-confold --configure -a, then dpkg --audit must say nothing.`,
        },
      ];
    }),
};
