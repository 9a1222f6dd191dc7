import { expect, test } from 'vitest';
import { DISTRIBUTIONS } from '../../../src/catalog/distributions.ts';
import { REPOS, repoNamed } from '../../../src/lab/repos/index.ts';
import { packageGroups } from '../../../src/lab/services/index.ts';
import { topologyNamed } from '../../../src/lab/topologies/index.ts';

const recipes = Object.entries(REPOS);

test.each(recipes)('%s is a pairing that the catalogue knows', (name, recipe) => {
  expect(recipe.name).toBe(name);
  expect(name.endsWith(`-${recipe.suite}`)).toBe(true);
  const distribution = DISTRIBUTIONS.find((one) => one.codename === recipe.suite);
  expect(distribution?.pairings?.map((one) => one.openstack)).toContain(recipe.openstack);
});

test.each(recipes)('%s brings every OpenStack package that a cloud of the lab installs', (_, recipe) => {
  const cloud = topologyNamed('cloud');
  const installed = cloud.nodes.flatMap((node) => packageGroups(cloud, node).flat());
  const openstack = installed.filter((name) =>
    /^(keystone|glance|placement|nova|neutron|cinder|heat|openstack-dashboard)\b/.test(name),
  );
  expect(openstack).not.toEqual([]);
  expect(Object.values(recipe.systems).flat()).toEqual(expect.arrayContaining(openstack));
});

test('libraries that go along are OpenStack’s own, and what Horizon needs undeclared', () => {
  const { along } = repoNamed('epoxy-bookworm');
  const names = [
    'python3-oslo.log',
    'python3-oslo-foo',
    'python3-keystoneauth1',
    'python3-novaclient',
    'python3-django',
  ];
  expect(names.filter((name) => along.test(name))).toEqual(names);
  const others = ['python3-prometheus-client', 'python3-django-compressor', 'python3-rich'];
  expect(others.filter((name) => along.test(name))).toEqual([]);
});

test('an unknown name is told the names there are', () => {
  expect(() => repoNamed('toString')).toThrow(/WL-LAB-REPO: no repository named toString/);
});
