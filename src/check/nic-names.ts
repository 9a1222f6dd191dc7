import { type Check, read, some } from './check.ts';

/** udev's names by slot and path depend on systemd's naming scheme, which a new release may change. */
export const nicNames: Check = {
  code: 'WL-CHECK-NIC-NAMES',
  title: 'Network interfaces are named by slot or path',
  source: 'design.md 4; Debian release notes',
  find(scene) {
    if (scene.from.os === scene.to.os) return [];
    const named = read(scene).flatMap(([node, { interfaces }]) =>
      interfaces
        .filter(({ name, addresses }) => /^en[ops]\d/.test(name) && addresses.length > 0)
        .map(({ name }) => `${node} ${name}`),
    );
    return named.length === 0
      ? []
      : [
          {
            level: 'note',
            evidence: some(named),
            remedy:
              'Have a console at hand at each first boot, or pin the names by a .link file with the MAC address.',
          },
        ];
  },
};
