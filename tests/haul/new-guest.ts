import { z } from 'zod';
import { type CloudApi, cloudApi, readJson } from '../../src/lab/cloud-api.ts';
import type { Lab } from '../../src/lab/index.ts';
import { cloudData } from '../../src/lab/proof.ts';
import { guestActive } from '../../src/lab/seed-cloud.ts';

const Made = z.object({ server: z.object({ id: z.string() }) });

/** A guest more, on the inner network, waited for until it is active; nobody outside can reach it. */
export async function newGuest(lab: Lab, name: string): Promise<{ api: CloudApi; id: string }> {
  const data = cloudData(lab);
  if (data === undefined) throw new Error('the lab was not filled');
  const api = await cloudApi(lab.site);
  const networks = [{ uuid: data.networks.find((one) => one.name === 'inside')?.id }];
  const server = { name, imageRef: data.image, flavorRef: data.flavors[0]?.id, networks };
  const made = await api.call('nova', '/v2.1/servers', { method: 'POST', json: { server } });
  const { id } = readJson(made, Made).server;
  await guestActive(api, id);
  return { api, id };
}
