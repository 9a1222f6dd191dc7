import type { Component } from '../component.ts';

export const systemd: Component = {
  name: 'systemd',
  packages: ['systemd'],
  units: ['systemd-networkd'],
  facts: [
    {
      says: 'dist-upgrade restarts systemd-networkd, which removes the VIP as a foreign address',
      source: 'research/lab.md 2',
    },
    { says: 'is-enabled of a masked unit prints masked and ends 1', source: 'research/lab.md 2' },
    {
      says: 'a masked unit breaks the postinst of keystone, which enables it: hold starts by policy-rc.d instead',
      source: 'research/lab.md 4 and 5',
    },
    { says: 'SSH connections survive the restart of sshd', source: 'research/lab.md 2' },
  ],
};
