import { expect, test } from 'vitest';
import { uwsgiFiles } from '../../../src/lab/services/api.ts';

const node = {
  name: 'ctl1',
  address: '10.77.1.11',
  host: 11,
  roles: ['controller'],
  site: 'zone-1',
} as const;

test.each([
  ['glance', 32, 'processes = 1\nthreads = 8\n'],
  ['neutron', 32, 'processes = 2\nthreads = 1\n'],
  ['nova', 32, 'processes = 2\nthreads = 1\n'],
  ['glance', 1, 'processes = 2\nthreads = 1\n'],
])('of %s, packaged with %i threads, the lab makes what it bears', (project, threads, made) => {
  const [ini] = uwsgiFiles(node, project, `${project}-api`, 9292);
  if (typeof ini?.content !== 'function') throw new Error('the packaged file is not changed');
  expect(ini.content(`processes = 8\nthreads = ${threads}\n`)).toBe(made);
});
