import { type Check, read } from './check.ts';

export const dpkgLock: Check = {
  code: 'WL-CHECK-DPKG-LOCK',
  title: "Someone holds dpkg's lock",
  source: 'design.md 4',
  find: (scene) =>
    read(scene).flatMap(([node, { apt }]) =>
      apt.lock === undefined
        ? []
        : [
            {
              level: 'block' as const,
              node,
              evidence: `dpkg's lock on ${node} is held by ${apt.lock}`,
              remedy: `Wait for it to end; if it is unattended-upgrades: systemctl stop unattended-upgrades apt-daily.timer apt-daily-upgrade.timer on ${node}.`,
            },
          ],
    ),
};
