import { seriesOrder } from '../catalog/releases.ts';
import type { Arrival } from '../catalog/service.ts';
import { SERVICES } from '../catalog/services/index.ts';
import { type Check, type Found, read } from './check.ts';

const ARRIVALS: readonly (Arrival & { readonly service: string })[] = SERVICES.flatMap(
  ({ name, adds = [] }) => adds.map((one) => ({ ...one, service: name })),
);

/** A package that took over a part of another one and that no dependency brings (lab.md 4, item 11). */
export const newPackages: Check = {
  code: 'WL-CHECK-NEW-PACKAGE',
  title: 'The target has a package that nothing pulls in',
  source: "research/lab.md 4 (item 11); Debian's package indexes",
  find: (scene) =>
    read(scene).flatMap(([node, { packages }]): Found[] =>
      ARRIVALS.filter(
        ({ at, package: name, where, pulled }) =>
          !pulled &&
          packages[name] === undefined &&
          where.some((one) => packages[one]) &&
          seriesOrder(at) <= seriesOrder(scene.to.openstack) &&
          // What came before the cluster's own release is only missing where an upgrade before this one lost it.
          seriesOrder(at) > seriesOrder(scene.from.openstack),
      ).map(({ package: name, unit, says, at, service }) => ({
        level: 'warn' as const,
        node,
        evidence: `${service} on ${node} needs ${name} from ${at} on: ${says}`,
        remedy: `On ${node}, after its upgrade: apt-get install ${name}${unit === undefined ? '' : `; systemctl enable --now ${unit}`}.`,
      })),
    ),
};
