import { archiveFor, findDistribution } from '../catalog/distributions.ts';
import { findSeries } from '../catalog/releases.ts';
import { SERVICES, seriesOfPackage } from '../catalog/services/index.ts';
import { arrived, type Check, type Found, read, some } from './check.ts';

/** The cluster file says where the cluster stands; the nodes know it. */
export const standingOs: Check = {
  code: 'WL-CHECK-STANDING-OS',
  title: 'A node does not run the system that the cluster file says',
  source: 'design.md 4',
  find: (scene) =>
    read(scene).flatMap(([node, facts]): Found[] => {
      const { id, codename } = facts.os;
      if (codename === scene.from.os) return [];
      if (arrived(scene, facts)) {
        return [
          {
            level: 'note',
            node,
            evidence: `${node} already runs ${codename}`,
            remedy: 'Nothing to do: the plan leaves it alone and goes on with the others.',
          },
        ];
      }
      return [
        {
          level: 'block',
          node,
          evidence: `${node} runs ${id}/${codename}; the cluster file says ${scene.cluster.os}`,
          remedy: `Correct os: in the cluster file, or bring ${node} to ${scene.from.os} first.`,
        },
      ];
    }),
};

export const standingOpenstack: Check = {
  code: 'WL-CHECK-STANDING-OPENSTACK',
  title: 'Packages are not of the release that the cluster file says',
  source: 'design.md 4; research/lab.md 4 (mixed versions: decide by installed package version)',
  find: (scene) =>
    read(scene).flatMap(([node, { packages, os }]): Found[] => {
      // Some archives have a service of the next series, or none of this one: it stays at the one before.
      const known = findDistribution(os.codename) !== undefined;
      const [here, goal] = [scene.from.openstack, scene.to.openstack].map((series) =>
        known ? archiveFor(os.codename, series) : undefined,
      );
      const odd = SERVICES.flatMap((service) => {
        const name = service.tells?.package;
        const version = name === undefined ? undefined : packages[name]?.version;
        const is = version === undefined ? undefined : seriesOfPackage(service, version);
        const expected =
          is === undefined ||
          is === scene.from.openstack ||
          is === here?.ahead?.[service.name] ||
          here?.stays?.includes(service.name) === true;
        return expected ? [] : [{ of: service.name, name, version, is }];
      });
      if (odd.length === 0) return [];
      const there = odd.every(({ of, is }) => is === scene.to.openstack || is === goal?.ahead?.[of]);
      const words = odd.map(({ name, version, is }) => `${name} ${version} is ${findSeries(is)?.name ?? is}`);
      return [
        {
          level: there ? 'note' : 'block',
          node,
          evidence: `on ${node}: ${some(words)}; the cluster file says ${scene.cluster.openstack}`,
          remedy: there
            ? 'Nothing to do: these are already at the target.'
            : 'Correct openstack: in the cluster file, or finish the upgrade that was begun before this one.',
        },
      ];
    }),
};
