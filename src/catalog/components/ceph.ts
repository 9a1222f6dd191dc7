import type { Component, NodeWork } from '../component.ts';

const LISTS = 'debian bookworm/trixie package list';
const GUIDE = 'Ceph release notes, upgrading clusters that cephadm does not deploy';

const health = ['ceph', 'status', '--format', 'json'] as const;

/** Without the flag a node that is away for a reboot makes the cluster copy all it had. */
const around = (mayStop: NodeWork['mayStop']): NodeWork => ({
  from: 'ceph-mon',
  before: [['ceph', 'osd', 'set', 'noout']],
  after: [['ceph', 'osd', 'unset', 'noout']],
  health,
  // The flag itself, and what an older daemon beside newer ones brings about.
  tolerates: ['OSDMAP_FLAGS', 'DAEMON_OLD_VERSION', 'OSD_UPGRADE_FINISHED'],
  ...(mayStop ? { mayStop } : {}),
  source: GUIDE,
});

/** What nova, cinder, glance and the rest use: libraries and the command line. */
export const ceph: Component = {
  name: 'ceph',
  packages: [
    'ceph-common',
    'librados2',
    'librbd1',
    'libcephfs2',
    'librgw2',
    'python3-rados',
    'python3-rbd',
    'python3-cephfs',
    'python3-rgw',
    'python3-ceph-argparse',
  ],
  units: [],
  facts: [
    {
      says: "packages of Ceph's own archive (bpo90 in their version) are newer than the new system's: they have to be removed before, which takes python3-nova along, and put back after",
      source: '000',
    },
    {
      says: 'a running guest keeps the librbd it started with until it is moved or restarted',
      source: 'research/lab.md 4: qemu processes survive the upgrade of their libraries',
    },
  ],
};

export const cephMon: Component = {
  name: 'ceph-mon',
  packages: ['ceph-mon', 'ceph-mgr', 'ceph-base'],
  units: ['ceph-mon.target', 'ceph-mgr.target', 'ceph-crash'],
  nodeWork: around(['ceph', 'mon', 'ok-to-stop']),
  facts: [
    { says: 'monitors first, one by one, then managers, then OSDs', source: GUIDE },
    {
      says: 'from 16 (bookworm) one may go to 18 (trixie): two releases at a time, no more',
      source: `${GUIDE}; ${LISTS}`,
    },
  ],
};

export const cephOsd: Component = {
  name: 'ceph-osd',
  packages: ['ceph-osd', 'ceph-volume', 'ceph-base'],
  units: ['ceph-osd.target', 'ceph-crash'],
  after: ['ceph-mon'],
  nodeWork: around(['ceph', 'osd', 'ok-to-stop']),
  finish: {
    trixie: [
      {
        argv: ['ceph', 'osd', 'require-osd-release', 'reef'],
        from: 'ceph-mon',
        look: ['ceph', 'osd', 'dump', '--format', 'json'],
        field: 'require_osd_release',
        is: 'reef',
        source: GUIDE,
      },
    ],
  },
  facts: [
    {
      says: 'the next node only when every placement group is active+clean again: two at once may hold both copies',
      source: GUIDE,
    },
    {
      says: 'ceph-volume, which activates OSDs at boot, is a package of its own from trixie on; ceph-osd pulls it in',
      source: `${LISTS}; ceph-osd 18.2.7 Depends`,
    },
  ],
};

export const radosgw: Component = {
  name: 'radosgw',
  packages: ['radosgw'],
  units: ['ceph-radosgw.target'],
  after: ['ceph-mon', 'ceph-osd'],
  facts: [{ says: 'gateways come after the OSDs', source: GUIDE }],
};
