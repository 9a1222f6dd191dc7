import type { Component } from '../component.ts';

const LISTS = 'debian bookworm/trixie package list';

export const libvirt: Component = {
  name: 'libvirt',
  packages: [
    'libvirt-daemon-system',
    'libvirt-daemon',
    'libvirt-daemon-driver-qemu',
    'libvirt-clients',
    'libvirt-daemon-common',
    'libvirt-daemon-lock',
    'libvirt-daemon-log',
    'qemu-system-x86',
    'qemu-utils',
    'qemu-block-extra',
  ],
  units: ['libvirtd', 'virtlogd', 'virtlockd', 'libvirt-guests'],
  facts: [
    {
      says: 'guests are processes of qemu: they outlive the upgrade and the restart of libvirt, and keep the qemu they started with until they are moved or restarted',
      source: 'research/lab.md 4: both qemu processes survived',
    },
    {
      says: 'a reboot ends the guests that are still there: libvirt-guests shuts them down or suspends them',
      source: '000: live-migrate all guests away first',
    },
    {
      says: 'a guest moves live from an older qemu to a newer one, and not back',
      source: 'qemu documentation, migration compatibility',
    },
    {
      says: 'trixie splits libvirt-daemon-system: libvirtd, virtlogd and the drivers have packages of their own, which it pulls in; virtlockd is in libvirt-daemon-lock, which is only recommended',
      source: `libvirt-daemon-system and libvirt-daemon 11.3.0; ${LISTS}`,
    },
  ],
};
