import { departures, unpulled } from '../catalog/services/changes.ts';
import { SERVICES } from '../catalog/services/index.ts';
import { type Check, type Found, read, type Scene, some } from './check.ts';

/** Nodes of which something is true, in the cluster file's order. */
function nodesWhere(scene: Scene, is: (facts: Scene['facts']['nodes'][string]) => boolean): string[] {
  return read(scene).flatMap(([node, facts]) => (is(facts) ? [node] : []));
}

/** One finding for all nodes it is true of: a fleet of computes is not told line by line. */
function told(nodes: readonly string[], found: (on: string) => Omit<Found, 'node'>): Found[] {
  const [only, ...others] = nodes;
  if (only === undefined) return [];
  return [{ ...(others.length === 0 ? { node: only } : {}), ...found(some(nodes, 8)) }];
}

/** A package that took over a part of another one and that no dependency brings (lab.md 4, item 11). */
export const newPackages: Check = {
  code: 'WL-CHECK-NEW-PACKAGE',
  title: 'The target has a package that nothing pulls in',
  source: "research/lab.md 4 (item 11); Debian's package indexes",
  find(scene) {
    const { from, to } = scene;
    const missing = ({ packages }: Scene['facts']['nodes'][string], service: (typeof SERVICES)[number]) =>
      unpulled(service, (name) => packages[name] !== undefined, from.openstack, to.openstack);
    return SERVICES.flatMap((service) =>
      (service.adds ?? []).flatMap((one) =>
        told(
          nodesWhere(scene, (facts) => missing(facts, service).includes(one)),
          (on) => ({
            level: 'note',
            evidence: `${service.name} on ${on} needs ${one.package} from ${one.at} on: ${one.says}`,
            remedy: `The plan does it. By hand on ${on}, after the upgrade: apt-get install ${one.package}${one.unit === undefined ? '' : `; systemctl enable --now ${one.unit}`}.`,
          }),
        ),
      ),
    );
  },
};

/** linuxbridge has a check of its own, with the way out. */
const TOLD_ELSEWHERE = new Set(['neutron-linuxbridge-agent']);

/** What the target no longer has, or has only the shell of. */
export const departed: Check = {
  code: 'WL-CHECK-DEPARTED',
  title: 'The target no longer has what runs here',
  source: "the catalogue's services; research/lab.md 4 (item 10)",
  find: (scene) =>
    SERVICES.flatMap((service) =>
      departures(service, scene.from.openstack, scene.to.openstack).flatMap((one): Found[] => {
        const what = one.package ?? one.unit;
        if (what === undefined || TOLD_ELSEWHERE.has(what)) return [];
        const runs = ({ units }: Scene['facts']['nodes'][string]): boolean =>
          one.unit !== undefined && units[`${one.unit}.service`]?.active === 'active';
        const running = nodesWhere(scene, runs);
        const there = nodesWhere(
          scene,
          (facts) => runs(facts) || (one.package !== undefined && facts.packages[one.package] !== undefined),
        );
        const stop = one.unit === undefined ? '' : `systemctl disable --now ${one.unit}; `;
        return told(there, (on) => ({
          level: one.hollow && running.length > 0 ? 'block' : 'warn',
          evidence: `${what} on ${on} is gone from ${one.at} on: ${one.says}`,
          remedy: `On ${on}, when nothing needs it any more and before the upgrade: ${stop}apt-get remove ${what}.`,
        }));
      }),
    ),
};
