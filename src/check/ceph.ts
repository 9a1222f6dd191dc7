import { distribution } from '../catalog/distributions.ts';
import { compareVersions, upstream } from '../catalog/version.ts';
import { arrived, type Check, read, some } from './check.ts';

const CEPH =
  /^(ceph(-.+)?|radosgw|lib(rados|rbd|rgw|cephfs|radosstriper|cephfs-.*)\d*|python3?-(rados|rbd|rgw|cephfs|ceph.*))$/;

/** Ceph's own packages carry bpo90 and are newer than the next Debian's: apt would keep them and hold Nova back. */
export const ceph: Check = {
  code: 'WL-CHECK-CEPH-UPSTREAM',
  title: "Ceph packages that the new system's are older than",
  source: '000',
  find(scene) {
    if (scene.from.os === scene.to.os) return [];
    const ships = distribution(scene.to.os).ships.ceph;
    return read(scene).flatMap(([node, facts]) => {
      if (arrived(scene, facts)) return [];
      const names = Object.entries(facts.packages).flatMap(([name, { version }]) => {
        const foreign = /bpo90/.test(version);
        const newer =
          CEPH.test(name) && ships !== undefined && compareVersions(upstream(version), upstream(ships)) > 0;
        return foreign || newer ? [{ name, version }] : [];
      });
      return names.length === 0
        ? []
        : [
            {
              level: 'block' as const,
              node,
              evidence: `on ${node}: ${some(names.map(({ name, version }) => `${name} ${version}`))}${ships === undefined ? '' : `; ${scene.to.os} has ${ships}`}`,
              remedy: `On ${node}, when it is drained: apt-get remove ${names.map(({ name }) => name).join(' ')}; take Ceph's own source out; install again what went along (python3-nova) after the upgrade.`,
            },
          ];
    });
  },
};
