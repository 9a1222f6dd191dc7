import { z } from 'zod';
import { type CloudApi, readJson } from './cloud-api.ts';
import { run } from './command.ts';

const Thing = z.object({ id: z.string(), name: z.string() });

/** What a cloud with guests held when it was new, and how to meet its guests. */
export const CloudData = z.object({
  project: z.string(),
  /** The image and the flavors that guests are made of. */
  image: z.string(),
  flavors: z.array(Thing),
  networks: z.array(Thing),
  /** `address` answers ping from this machine; `host` is where the guest was made. */
  guests: z.array(Thing.extend({ address: z.string(), host: z.string() })),
  volumes: z.array(Thing.extend({ status: z.string(), on: z.string().optional() })),
  stack: Thing,
});
export type CloudData = z.infer<typeof CloudData>;

/** One thing of a cloud: what it should be, and what it is. */
export interface CloudLine {
  readonly name: string;
  readonly expected: string;
  readonly found: string;
}

async function found<T extends z.ZodType>(
  api: CloudApi,
  service: Parameters<CloudApi['call']>[0],
  path: string,
  schema: T,
  read: (value: z.infer<T>) => string,
): Promise<string> {
  const answer = await api.call(service, path, { accept: [404, 500, 503] });
  return answer.status === 200 ? read(readJson(answer, schema)) : `status ${answer.status}`;
}

const Server = z.object({ server: z.object({ status: z.string() }) });
const Volume = z.object({
  volume: z.object({ status: z.string(), attachments: z.array(z.object({ server_id: z.string() })) }),
});
const Stack = z.object({ stack: z.object({ stack_status: z.string() }) });
const Network = z.object({ network: z.object({ status: z.string() }) });

async function guestLine(api: CloudApi, guest: CloudData['guests'][number]): Promise<CloudLine> {
  const status = await found(api, 'nova', `/v2.1/servers/${guest.id}`, Server, ({ server }) => server.status);
  const ping = await run(['ping', '-n', '-q', '-c', '5', '-i', '0.2', '-W', '3', guest.address], {
    accept: [1, 2],
  });
  const echo = ping.code === 0 ? 'answers ping' : 'no echo';
  return { name: `guest ${guest.name}`, expected: 'ACTIVE, answers ping', found: `${status}, ${echo}` };
}

async function volumeLine(
  api: CloudApi,
  data: CloudData,
  volume: CloudData['volumes'][number],
): Promise<CloudLine> {
  const words = (status: string, on: string | undefined): string =>
    on === undefined ? status : `${status} on ${on}`;
  const now = await found(
    api,
    'cinder',
    `/v3/${data.project}/volumes/${volume.id}`,
    Volume,
    ({ volume: { status, attachments } }) => words(status, attachments[0]?.server_id),
  );
  return { name: `volume ${volume.name}`, expected: words(volume.status, volume.on), found: now };
}

/** Asks for everything a cloud held when it was new, and meets every guest. */
export async function proveCloud(api: CloudApi, data: CloudData): Promise<CloudLine[]> {
  const lines = await Promise.all(data.guests.map((guest) => guestLine(api, guest)));
  for (const volume of data.volumes) lines.push(await volumeLine(api, data, volume));
  for (const { id, name } of data.networks) {
    const now = await found(api, 'neutron', `/v2.0/networks/${id}`, Network, ({ network }) => network.status);
    lines.push({ name: `network ${name}`, expected: 'ACTIVE', found: now });
  }
  for (const { id, name } of data.flavors) {
    const Flavor = z.object({ flavor: Thing });
    const now = await found(api, 'nova', `/v2.1/flavors/${id}`, Flavor, ({ flavor }) => flavor.name);
    lines.push({ name: `flavor ${name}`, expected: name, found: now });
  }
  const { id, name } = data.stack;
  const path = `/v1/${data.project}/stacks/${name}/${id}`;
  const now = await found(api, 'heat', path, Stack, ({ stack }) => stack.stack_status);
  lines.push({ name: `stack ${name}`, expected: 'CREATE_COMPLETE', found: now });
  return lines;
}
