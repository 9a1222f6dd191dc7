import { findSeries, novaFloor, series, seriesOrder } from '../catalog/releases.ts';
import { findService, seriesOfPackage } from '../catalog/services/index.ts';
import { letsOldComputesIn } from '../drivers/pins.ts';
import { blocking, type Check, type Found, read, type Scene, some } from './check.ts';

/** A place that runs Nova, and the service version its code has. */
interface Level {
  readonly host: string;
  readonly version: number;
}

const NOVA = 'python3-nova';

/** Nova's service version of the packages installed on a node; undefined where there are none. */
function packaged(scene: Scene, node: string): number | undefined {
  const nova = findService('nova');
  const version = scene.facts.nodes[node]?.packages[NOVA]?.version;
  const is = nova && version !== undefined ? seriesOfPackage(nova, version) : undefined;
  return is === undefined ? undefined : findSeries(is)?.novaService;
}

const carries = (scene: Scene, role: 'compute' | 'controller'): Level[] =>
  read(scene).flatMap(([node]) => {
    if (!scene.cluster.nodes[node]?.roles.includes(role)) return [];
    const version = packaged(scene, node);
    return version === undefined ? [] : [{ host: node, version }];
  });

/**
 * What the control plane has on record of a binary, or, where its databases were not read, what is installed. A record
 * of a service that does not report any more counts too: Nova asks for the oldest of them all.
 */
function levels(scene: Scene, binary: 'nova-compute' | 'nova-conductor'): Level[] {
  const told = (scene.facts.cloud?.services ?? []).flatMap((one) =>
    one.of === 'nova' && one.binary === binary && one.version !== undefined
      ? [{ host: one.host, version: one.version }]
      : [],
  );
  return told.length > 0 ? told : carries(scene, binary === 'nova-compute' ? 'compute' : 'controller');
}

/** Computes that a release's control plane would refuse. */
export function computesBelow(scene: Scene, release: string): Level[] {
  const floor = novaFloor(release);
  return floor === undefined ? [] : levels(scene, 'nova-compute').filter(({ version }) => version < floor);
}

/** Nodes with Nova's code, and those of them on which old computes are let in. */
function workaround(scene: Scene): { readonly nodes: string[]; readonly set: string[] } {
  const nodes = read(scene).filter(([, { packages }]) => packages[NOVA]);
  return {
    nodes: nodes.map(([node]) => node),
    set: nodes.filter(([, { pins }]) => pins?.some(letsOldComputesIn)).map(([node]) => node),
  };
}

const LET_IN = '[workarounds] disable_compute_service_check_for_ffu = true';

/** Conductor, scheduler and the new computes themselves stop on computes that are too old (lab.md 4, items 7 and 8). */
export const computeFloor: Check = {
  code: 'WL-CHECK-COMPUTE-FLOOR',
  title: 'Computes are older than the new control plane accepts',
  source: 'nova/objects/service.py; research/lab.md 4 (items 7 and 8); 001; 002',
  find(scene) {
    const { from, to } = scene;
    if (seriesOrder(to.openstack) <= seriesOrder(from.openstack)) return [];
    const old = computesBelow(scene, to.openstack);
    if (old.length === 0) return [];
    const { nodes, set } = workaround(scene);
    const open = nodes.filter((node) => !set.includes(node));
    const all = open.length === 0 && nodes.length > 0;
    return [
      {
        level: all ? 'note' : 'warn',
        evidence: `${some(old.map(({ host, version }) => `${host} ${version}`))}; ${series(to.openstack).id} accepts ${novaFloor(to.openstack)} and newer${all ? '; the workaround is set everywhere' : ''}`,
        remedy: `Before new code starts, in /etc/nova/nova.conf on ${some(all || open.length === 0 ? ['control plane and computes'] : open, 8)}: ${LET_IN}. When the last compute is upgraded take it out everywhere and restart Nova.`,
      },
    ];
  },
};

/** Left behind, it hides computes that are too old at the next upgrade. */
export const workaroundLeft: Check = {
  code: 'WL-CHECK-WORKAROUND-LEFT',
  title: 'Old computes are let in, and there are none',
  source: 'research/rules.md: the escape is to be removed afterwards',
  find(scene): readonly Found[] {
    const { set } = workaround(scene);
    if (set.length === 0 || computesBelow(scene, scene.to.openstack).length > 0) return [];
    return set.map((node) => {
      const pin = scene.facts.nodes[node]?.pins?.find(letsOldComputesIn);
      return {
        level: 'warn' as const,
        node,
        evidence: `${pin?.path}:${pin?.line} on ${node} has ${pin?.option} = ${pin?.value}; no compute is below ${novaFloor(scene.to.openstack) ?? 'the floor'}`,
        remedy: `On ${node}: take line ${pin?.line} out of ${pin?.path}, then systemctl restart 'nova-*'.`,
      };
    });
  },
};

/** It looks healthy, the service is `up`, and every boot on it ends in ERROR (lab.md 4, Mixed versions). */
export const computeAhead: Check = {
  code: 'WL-CHECK-COMPUTE-AHEAD',
  title: 'Computes are newer than the control plane',
  source: 'research/lab.md 4 (mixed versions)',
  find(scene) {
    const control = levels(scene, 'nova-conductor').map(({ version }) => version);
    if (control.length === 0) return [];
    const newest = Math.max(...control);
    const ahead = levels(scene, 'nova-compute').filter(({ version }) => version > newest);
    // The record may be of a compute that was itself rolled back since: what is installed is told beside it.
    return ahead.length === 0
      ? []
      : [
          {
            level: blocking(scene),
            evidence: `${some(ahead.map(({ host, version }) => `${host} ${version}`))}; the control plane has ${newest}: such a compute says up and every guest born on it fails`,
            remedy:
              'Bring the control plane forward again, or roll these computes back together with it; until then: openstack compute service set --disable HOST nova-compute.',
          },
        ];
  },
};
