import { distribution, type Shipped } from '../catalog/distributions.ts';
import { compareVersions, upstream } from '../catalog/version.ts';
import type { NodeFacts } from '../model/facts.ts';
import { arrived, type Check, type Found, read, type Scene, some } from './check.ts';

/** What a source package is called in the catalogue's distributions, upstream's builds and the distribution's alike. */
const FAMILIES: readonly (readonly [of: RegExp, ships: Shipped])[] = [
  [/^ceph$/, 'ceph'],
  [/^mariadb(-[\d.]+)?$/, 'mariadb'],
  [/^rabbitmq-server$/, 'rabbitmq'],
  [/^erlang$/, 'erlang'],
  [/^haproxy$/, 'haproxy'],
  [/^corosync$/, 'corosync'],
  [/^pacemaker$/, 'pacemaker'],
  [/^libvirt$/, 'libvirt'],
  [/^qemu$/, 'qemu'],
  [/^openvswitch$/, 'openvswitch'],
];

const familyOf = (source: string): Shipped | undefined => FAMILIES.find(([of]) => of.test(source))?.[1];

/** Ceph's packages by name, for facts that do not say which source they were built from. */
const CEPH =
  /^(ceph(-.+)?|radosgw|lib(rados|rbd|rgw|cephfs|radosstriper|cephfs-.*)\d*|python3?-(rados|rbd|rgw|cephfs|ceph.*))$/;

/** Packages of one family that apt would keep, because the new system's are older. */
export interface Newer {
  readonly family: Shipped;
  readonly from?: string;
  readonly packages: readonly { readonly name: string; readonly version: string }[];
  /** The new system's version, when it is known. */
  readonly ships?: string;
  /** What apt takes along when they are removed; undefined when it was not asked. */
  readonly takes?: readonly string[];
  /** What is to be installed again on the new system: what went along, and what a person had installed. */
  readonly putBack: readonly string[];
}

/**
 * What has to be removed from a node before its system is upgraded, what that takes along, and what is put back after:
 * 000's `apt-get remove … ; dist-upgrade; apt-get install nova-…`. Upstream's Ceph builds carry bpo90.
 */
export function newerThan(facts: NodeFacts, os: string): Newer[] {
  const ships = distribution(os).ships;
  const groups = [...(facts.foreign ?? [])];
  const listed = new Set(groups.flatMap(({ packages }) => packages));
  const named = Object.keys(facts.packages).filter(
    (name) => !listed.has(name) && (CEPH.test(name) || /bpo90/.test(facts.packages[name]?.version ?? '')),
  );
  if (named.length > 0) groups.push({ of: 'ceph', packages: named });
  const found = new Map<Shipped, Newer>();
  for (const group of groups) {
    const family = familyOf(group.of);
    if (family === undefined) continue;
    const target = ships[family];
    const packages = group.packages.flatMap((name) => {
      const version = facts.packages[name]?.version;
      if (version === undefined) return [];
      const newer = target !== undefined && compareVersions(upstream(version), upstream(target)) > 0;
      return newer || /bpo90/.test(version) ? [{ name, version }] : [];
    });
    if (packages.length === 0) continue;
    const before = found.get(family);
    const all = [...(before?.packages ?? []), ...packages];
    const takes =
      group.takes === undefined && before?.takes === undefined
        ? undefined
        : [...new Set([...(before?.takes ?? []), ...(group.takes ?? [])])]
            .filter((name) => !all.some((one) => one.name === name))
            .sort();
    const byHand = all.flatMap(({ name }) => (facts.packages[name]?.auto === false ? [name] : []));
    found.set(family, {
      family,
      ...((before?.from ?? group.from) ? { from: before?.from ?? group.from ?? '' } : {}),
      packages: all,
      ...(target === undefined ? {} : { ships: target }),
      ...(takes === undefined ? {} : { takes }),
      putBack: [...new Set([...byHand, ...(takes ?? [])])].sort(),
    });
  }
  return [...found.values()];
}

