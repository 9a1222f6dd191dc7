import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type CloudApi, cloudApi } from './cloud-api.ts';
import { run } from './command.ts';
import type { Lab } from './lab.ts';
import { countTables, type Expected, readProviders } from './proof.ts';
import { IMAGES, PROJECTS, PROVIDERS, USERS } from './seed-data.ts';
import { IMAGE_STORE } from './services/glance.ts';
import { API_PORTS } from './services/haproxy.ts';
import type { Site } from './site.ts';

const Named = z.object({ id: z.string(), name: z.string() });

/** Makes a thing in keystone and gives its id; finds it when it is there already. */
async function make(
  api: CloudApi,
  kind: string,
  one: string,
  fields: Record<string, unknown>,
): Promise<string> {
  const made = await api.call('keystone', `/v3/${kind}`, {
    method: 'POST',
    json: { [one]: fields },
    accept: [409],
  });
  if (made.status !== 409)
    return z.object({ [one]: Named }).parse(JSON.parse(made.body.toString()))[one]?.id ?? '';
  const found = await api.call('keystone', `/v3/${kind}?name=${String(fields.name)}`);
  const list = z.object({ [kind]: z.array(Named) }).parse(JSON.parse(found.body.toString()))[kind];
  return list?.[0]?.id ?? '';
}

async function identities(api: CloudApi, site: Site): Promise<{ project: string; user: string }[]> {
  const domain = { domain_id: 'default' };
  const roles = z
    .object({ roles: z.array(Named) })
    .parse(JSON.parse((await api.call('keystone', '/v3/roles')).body.toString())).roles;
  const role = async (name: string): Promise<string> =>
    roles.find((one) => one.name === name)?.id ?? (await make(api, 'roles', 'role', { name }));
  const [admin, service, member] = [await role('admin'), await role('service'), await role('member')];
  const give = (project: string, user: string, id: string): Promise<unknown> =>
    api.call('keystone', `/v3/projects/${project}/users/${user}/roles/${id}`, { method: 'PUT' });

  const services = await make(api, 'projects', 'project', { name: 'service', ...domain });
  for (const [name, type] of [
    ['glance', 'image'],
    ['placement', 'placement'],
  ] as const) {
    const password = site.secret(`keystone-${name}`);
    const user = await make(api, 'users', 'user', { name, password, ...domain });
    await give(services, user, admin);
    await give(services, user, service);
    const entry = await make(api, 'services', 'service', { name, type });
    for (const face of ['public', 'internal', 'admin']) {
      const endpoint = {
        service_id: entry,
        interface: face,
        region_id: 'RegionOne',
        url: `http://${site.vip}:${API_PORTS[name]}`,
      };
      await api.call('keystone', '/v3/endpoints', { method: 'POST', json: { endpoint } });
    }
  }
  const tenants: { project: string; user: string }[] = [];
  for (const [index, name] of PROJECTS.entries()) {
    const project = await make(api, 'projects', 'project', { name, ...domain });
    const password = randomBytes(18).toString('base64url');
    const user = await make(api, 'users', 'user', { name: USERS[index], password, ...domain });
    await give(project, user, member);
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
  const stores = lab.machines.map((node) => join(node.overlay.at, IMAGE_STORE));
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
export async function seed(lab: Lab): Promise<void> {
  const api = await cloudApi(lab.site);
  const tenants = await identities(api, lab.site);
  const made = await images(api);
  await shareImages(lab);
  await providers(api, tenants);
  const expected: Expected = {
    tables: await countTables(lab),
    images: made,
    providers: await readProviders(api),
  };
  writeFileSync(lab.place.expectedFile, `${JSON.stringify(expected, null, 2)}\n`);
}
