import { SPACE } from '../catalog/space.ts';
import { type Check, read } from './check.ts';

const ARCHIVES = '/var/cache/apt/archives';

/** Bytes run out in the middle of dpkg: the one failure that cannot be continued. */
export const disk: Check = {
  code: 'WL-CHECK-DISK',
  title: 'Not enough room for the packages',
  source: SPACE.os.source,
  find(scene) {
    const need = scene.from.os === scene.to.os ? SPACE.release : SPACE.os;
    const margin = scene.cluster.policy.diskMargin;
    return read(scene).flatMap(([node, facts]) => {
      const holder = (path: string): string | undefined =>
        facts.disk
          .map(({ mount }) => mount)
          .filter((mount) => mount === '/' || path === mount || path.startsWith(`${mount}/`))
          .sort((a, b) => b.length - a.length)[0];
      const wanted = new Map<string, number>();
      for (const [path, mb] of [['/usr', need.system] as const, [ARCHIVES, need.archives] as const]) {
        const mount = holder(path);
        if (mount !== undefined) wanted.set(mount, (wanted.get(mount) ?? margin) + mb);
      }
      return [...wanted].flatMap(([mount, mb]) => {
        const free = facts.disk.find((one) => one.mount === mount)?.freeMb ?? 0;
        return free >= mb
          ? []
          : [
              {
                level: 'block' as const,
                node,
                evidence: `${mount} has ${free} MB free; ${mb - margin} MB are needed and ${margin} MB stay free by policy.diskMargin`,
                remedy: `On ${node}: apt-get clean; journalctl --vacuum-size=200M; then enlarge ${mount} if it is still too small.`,
              },
            ];
      });
    });
  },
};
