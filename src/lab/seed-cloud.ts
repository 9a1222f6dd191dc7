import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type CloudApi, readJson } from './cloud-api.ts';
import { settles, until } from './command.ts';
import type { GuestImage } from './guest-image.ts';
import { answersPing } from './guests.ts';
import { Named } from './identity.ts';
import type { Lab } from './lab.ts';
import type { CloudData } from './proof-cloud.ts';
import { PHYSICAL } from './services/neutron-conf.ts';

const FLAVORS = [
  { name: 'small', ram: 160, vcpus: 1, disk: 1 },
  { name: 'large', ram: 224, vcpus: 1, disk: 1 },
] as const;

/** Tenants' own addresses: seen by nobody outside. */
const INSIDE = '10.79.0.0/24';

const STACK = {
  heat_template_version: '2021-04-16',
  description: 'What a tenant keeps by template',
  resources: {
    network: { type: 'OS::Neutron::Net', properties: { name: 'stack-net' } },
    subnet: {
      type: 'OS::Neutron::Subnet',
      properties: { network: { get_resource: 'network' }, cidr: '10.79.1.0/24' },
    },
    secret: { type: 'OS::Heat::RandomString', properties: { length: 24 } },
  },
};

/** Makes one thing and gives what the schema reads of the answer. */
async function made<T extends z.ZodType>(
  api: CloudApi,
  service: Parameters<CloudApi['call']>[0],
  path: string,
  json: unknown,
  schema: T,
): Promise<z.infer<T>> {
  return readJson(await api.call(service, path, { method: 'POST', json }), schema);
}

const one = <K extends string>(key: K): z.ZodObject<Record<K, typeof Named>> =>
  z.object({ [key]: Named } as Record<K, typeof Named>);

async function image(
  api: CloudApi,
  name: string,
  file: string,
  properties: Record<string, string> = {},
): Promise<string> {
  const json = { name, disk_format: 'raw', container_format: 'bare', visibility: 'public', ...properties };
  const { id } = await made(api, 'glance', '/v2/images', json, Named);
  await api.call('glance', `/v2/images/${id}/file`, {
    method: 'PUT',
    body: readFileSync(file),
    headers: { 'content-type': 'application/octet-stream' },
  });
  return id;
}

/**
 * Enters the image that guests boot: a kernel and a ramdisk, and a disk to write on. Gives the disk's id. Nova
 * fetches kernels of the old formats `aki` and `ari` at boot but refuses them when a guest moves: all are raw.
 */
export async function guestImages(api: CloudApi, parts: GuestImage): Promise<string> {
  const kernel = await image(api, 'guest-kernel', parts.kernel);
  const ramdisk = await image(api, 'guest-ramdisk', parts.ramdisk);
  return image(api, 'guest', parts.disk, {
    kernel_id: kernel,
    ramdisk_id: ramdisk,
    os_command_line: 'panic=1 quiet console=ttyS0',
  });
}

async function networks(lab: Lab, api: CloudApi): Promise<{ outside: string; inside: string }> {
  const { guestPrefix } = lab.site;
  const net = async (fields: Record<string, unknown>): Promise<string> =>
    (await made(api, 'neutron', '/v2.0/networks', { network: fields }, one('network'))).network.id;
  const subnet = async (fields: Record<string, unknown>): Promise<string> =>
    (await made(api, 'neutron', '/v2.0/subnets', { subnet: { ip_version: 4, ...fields } }, one('subnet')))
      .subnet.id;
  const outside = await net({
    name: 'outside',
    'router:external': true,
    'provider:network_type': 'flat',
    'provider:physical_network': PHYSICAL,
  });
  await subnet({
    name: 'outside',
    network_id: outside,
    cidr: `${guestPrefix}.0/24`,
    gateway_ip: `${guestPrefix}.1`,
    enable_dhcp: false,
    allocation_pools: [{ start: `${guestPrefix}.100`, end: `${guestPrefix}.199` }],
  });
  const inside = await net({ name: 'inside' });
  const own = await subnet({ name: 'inside', network_id: inside, cidr: INSIDE });
  const { router } = await made(
    api,
    'neutron',
    '/v2.0/routers',
    { router: { name: 'router', external_gateway_info: { network_id: outside } } },
    one('router'),
  );
  await api.call('neutron', `/v2.0/routers/${router.id}/add_router_interface`, {
    method: 'PUT',
    json: { subnet_id: own },
  });
  const group = { name: 'reachable', description: 'Ping and HTTP from anywhere' };
  const { security_group: open } = await made(
    api,
    'neutron',
    '/v2.0/security-groups',
    { security_group: group },
    one('security_group'),
  );
  for (const rule of [{ protocol: 'icmp' }, { protocol: 'tcp', port_range_min: 80, port_range_max: 80 }]) {
    const json = { security_group_rule: { security_group_id: open.id, direction: 'ingress', ...rule } };
    await api.call('neutron', '/v2.0/security-group-rules', { method: 'POST', json });
  }
  return { outside, inside };
}

const Server = z.object({
  server: z.object({
    status: z.string(),
    fault: z.object({ message: z.string() }).optional(),
  }),
});

/** Whether a guest is ACTIVE; otherwise what it is, with Nova's own reason for an ERROR. */
async function guestStatus(api: CloudApi, id: string): Promise<true | string> {
  const { server } = readJson(await api.call('nova', `/v2.1/servers/${id}`), Server);
  return server.status === 'ACTIVE' || `${server.status} ${server.fault?.message ?? ''}`.trim();
}

