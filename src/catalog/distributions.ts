import { EXIT, WindlassError } from '../model/error.ts';
import { nearest } from './nearest.ts';

/** A series on a distribution that does not ship it. `stays`: services that are not in that archive and stay old. */
export interface Pairing {
  readonly openstack: string;
  readonly archive: string;
  /** Services it does not have: they stay at their release. */
  readonly stays?: readonly string[];
  /** Source packages of libraries that those which stay cannot do without, and everything else can. */
  readonly keeps?: readonly string[];
  /** Services it has of another series than the rest. */
  readonly ahead?: Readonly<Record<string, string>>;
  /** Why its services cannot rise one by one, where libraries and services of several only rise together. */
  readonly together?: string;
  readonly source: string;
}

/** What a distribution release ships. Versions are upstream ones, without epoch and revision. */
export interface Distribution {
  readonly id: 'debian' | 'ubuntu';
  readonly codename: string;
  readonly version: string;
  /** OpenStack series in its own archive, by catalogue id. */
  readonly openstack?: string;
  /** OpenStack series the field runs on it from another archive, and which one. */
  readonly pairings: readonly Pairing[];
  /** Services of the catalogue whose packages its archive does not have. */
  readonly lacks?: readonly string[];
  /** Services it ships at another series than `openstack`: by name, the series. */
  readonly ahead?: Readonly<Record<string, string>>;
  /** Of the things that carry a cloud, by the catalogue's component names. */
  readonly ships: Readonly<Partial<Record<Shipped, string>>>;
  /** Suites whose name here is not the old one with the codename exchanged: by the name of the release before. */
  readonly suites?: Readonly<Record<string, string>>;
  readonly source: string;
}

export const SHIPPED = [
  'mariadb',
  'galera',
  'rabbitmq',
  'erlang',
  'corosync',
  'pacemaker',
  'crmsh',
  'haproxy',
  'memcached',
  'systemd',
  'python',
  'sqlalchemy',
  'oslo.messaging',
  'openvswitch',
  'ovn',
  'libvirt',
  'qemu',
  'ceph',
] as const;
export type Shipped = (typeof SHIPPED)[number];

const INDEX = "Debian's package indexes, read 2026-11-21";

