import { type Check, read } from './check.ts';

/** What is pending now would be mixed up with what the upgrade brings. */
export const reboot: Check = {
  code: 'WL-CHECK-REBOOT',
  title: 'A reboot is pending',
  source: 'Debian release notes: start from a system that is up to date and rebooted',
  find: (scene) =>
    read(scene).flatMap(([node, { rebootRequired }]) =>
      rebootRequired
        ? [
            {
              level: 'warn' as const,
              node,
              evidence: `/run/reboot-required is there on ${node}`,
              remedy: `Drain ${node} and reboot it before the upgrade, so that a failure later is the upgrade's.`,
            },
          ]
        : [],
    ),
};
