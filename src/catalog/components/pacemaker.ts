import type { Component } from '../component.ts';
import { compareVersions, minor } from '../version.ts';

export const pacemaker: Component = {
  name: 'pacemaker',
  packages: ['corosync', 'pacemaker', 'crmsh', 'resource-agents'],
  units: ['corosync', 'pacemaker'],
  state: [
    {
      path: '/etc/corosync/authkey',
      says: 'members with another key do not hear each other',
      source: 'corosync-keygen(8)',
    },
  ],
  facts: [
    {
      says: 'an upgraded node starts no resource before it sees a second member it can talk to',
      source: '000',
    },
    {
      says: 'dist-upgrade stops pacemaker early and leaves it down until its end: move the VIP away first',
      source: 'research/lab.md 2',
    },
    { says: 'crm resource move leaves a cli-prefer constraint: clear it', source: 'research/lab.md 2' },
    { says: 'cibadmin --upgrade comes last, when all nodes are new', source: 'research/lab.md 2' },
    { says: 'crm_mon right after boot shows every node OFFLINE for a while', source: 'research/lab.md 2' },
  ],
};

/** Whether two Corosync versions can be in one cluster: the link layers of 2 and 3 cannot. */
export function corosyncMixes(from: string, to: string): { mixes: boolean; why: string; source: string } {
  const old = compareVersions(minor(from), '3') < 0;
  const young = compareVersions(minor(to), '3') >= 0;
  return old && young
    ? {
        mixes: false,
        why: `Corosync ${from} and ${to} do not accept each other's messages: nodes leave the old cluster and form the new one`,
        source: '000; research/rules.md',
      }
    : { mixes: true, why: `Corosync ${from} and ${to} talk`, source: 'research/lab.md 2' };
}

/**
 * Whether crm_mon of a version is asked for XML by `--as-xml`: `--output-as` came with 2.0.3, and the older word goes on
 * being understood until 3.0 (Pacemaker's ChangeLog).
 */
export function speaksOldXml(version: string): boolean {
  return compareVersions(version, '2.0.3') < 0;
}

/**
 * Whether Pacemakers of two versions work in one cluster while nodes go one by one. 2.y takes 1.1.11 and newer; beyond
 * that only what was seen counts.
 */
export function pacemakerMixes(from: string, to: string): { mixes: boolean; why: string; source: string } {
  const major = (version: string): number => Number.parseInt(version, 10);
  const table = 'Pacemaker Administration 2.0, table 7.2';
  if (major(from) === major(to)) {
    return { mixes: true, why: `Pacemaker ${from} and ${to} are of one major version`, source: table };
  }
  if (major(to) === 2) {
    const mixes = compareVersions(from, '1.1.11') >= 0;
    return { mixes, why: `Pacemaker ${to} rolls from 1.1.11 on; ${from} runs`, source: table };
  }
  if (minor(from) === '2.1' && minor(to) === '3.0') {
    return {
      mixes: true,
      why: `Pacemaker ${from} and ${to} worked in one cluster`,
      source: 'research/lab.md 2',
    };
  }
  return { mixes: false, why: `nobody has tried Pacemaker ${from} with ${to} here`, source: 'the catalogue' };
}