/**
 * Whether the plan takes them out and puts back what went along. Ceph's libraries carry nothing of their own (000); what
 * keeps data or state does not go back by itself, nor does anything of which apt could not say what goes along.
 */
export const goesBack = ({ family, takes }: Newer): boolean => family === 'ceph' && takes !== undefined;

/** The sources the packages come from, as an operator has to take them out: files that name the host of `from`. */
function sourceFiles(facts: NodeFacts, from: string | undefined): string[] {
  const host = /^\w+:\/\/([^/\s]+)/.exec(from ?? '')?.[1];
  return host === undefined
    ? []
    : facts.apt.sources.filter(({ content }) => content.includes(host)).map(({ path }) => path);
}

function found(node: string, facts: NodeFacts, newer: Newer, os: string): Found {
  const { packages, ships, takes, from, putBack } = newer;
  const byPlan = goesBack(newer);
  const names = packages.map(({ name }) => name).join(' ');
  const along =
    takes === undefined || takes.length === 0 ? '' : `; removing them takes along ${some(takes, 10)}`;
  const files = sourceFiles(facts, from);
  return {
    level: byPlan ? 'warn' : 'block',
    node,
    evidence: `on ${node}: ${some(packages.map(({ name, version }) => `${name} ${version}`))}${ships === undefined ? '' : `; ${os} has ${ships}`}${from === undefined ? '' : ` (from ${from})`}${along}`,
    remedy: [
      ...(byPlan ? ['The plan does it:'] : []),
      `On ${node}, when it is drained: apt-get remove ${names};`,
      files.length > 0 ? `rm ${files.join(' ')};` : 'take their own source out of /etc/apt;',
      takes === undefined
        ? `apt-get -s remove ${names} says what goes along: install that again after the upgrade.`
        : putBack.length > 0
          ? `after the upgrade: apt-get install ${putBack.join(' ')}.`
          : 'nothing has to be put back.',
    ].join(' '),
  };
}

function each(scene: Scene, wanted: (newer: Newer) => boolean): Found[] {
  if (scene.from.os === scene.to.os) return [];
  return read(scene).flatMap(([node, facts]) =>
    arrived(scene, facts)
      ? []
      : newerThan(facts, scene.to.os)
          .filter(wanted)
          .map((newer) => found(node, facts, newer, scene.to.os)),
  );
}

/** Ceph's own packages are newer than the next Debian's: apt would keep them and hold Nova back. */
export const ceph: Check = {
  code: 'WL-CHECK-CEPH-UPSTREAM',
  title: "Ceph packages that the new system's are older than",
  source: '000',
  find: (scene) => each(scene, ({ family }) => family === 'ceph'),
};

/** The same of everything else that carries a cloud. */
export const foreignNewer: Check = {
  code: 'WL-CHECK-FOREIGN-NEWER',
  title: "Packages from elsewhere that the new system's are older than",
  source: '000; apt_preferences(5): a newer installed version is kept',
  find: (scene) => each(scene, ({ family }) => family !== 'ceph'),
};

/** Of the rest nobody knows here what the new system has. */
export const foreignUnknown: Check = {
  code: 'WL-CHECK-FOREIGN',
  title: 'Packages come from elsewhere',
  source: '000',
  find(scene) {
    if (scene.from.os === scene.to.os) return [];
    return read(scene).flatMap(([node, facts]) => {
      const known = new Set(
        newerThan(facts, scene.to.os).flatMap(({ packages }) => packages.map(({ name }) => name)),
      );
      const names = (facts.foreign ?? [])
        .filter(({ of }) => familyOf(of) === undefined)
        .flatMap(({ packages }) => packages.filter((name) => !known.has(name)));
      return names.length === 0 || arrived(scene, facts)
        ? []
        : [
            {
              level: 'note' as const,
              node,
              evidence: `no source of ${facts.os.codename} on ${node} has ${some(names)}`,
              remedy: `On ${node}, with ${scene.to.os}'s sources: apt-cache policy NAME. What is newer than ${scene.to.os}'s is kept and may hold others back; what it needs no more is removed.`,
            },
          ];
    });
  },
};
