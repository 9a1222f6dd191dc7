import type { Component } from '../component.ts';

export const memcached: Component = {
  name: 'memcached',
  packages: ['memcached', 'python3-memcache'],
  units: ['memcached'],
  facts: [
    { says: 'it holds only caches: a restart costs a slower first answer', source: 'research/lab.md 5' },
  ],
};
