import type { Component } from '../component.ts';
import { compareVersions, minor } from '../version.ts';

export const galera: Component = {
  name: 'galera',
  packages: ['mariadb-server', 'galera-4', 'mariadb-backup', 'galera-3', 'mariadb-server-10.1'],
  units: ['mariadb', 'mysql'],
  state: [
    {
      path: '/var/lib/mysql',
      exact: true,
      says: 'with the data it had, the member comes back by a short catch-up; without, another one has to copy all to it, and between two versions nobody has tried that',
      source: 'research/lab.md 2',
    },
  ],
  former: ['galera-3', 'mariadb-server-10.1'],
  adds: [
    {
      at: 'buster',
      package: 'mariadb-backup',
      where: ['mariadb-server-10.1', 'mariadb-server'],
      says: 'in stretch the means of a full state transfer (xtrabackup) came with MariaDB, in buster it is a package of its own; without it a member that needs one does not join',
      source: '000',
    },
  ],
  facts: [
    {
      says: 'a clean stop keeps the seqno and the member comes back by IST in seconds; -1 in grastate.dat means SST',
      source: 'research/lab.md 2',
    },
    {
      says: 'systemctl start returns before the member is Synced: ask for Synced and the cluster size',
      source: 'research/lab.md 2',
    },
    {
      says: 'stopping a member while another is only Initialized takes Primary away from all',
      source: 'research/lab.md 2',
    },
    { says: 'from Stretch to Buster mariadb-backup must be installed before the start', source: '000' },
  ],
};

/** Whether members of two MariaDB versions serve in one Galera cluster while nodes go one by one. */
export function membersMix(
  from: string,
  to: string,
): { mixes: boolean | undefined; why: string; source: string } {
  const [here, there] = [minor(from), minor(to)];
  if (here === there) return { mixes: true, why: `both are ${here}`, source: 'MariaDB: one minor version' };
  if (here === '10.11' && there === '11.8') {
    return {
      mixes: true,
      why: '10.11 and 11.8 work mixed; three of three came back by IST',
      source: 'research/lab.md 2',
    };
  }
  if (here === '10.1' && there === '10.3') {
    return {
      mixes: true,
      why: 'the on-the-wire format stays the same from Stretch to Buster',
      source: '000',
    };
  }
  if (here === '10.6' && there === '10.11') {
    return {
      mixes: true,
      why: 'only by IST: with SST the roll does not work, so gcache must hold what is written meanwhile',
      source: 'MDEV-33263; research/rules.md',
    };
  }
  return { mixes: undefined, why: `nobody has tried ${here} with ${there} here`, source: 'the catalogue' };
}

/** A default that a MariaDB changed under clients made for the old one. */
export interface NewDefault {
  readonly option: string;
  /** What it was before. */
  readonly before: string;
  readonly since: string;
  readonly says: string;
  readonly source: string;
}

const NEW_DEFAULTS: readonly NewDefault[] = [
  {
    option: 'character_set_collations',
    before: 'utf8mb3=utf8mb3_general_ci,utf8mb4=utf8mb4_general_ci',
    since: '11.5',
    says: 'utf8mb3 and utf8mb4 have another default collation (uca1400) than the tables of an older database: migrations that add a foreign key fail with errno 150',
    source: 'research/lab.md 4 (4)',
  },
  {
    option: 'innodb_snapshot_isolation',
    before: 'OFF',
    since: '11.6.2',
    says: 'two transactions that write what both have read no longer both succeed: the second one gets error 1020, "Record has changed since last read", which OpenStack answers with a 500',
    source:
      'MDEV-35124; nova bug 2116186; Epoxy’s neutron-api on 11.8.6, lab cloud: one DHCP agent taking three networks',
  },
];

/** Defaults that change on the way from one MariaDB to another. */
export const newDefaults = (from: string, to: string): readonly NewDefault[] =>
  NEW_DEFAULTS.filter(({ since }) => compareVersions(from, since) < 0 && compareVersions(to, since) >= 0);

/** Whether old tables' collations are not the new default: they have to be pinned before any schema change. */
export const changesCollation = (from: string, to: string): boolean =>
  newDefaults(from, to).some(({ option }) => option === 'character_set_collations');
