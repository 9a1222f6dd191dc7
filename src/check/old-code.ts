import { seriesOrder } from '../catalog/releases.ts';
import { SERVICES } from '../catalog/services/index.ts';
import { blocking, type Check, type Found, read, some } from './check.ts';

const OSLO = /^python3?-oslo\./;
const MESSAGING = /^python3?-oslo\.messaging$/;

/** The series up to which the daemons' oslo.messaging may still be the one that never leaves a lost server (000). */
const MENDED_AFTER = 'rocky';

/** Seconds by which a file list may be younger than the daemon that its own package's postinst started. */
const SLACK = 2;

/** dpkg exchanges the files, not the process: what runs is what was there when it began. */
export const oldCode: Check = {
  code: 'WL-CHECK-OLD-CODE',
  title: 'Daemons run older code than is installed',
  source: '000: "upgrading oslo.messaging will not restart daemons automatically"',
  find: (scene) =>
    read(scene).flatMap(([node, { started = {}, unpacked = {} }]): Found[] => {
      const since = (name: string): number => unpacked[name] ?? 0;
      const oslo = Object.keys(unpacked).filter((name) => OSLO.test(name));
      const old = SERVICES.flatMap(({ roles, tells }) => {
        const presences = Object.values(roles);
        const own = presences.flatMap(({ packages }) => packages);
        const loaded = [...new Set([...own, ...(tells ? [tells.package] : []), ...oslo])];
        return [...new Set(presences.flatMap(({ units }) => units))].flatMap((unit) => {
          const at = started[`${unit}.service`];
          if (at === undefined) return [];
          const newer = loaded.filter((name) => since(name) > at + SLACK);
          return newer.length === 0 ? [] : [{ unit, newer }];
        });
      });
      if (old.length === 0) return [];
      const newer = [...new Set(old.flatMap((one) => one.newer))].sort();
      const units = [...new Set(old.map(({ unit }) => unit))];
      const stuck =
        newer.some((name) => MESSAGING.test(name)) &&
        seriesOrder(scene.from.openstack) <= seriesOrder(MENDED_AFTER);
      return [
        {
          level: stuck ? blocking(scene) : 'warn',
          node,
          evidence: `on ${node} ${some(units)} began before ${some(newer)} was unpacked`,
          remedy: `On ${node}: systemctl restart ${units.join(' ')}.`,
        },
      ];
    }),
};
