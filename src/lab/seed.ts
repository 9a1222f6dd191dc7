import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CloudApi, cloudApi } from './cloud-api.ts';
import { run } from './command.ts';
import type { GuestImage } from './guest-image.ts';
import { DOMAIN, give, make, Named, role } from './identity.ts';
import type { Lab } from './lab.ts';
import { countTables, type Expected, readProviders } from './proof.ts';
import { guestImages, seedCloud } from './seed-cloud.ts';
import { IMAGES, PROJECTS, PROVIDERS, USERS } from './seed-data.ts';
import { IMAGE_STORE } from './services/glance.ts';

async function identities(api: CloudApi): Promise<{ project: string; user: string }[]> {
  const member = await role(api, 'member');
  const tenants: { project: string; user: string }[] = [];
  for (const [index, name] of PROJECTS.entries()) {
    const project = await make(api, 'projects', 'project', { name, ...DOMAIN });
    const password = randomBytes(18).toString('base64url');
    const user = await make(api, 'users', 'user', { name: USERS[index], password, ...DOMAIN });
    await give(api, project, user, member);
    tenants.push({ project, user });
  }
  return tenants;
}

async function images(api: CloudApi): Promise<Expected['images']> {
  const made: Expected['images'] = [];
  for (const { name, bytes } of IMAGES) {
    const json = { name, disk_format: 'raw', container_format: 'bare', visibility: 'public' };
    const entry = await api.call('glance', '/v2/images', { method: 'POST', json });
    const { id } = Named.parse(JSON.parse(entry.body.toString()));
    const content = randomBytes(bytes);
    await api.call('glance', `/v2/images/${id}/file`, {
      method: 'PUT',
      body: content,
      headers: { 'content-type': 'application/octet-stream' },
    });
    made.push({ id, name, sha256: createHash('sha256').update(content).digest('hex') });
  }
  return made;
}

/** Each upload landed on one node: every node gets them all, as with the shared store of a real cloud. */
async function shareImages(lab: Lab): Promise<void> {
  const holds = new Set(lab.site.controllers.map((node) => node.name));
  const stores = lab.machines
    .filter((node) => holds.has(node.name))
    .map((node) => join(node.overlay.at, IMAGE_STORE));
  for (const from of stores) {
    if (!existsSync(from)) continue;
    for (const to of stores.filter((store) => store !== from)) {
      for (const name of readdirSync(from)) {
        if (!existsSync(join(to, name))) await run(['cp', '-a', join(from, name), join(to, name)]);
      }
    }
  }
}

async function providers(
  api: CloudApi,
  tenants: readonly { project: string; user: string }[],
): Promise<void> {
  const headers = { 'openstack-api-version': 'placement 1.30' };
  for (const [index, { name, uuid, consumer, vcpus, memory, disk }] of PROVIDERS.entries()) {
    await api.call('placement', '/resource_providers', { method: 'POST', json: { name, uuid }, headers });
    const inventories = { VCPU: { total: vcpus }, MEMORY_MB: { total: memory }, DISK_GB: { total: disk } };
    const json = { resource_provider_generation: 0, inventories };
    await api.call('placement', `/resource_providers/${uuid}/inventories`, { method: 'PUT', json, headers });
    const tenant = tenants[index % tenants.length];
    const claim = {
      allocations: { [uuid]: { resources: { VCPU: 2, MEMORY_MB: 2048, DISK_GB: 20 } } },
      project_id: tenant?.project,
      user_id: tenant?.user,
      consumer_generation: null,
    };
    await api.call('placement', `/allocations/${consumer}`, { method: 'PUT', json: claim, headers });
  }
}

/** Fills a new cluster with the data of a small cloud and writes down what must be found again later. */
export async function seed(lab: Lab, guestImage?: GuestImage): Promise<void> {
  const api = await cloudApi(lab.site);
  const tenants = await identities(api);
  const made = await images(api);
  const bootable = guestImage === undefined ? undefined : await guestImages(api, guestImage);
  await shareImages(lab);
  // Where there are computes they are what placement knows; invented ones would be in their way.
  if (bootable === undefined) await providers(api, tenants);
  const cloud = bootable === undefined ? {} : { cloud: await seedCloud(lab, api, bootable) };
  const expected: Expected = {
    tables: await countTables(lab),
    images: made,
    providers: bootable === undefined ? await readProviders(api) : [],
    ...cloud,
  };
  writeFileSync(lab.place.expectedFile, `${JSON.stringify(expected, null, 2)}\n`);
}
