import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { type CloudApi, cloudApi } from './cloud-api.ts';
import type { Lab } from './lab.ts';
import { CloudData, proveCloud } from './proof-cloud.ts';
import { COUNTED, COUNTED_IN_CLOUDS } from './seed-data.ts';
import { answers } from './ssh.ts';
import { hasGuests } from './topology.ts';

const Provider = z.object({
  uuid: z.string(),
  name: z.string(),
  inventories: z.record(z.string(), z.number()),
});

/** What the cluster held when it was new: `expected.json` in the lab's folder. */
export const Expected = z.object({
  tables: z.record(z.string(), z.string()),
  images: z.array(z.object({ id: z.string(), name: z.string(), sha256: z.string() })),
  providers: z.array(Provider),
  /** Only where there are guests. */
  cloud: CloudData.optional(),
});
export type Expected = z.infer<typeof Expected>;

export interface ProofLine {
  readonly name: string;
  readonly ok: boolean;
  readonly expected: string;
  readonly found: string;
}

/** Whether all data is still there, thing by thing. */
export interface DataProof {
  readonly ok: boolean;
  readonly lines: readonly ProofLine[];
}

/** Rows of the probe table that were there from the start: their number and a checksum over all of them. */
const SEEDED = 'probe.t (seeded rows)';

/** Counts rows through the VIP, as any client would. */
export async function countTables(lab: Lab): Promise<Record<string, string>> {
  const tables = hasGuests(lab.topology) ? COUNTED_IN_CLOUDS : COUNTED;
  const counts = tables.map((table) => `select '${table}', count(*) from ${table};`);
  const sql = [
    ...counts,
    `select '${SEEDED}', concat(count(*), ' ', sum(crc32(v))) from probe.t where who = 'seed';`,
  ];
  for (const node of lab.site.controllers) {
    if (!(await answers(lab.place, node.name))) continue;
    const out = await lab.hands.on(
      node,
      `options=$(mktemp); trap 'rm -f "$options"' EXIT
cat > "$options" <<'OPTIONS'
[client]
user=proof
password=${lab.site.secret('db-proof')}
OPTIONS
mariadb --defaults-extra-file="$options" -h ${lab.site.vip} -NB <<'SQL'
${sql.join('\n')}
SQL`,
    );
    const rows = out.trim().split('\n');
    return Object.fromEntries(
      rows.map((row) => row.split('\t')).map(([name = '', count = '']) => [name, count]),
    );
  }
  return {};
}

const ProviderList = z.object({
  resource_providers: z.array(z.object({ uuid: z.string(), name: z.string() })),
});
const Inventories = z.object({ inventories: z.record(z.string(), z.object({ total: z.number() })) });

/** Reads every resource provider with its inventory. */
export async function readProviders(api: CloudApi): Promise<Expected['providers']> {
  const list = ProviderList.parse(
    JSON.parse((await api.call('placement', '/resource_providers')).body.toString()),
  );
  const found: Expected['providers'] = [];
  for (const { uuid, name } of list.resource_providers.toSorted((a, b) => a.name.localeCompare(b.name))) {
    const { body } = await api.call('placement', `/resource_providers/${uuid}/inventories`);
    const { inventories } = Inventories.parse(JSON.parse(body.toString()));
    const totals = Object.entries(inventories).map(([kind, { total }]) => [kind, total] as const);
    found.push({
      uuid,
      name,
      inventories: Object.fromEntries(totals.toSorted(([a], [b]) => a.localeCompare(b))),
    });
  }
  return found;
}

const line = (name: string, expected: string, found: string): ProofLine => ({
  name,
  ok: expected === found,
  expected,
  found,
});

/** Compares what was expected with what was found; a thing that is gone is a line that says so. */
export function compare(expected: Expected, found: Expected): DataProof {
  const sums = new Map(found.images.map((image) => [image.id, image.sha256]));
  const rows = new Map(
    found.providers.map((provider) => [provider.uuid, JSON.stringify(provider.inventories)]),
  );
  const lines = [
    ...Object.entries(expected.tables).map(([table, count]) =>
      line(`rows of ${table}`, count, found.tables[table] ?? 'not read'),
    ),
    ...expected.images.map((image) =>
      line(`image ${image.name}`, image.sha256, sums.get(image.id) ?? 'gone'),
    ),
    ...expected.providers.map((provider) =>
      line(
        `provider ${provider.name}`,
        JSON.stringify(provider.inventories),
        rows.get(provider.uuid) ?? 'gone',
      ),
    ),
  ];
  return { ok: lines.every((one) => one.ok), lines };
}

/** Reads all data again through the VIP and compares it with what the new cluster held. */
export async function verifyData(lab: Lab): Promise<DataProof> {
  const expected = Expected.parse(JSON.parse(readFileSync(lab.place.expectedFile, 'utf8')));
  const api = await cloudApi(lab.site);
  const images: Expected['images'] = [];
  for (const image of expected.images) {
    const { status, body } = await api.call('glance', `/v2/images/${image.id}/file`, {
      accept: [404, 500, 503],
    });
    const sha256 = status === 200 ? createHash('sha256').update(body).digest('hex') : `status ${status}`;
    images.push({ ...image, sha256 });
  }
  const found: Expected = { tables: await countTables(lab), images, providers: await readProviders(api) };
  const data = compare(expected, found);
  if (expected.cloud === undefined) return data;
  const cloud = (await proveCloud(api, expected.cloud)).map((one) => line(one.name, one.expected, one.found));
  return { ok: data.ok && cloud.every((one) => one.ok), lines: [...data.lines, ...cloud] };
}

/** What a lab's cloud was filled with when it was new; undefined before that, and where there are no guests. */
export function cloudData(lab: Lab): CloudData | undefined {
  if (!existsSync(lab.place.expectedFile)) return undefined;
  return Expected.parse(JSON.parse(readFileSync(lab.place.expectedFile, 'utf8'))).cloud;
}

/** The guests of a lab and the addresses at which they answer ping from this machine; none where it has none. */
export const labGuests = (lab: Lab): CloudData['guests'] => cloudData(lab)?.guests ?? [];
