import type { Component } from '../component.ts';

export const haproxy: Component = {
  name: 'haproxy',
  packages: ['haproxy'],
  units: ['haproxy'],
  facts: [
    { says: '3.0 takes the configuration of 2.6 silently', source: 'research/lab.md 2' },
    {
      says: 'a restart forgets disable server: drain again on every HAProxy after any restart',
      source: 'research/lab.md 2',
    },
    { says: 'drain on all HAProxies, not only on the one with the VIP', source: 'research/lab.md 2' },
    {
      says: 'a database backend without a health check goes on sending clients to a stopped member',
      source: '000',
    },
    {
      says: 'warm an API with an authenticated GET before it takes traffic again',
      source: 'research/lab.md 5',
    },
  ],
};
