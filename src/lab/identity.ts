import { z } from 'zod';
import { type CloudApi, cloudApi } from './cloud-api.ts';
import type { Site } from './site.ts';

export const Named = z.object({ id: z.string(), name: z.string() });

/** Makes a thing in keystone and gives its id; finds it when it is there already. */
export async function make(
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

export const DOMAIN = { domain_id: 'default' };

/** A role by its name, made when keystone has none of that name yet. */
export async function role(api: CloudApi, name: string): Promise<string> {
  const roles = z
    .object({ roles: z.array(Named) })
    .parse(JSON.parse((await api.call('keystone', '/v3/roles')).body.toString())).roles;
  return roles.find((one) => one.name === name)?.id ?? (await make(api, 'roles', 'role', { name }));
}

/** Gives a user a role in a project. */
export const give = (api: CloudApi, project: string, user: string, id: string): Promise<unknown> =>
  api.call('keystone', `/v3/projects/${project}/users/${user}/roles/${id}`, { method: 'PUT' });

/** Enters a service in keystone: its user, its name in the catalogue, its address on all three faces. */
export async function register(
  api: CloudApi,
  site: Site,
  name: string,
  type: string,
  url: string,
): Promise<void> {
  const project = await make(api, 'projects', 'project', { name: 'service', ...DOMAIN });
  const password = site.secret(`keystone-${name}`);
  const user = await make(api, 'users', 'user', { name, password, ...DOMAIN });
  for (const held of ['admin', 'service']) await give(api, project, user, await role(api, held));
  const entry = await make(api, 'services', 'service', { name, type });
  for (const face of ['public', 'internal', 'admin']) {
    const endpoint = { service_id: entry, interface: face, region_id: 'RegionOne', url };
    await api.call('keystone', '/v3/endpoints', { method: 'POST', json: { endpoint } });
  }
}

/** Enters a service in keystone as the administrator, before it starts: those that call it look it up there. */
export async function registerService(site: Site, name: string, type: string, url: string): Promise<void> {
  await register(await cloudApi(site), site, name, type, url);
}
