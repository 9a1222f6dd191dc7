import type { Component } from '../component.ts';
import { compareVersions, minor } from '../version.ts';

export const pacemaker: Component = {
  name: 'pacemaker',
  packages: ['corosync', 'pacemaker', 'crmsh', 'resource-agents'],
  units: ['corosync', 'pacemaker'],
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
