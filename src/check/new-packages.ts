import { departures, unpulled } from '../catalog/services/changes.ts';
import { SERVICES } from '../catalog/services/index.ts';
import { type Check, type Found, read } from './check.ts';

/** A package that took over a part of another one and that no dependency brings (lab.md 4, item 11). */
export const newPackages: Check = {
  code: 'WL-CHECK-NEW-PACKAGE',
  title: 'The target has a package that nothing pulls in',
  source: "research/lab.md 4 (item 11); Debian's package indexes",
  find: (scene) =>
    read(scene).flatMap(([node, { packages }]): Found[] =>
      SERVICES.flatMap((service) =>
        unpulled(
          service,
          (name) => packages[name] !== undefined,
          scene.from.openstack,
          scene.to.openstack,
        ).map(({ package: name, unit, says, at }) => ({
          level: 'warn' as const,
          node,
          evidence: `${service.name} on ${node} needs ${name} from ${at} on: ${says}`,
          remedy: `On ${node}, after its upgrade: apt-get install ${name}${unit === undefined ? '' : `; systemctl enable --now ${unit}`}.`,
        })),
      ),
    ),
};

/** linuxbridge has a check of its own, with the way out. */
const TOLD_ELSEWHERE = new Set(['neutron-linuxbridge-agent']);

/** What the target no longer has, or has only the shell of. */
export const departed: Check = {
  code: 'WL-CHECK-DEPARTED',
  title: 'The target no longer has what runs here',
  source: "the catalogue's services; research/lab.md 4 (item 10)",
  find: (scene) =>
    read(scene).flatMap(([node, { packages, units }]): Found[] =>
      SERVICES.flatMap((service) =>
        departures(service, scene.from.openstack, scene.to.openstack).flatMap((one): Found[] => {
          const what = one.package ?? one.unit;
          if (what === undefined || TOLD_ELSEWHERE.has(what)) return [];
          const runs = one.unit !== undefined && units[`${one.unit}.service`]?.active === 'active';
          if (!runs && (one.package === undefined || packages[one.package] === undefined)) return [];
          return [
            {
              level: one.hollow && runs ? 'block' : 'warn',
              node,
              evidence: `${what} on ${node} is gone from ${one.at} on: ${one.says}`,
              remedy: `Before the upgrade of ${node}: systemctl disable --now ${one.unit ?? what} when nothing needs it any more; after it: apt-get remove ${one.package ?? what}.`,
            },
          ];
        }),
      ),
    ),
};