/** Waits until a guest is ACTIVE. */
export const guestActive = (api: CloudApi, id: string, seconds = 300): Promise<void> =>
  until(`guest ${id} is ACTIVE`, seconds, () => guestStatus(api, id), 1500);

const Ports = z.object({ ports: z.array(z.object({ id: z.string() })) });

/** Gives a guest an address that is met from outside. */
export async function floatingAddress(api: CloudApi, server: string, outside: string): Promise<string> {
  const { ports } = readJson(await api.call('neutron', `/v2.0/ports?device_id=${server}`), Ports);
  const floating = { floating_network_id: outside, port_id: ports[0]?.id };
  const address = z.object({ floatingip: z.object({ floating_ip_address: z.string() }) });
  return (await made(api, 'neutron', '/v2.0/floatingips', { floatingip: floating }, address)).floatingip
    .floating_ip_address;
}

const Begun = z.object({ server: z.object({ id: z.string() }) });

/**
 * Makes a guest, once more if it is not there in time: on a machine this small an agent of Neutron may take an
 * old word for the last one about a port, and then the guest waits for its link in vain.
 */
async function guest(lab: Lab, api: CloudApi, server: Record<string, unknown>): Promise<string> {
  const begin = async (): Promise<string> =>
    (await made(api, 'nova', '/v2.1/servers', { server }, Begun)).server.id;
  const first = await begin();
  const answer = await settles(120, () => guestStatus(api, first), 1500);
  if (answer === true) return first;
  lab.say(`${String(server.name)} is still ${answer}: making it anew`);
  await api.call('nova', `/v2.1/servers/${first}`, { method: 'DELETE' });
  const second = await begin();
  await guestActive(api, second);
  return second;
}

async function guests(
  lab: Lab,
  api: CloudApi,
  what: { imageRef: string; flavorRef: string; inside: string; outside: string },
): Promise<CloudData['guests']> {
  const each = lab.topology.guestsPerCompute ?? 0;
  const hosts = lab.site.computes.flatMap((node) => Array.from({ length: each }, () => node.name));
  const all: CloudData['guests'] = [];
  for (const [index, host] of hosts.entries()) {
    const name = `guest-${index + 1}`;
    const id = await guest(lab, api, {
      name,
      imageRef: what.imageRef,
      flavorRef: what.flavorRef,
      networks: [{ uuid: what.inside }],
      security_groups: [{ name: 'reachable' }],
      availability_zone: `nova:${host}`,
    });
    all.push({ id, name, host, address: await floatingAddress(api, id, what.outside) });
  }
  await Promise.all(all.map(({ address }) => answersPing(address)));
  return all;
}

const State = z.object({ volume: z.object({ status: z.string() }) });

async function volume(api: CloudApi, name: string): Promise<string> {
  const path = `/v3/${api.project}/volumes`;
  const { volume: begun } = await made(api, 'cinder', path, { volume: { name, size: 1 } }, one('volume'));
  await volumeIs(api, begun.id, 'available');
  return begun.id;
}

/** Waits until a volume has a status. */
export async function volumeIs(api: CloudApi, id: string, status: string): Promise<void> {
  await until(`volume ${id} is ${status}`, 180, async () => {
    const { volume } = readJson(await api.call('cinder', `/v3/${api.project}/volumes/${id}`), State);
    return volume.status === status || volume.status;
  });
}

async function stack(api: CloudApi): Promise<CloudData['stack']> {
  const begun = z.object({ stack: z.object({ id: z.string() }) });
  const json = { stack_name: 'tenant', template: STACK, timeout_mins: 10 };
  const { id } = (await made(api, 'heat', `/v1/${api.project}/stacks`, json, begun)).stack;
  const State = z.object({ stack: z.object({ stack_status: z.string(), stack_status_reason: z.string() }) });
  await until('the stack is made', 240, async () => {
    const { stack: now } = readJson(await api.call('heat', `/v1/${api.project}/stacks/tenant/${id}`), State);
    return now.stack_status === 'CREATE_COMPLETE' || `${now.stack_status}: ${now.stack_status_reason}`;
  });
  return { id, name: 'tenant' };
}

/** Fills a cloud with what a tenant has: networks, guests that answer ping from outside, volumes, a stack. */
export async function seedCloud(lab: Lab, api: CloudApi, imageRef: string): Promise<CloudData> {
  const flavors: CloudData['flavors'] = [];
  for (const flavor of FLAVORS) {
    const { flavor: kept } = await made(api, 'nova', '/v2.1/flavors', { flavor }, one('flavor'));
    flavors.push({ id: kept.id, name: kept.name });
  }
  const { outside, inside } = await networks(lab, api);
  lab.say('booting guests');
  const all = await guests(lab, api, { imageRef, flavorRef: flavors[0]?.id ?? '', inside, outside });
  const [attached, spare] = [await volume(api, 'data'), await volume(api, 'spare')];
  const first = all[0]?.id ?? '';
  await api.call('nova', `/v2.1/servers/${first}/os-volume_attachments`, {
    method: 'POST',
    json: { volumeAttachment: { volumeId: attached } },
  });
  await volumeIs(api, attached, 'in-use');
  return {
    project: api.project,
    image: imageRef,
    flavors,
    networks: [
      { id: outside, name: 'outside' },
      { id: inside, name: 'inside' },
    ],
    guests: all,
    volumes: [
      { id: attached, name: 'data', status: 'in-use', on: first },
      { id: spare, name: 'spare', status: 'available' },
    ],
    stack: await stack(api),
  };
}