/** Oldest first within a distribution: the order is the order of upgrades. */
export const DISTRIBUTIONS: readonly Distribution[] = [
  {
    id: 'ubuntu',
    codename: 'trusty',
    version: '14.04',
    pairings: [{ openstack: 'mitaka', archive: 'Ubuntu Cloud Archive', source: '002' }],
    ships: {},
    source: '002',
  },
  {
    id: 'ubuntu',
    codename: 'xenial',
    version: '16.04',
    openstack: 'mitaka',
    pairings: [{ openstack: 'ocata', archive: 'Ubuntu Cloud Archive', source: '002' }],
    ships: { openvswitch: '2.6.1', qemu: '2.5', libvirt: '1.3.1' },
    source: '002',
  },
  {
    id: 'debian',
    codename: 'stretch',
    version: '9',
    openstack: 'newton',
    pairings: [{ openstack: 'rocky', archive: 'stretch-rocky backports', source: '000' }],
    ships: { mariadb: '10.1', rabbitmq: '3.6.6', corosync: '2.4', pacemaker: '1.1.16' },
    source: '000; Debian 9 release notes',
  },
  {
    id: 'debian',
    codename: 'buster',
    version: '10',
    openstack: 'rocky',
    pairings: [],
    ships: {
      mariadb: '10.3',
      rabbitmq: '3.7.8',
      corosync: '3.0',
      pacemaker: '2.0.1',
      'oslo.messaging': '8.1.4',
      ceph: '12.2.11',
    },
    // 000: all of Rocky is in buster, this suite has what came after its freeze.
    suites: { 'stretch-rocky-backports': 'buster-rocky-proposed-updates' },
    source: '000; Debian 10 release notes',
  },
  {
    id: 'debian',
    codename: 'bullseye',
    version: '11',
    openstack: 'victoria',
    pairings: [],
    // Debian 11 release notes 5.1.3: the security suite is called otherwise from here on.
    suites: { 'buster/updates': 'bullseye-security' },
    ships: {
      mariadb: '10.5.23',
      galera: '26.4.18',
      rabbitmq: '3.8.9',
      erlang: '23.2.6',
      corosync: '3.1.2',
      pacemaker: '2.0.5',
      crmsh: '4.2.1',
      haproxy: '2.2.9',
      memcached: '1.6.9',
      systemd: '247',
      python: '3.9',
      sqlalchemy: '1.3.22',
      'oslo.messaging': '12.5.2',
      openvswitch: '2.15.0',
      libvirt: '7.0.0',
      qemu: '5.2',
      ceph: '14.2.21',
    },
    source: `research/lab.md 2; ${INDEX}`,
  },
  {
    id: 'debian',
    codename: 'bookworm',
    version: '12',
    openstack: 'zed',
    pairings: [
      {
        openstack: '2025.1',
        archive: "trixie's arch:all packages in a local repository",
        source: 'research/lab.md 3, 5',
      },
    ],
    ships: {
      mariadb: '10.11.19',
      galera: '26.4.23',
      rabbitmq: '3.10.8',
      erlang: '25.2.3',
      corosync: '3.1.7',
      pacemaker: '2.1.5',
      crmsh: '4.4.1',
      haproxy: '2.6.12',
      memcached: '1.6.18',
      systemd: '252',
      python: '3.11',
      sqlalchemy: '1.4.46',
      'oslo.messaging': '14.0.3',
      openvswitch: '3.1.0',
      ovn: '23.03',
      libvirt: '9.0.0',
      qemu: '7.2',
      ceph: '16.2.15',
    },
    source: `research/lab.md 2 and 4; ${INDEX}`,
  },
  {
    id: 'debian',
    codename: 'trixie',
    version: '13',
    openstack: '2025.1',
    pairings: [
      {
        openstack: '2026.1',
        archive: "forky's packages in a local repository",
        stays: ['glance'],
        // Epoxy's glance: oslo_db.sqlalchemy.session has no EngineFacade in Gazpacho's. Everything else ran on the old one.
        keeps: ['python-oslo.db'],
        ahead: { keystone: '2026.2' },
        source: 'research/lab.md 3',
      },
      {
        openstack: '2026.2',
        archive: "sid's packages in a local repository",
        together:
          "glance wants an oslo.policy that breaks Gazpacho's neutron-lib, and its old oslo.db is not everybody's: they rise together",
        source: 'research/lab.md 3; docs/rolling.md',
      },
    ],
    ships: {
      mariadb: '11.8.6',
      galera: '26.4.23',
      rabbitmq: '4.0.5',
      erlang: '27.3.4.1',
      corosync: '3.1.9',
      pacemaker: '3.0.0',
      crmsh: '5.0.0~rc1',
      haproxy: '3.0.11',
      memcached: '1.6.38',
      systemd: '257',
      python: '3.13',
      sqlalchemy: '2.0.40',
      'oslo.messaging': '16.1.0',
      openvswitch: '3.5.0',
      ovn: '25.03',
      libvirt: '11.3.0',
      qemu: '10.0.13',
      ceph: '18.2.7',
    },
    source: `research/lab.md 2 and 4; ${INDEX}`,
  },
  {
    id: 'debian',
    codename: 'forky',
    version: '14',
    openstack: '2026.1',
    lacks: ['glance'],
    ahead: { keystone: '2026.2' },
    pairings: [],
    ships: {
      mariadb: '11.8.9',
      galera: '26.4.27',
      rabbitmq: '4.3.6',
      erlang: '29.1.1',
      corosync: '3.1.10',
      pacemaker: '3.0.1',
      crmsh: '5.1.0',
      haproxy: '3.2.26',
      memcached: '1.6.45',
      systemd: '262',
      python: '3.14',
      sqlalchemy: '2.0.52',
      'oslo.messaging': '18.3.0',
      openvswitch: '4.0.0',
      libvirt: '12.8.0',
      qemu: '11.1.2',
      ceph: '20.2.4',
    },
    source: `research/lab.md 3; ${INDEX}`,
  },
  {
    id: 'debian',
    codename: 'sid',
    version: 'unstable',
    openstack: '2026.2',
    pairings: [],
    ships: {
      mariadb: '11.8.9',
      galera: '26.4.27',
      rabbitmq: '4.3.6',
      erlang: '29.1.2',
      corosync: '3.1.10',
      pacemaker: '3.0.3',
      crmsh: '5.1.0',
      haproxy: '3.2.26',
      memcached: '1.6.45',
      systemd: '262',
      python: '3.14',
      sqlalchemy: '2.0.52',
      'oslo.messaging': '18.3.0',
      openvswitch: '4.0.0',
      libvirt: '12.8.0',
      qemu: '11.1.3',
      ceph: '20.2.4',
    },
    source: `research/lab.md 3; ${INDEX}`,
  },
];

/** Codenames, oldest first within a distribution. */
export const CODENAMES: readonly string[] = DISTRIBUTIONS.map(({ codename }) => codename);

/** The distribution release a word means: `trixie` or `debian/trixie`; undefined when there is none. */
export function findDistribution(word: string): Distribution | undefined {
  const wanted = word.trim().toLowerCase();
  return DISTRIBUTIONS.find(({ id, codename }) => wanted === codename || wanted === `${id}/${codename}`);
}

/** As `findDistribution`, but throws WL-TARGET-UNKNOWN with the nearest names. */
export function distribution(word: string): Distribution {
  const found = findDistribution(word);
  if (found) return found;
  const near = nearest(word.replace(/^.*\//, ''), CODENAMES);
  throw new WindlassError(
    {
      code: 'WL-TARGET-UNKNOWN',
      message: `no operating system release is called '${word}'`,
      remedy:
        near.length > 0
          ? `Did you mean ${near.join(' or ')}?`
          : `Known releases: ${DISTRIBUTIONS.map(({ id, codename }) => `${id}/${codename}`).join(', ')}.`,
    },
    EXIT.usage,
  );
}

/** Releases of the same distribution after `from` up to and with `to`; undefined when they are of different ones. */
export function distributionsBetween(from: string, to: string): readonly Distribution[] | undefined {
  const [older, newer] = [distribution(from), distribution(to)];
  if (older.id !== newer.id) return undefined;
  const line = DISTRIBUTIONS.filter(({ id }) => id === older.id);
  return line.slice(line.indexOf(older) + 1, line.indexOf(newer) + 1);
}

/** Where a distribution gets an OpenStack series from; undefined when the field knows no archive for the pair. */
export function archiveFor(os: string, openstack: string): Omit<Pairing, 'openstack'> | undefined {
  const found = distribution(os);
  if (found.openstack === openstack) {
    return {
      archive: `${found.codename}'s own`,
      source: found.source,
      ...(found.ahead ? { ahead: found.ahead } : {}),
    };
  }
  return found.pairings.find((pair) => pair.openstack === openstack);
}
