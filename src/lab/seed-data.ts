const two = (index: number): string => String(index + 1).padStart(2, '0');

/** Twelve projects with a user each, as a small cloud has. */
export const PROJECTS = Array.from({ length: 12 }, (_, index) => `project-${two(index)}`);
export const USERS = Array.from({ length: 12 }, (_, index) => `user-${two(index)}`);

/** Images and their sizes; what is in them is random, so that no cache and no default can fake it. */
export const IMAGES = [2, 3, 4, 5].map((megabytes, index) => ({
  name: `image-${two(index)}`,
  bytes: megabytes * 1024 * 1024 + 321,
}));

/** Compute hosts as placement knows them, each with an inventory and one guest’s claim on it. */
export const PROVIDERS = Array.from({ length: 12 }, (_, index) => ({
  name: `rack${1 + (index % 3)}-cmp${two(index)}`,
  uuid: `0000aaaa-0000-4000-8000-${String(index + 1).padStart(12, '0')}`,
  consumer: `0000bbbb-0000-4000-8000-${String(index + 1).padStart(12, '0')}`,
  vcpus: 16 + index,
  memory: 65_536 + 1024 * index,
  disk: 900 + index,
}));

/** Tables whose rows are counted before and after. */
export const COUNTED = [
  'keystone.project',
  'keystone.user',
  'keystone.role',
  'keystone.assignment',
  'keystone.service',
  'keystone.endpoint',
  'glance.images',
  'glance.image_locations',
  'placement.resource_providers',
  'placement.inventories',
  'placement.allocations',
] as const;

/** The same where Nova keeps placement: what guests claim moves with them. */
export const COUNTED_IN_CLOUDS = COUNTED.filter((table) => !table.startsWith('placement.'));
