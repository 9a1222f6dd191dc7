import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type CloudApi, cloudApi, readJson } from '../../src/lab/cloud-api.ts';
import { run, until } from '../../src/lab/command.ts';
import { answersPing } from '../../src/lab/guests.ts';
import { type Lab, labDown, labGuests, labStatus, labUp, openLab, verifyData } from '../../src/lab/index.ts';
import { cloudData } from '../../src/lab/proof.ts';
import type { CloudData } from '../../src/lab/proof-cloud.ts';
import { floatingAddress, guestActive, volumeIs } from '../../src/lab/seed-cloud.ts';

// A lab of its own name, beside any that stands.
const NAME = 'labtest-cloud';

const say = (message: string): void => console.log(`${new Date().toISOString().slice(11, 19)} ${message}`);

const Id = z.object({ id: z.string() });
const Server = z.object({
  server: z.object({ status: z.string(), flavor: Id, 'OS-EXT-STS:task_state': z.string().nullable() }),
});

describe('a whole cloud on one controller and one compute', () => {
  let lab: Lab;
  let api: CloudApi;
  let data: CloudData;
  let guest = '';
  const server = async (id: string): Promise<z.infer<typeof Server>['server']> =>
    readJson(await api.call('nova', `/v2.1/servers/${id}`), Server).server;
  const act = (id: string, action: Record<string, unknown>): Promise<unknown> =>
    api.call('nova', `/v2.1/servers/${id}/action`, { method: 'POST', json: action });

  beforeAll(async () => {
    await labUp({ topology: 'cloud-small', name: NAME, io: say });
    lab = openLab(NAME, say);
    api = await cloudApi(lab.site);
    const filled = cloudData(lab);
    if (filled === undefined) throw new Error('the lab was not filled');
    data = filled;
  });
  afterAll(() => labDown(openLab(NAME, say), { purge: true }));

  test('is whole, with all its data, its volumes and its guests', async () => {
    expect((await labStatus(lab)).health.filter((one) => !one.ok)).toEqual([]);
    expect((await verifyData(lab)).lines.filter((line) => !line.ok)).toEqual([]);
  });

  test('has guests that answer this machine ten times a second', async () => {
    const guests = labGuests(lab);
    expect(guests).toHaveLength(2);
    for (const { address } of guests) {
      const { stdout } = await run(['ping', '-n', '-q', '-c', '30', '-i', '0.1', address]);
      expect(stdout).toContain('30 packets transmitted, 30 received');
    }
  });

  test('makes a guest that is met from outside', async () => {
    const json = {
      server: {
        name: 'born-later',
        imageRef: data.image,
        flavorRef: data.flavors[0]?.id,
        networks: [{ uuid: data.networks.find((one) => one.name === 'inside')?.id }],
        security_groups: [{ name: 'reachable' }],
      },
    };
    const answer = await api.call('nova', '/v2.1/servers', { method: 'POST', json });
    guest = readJson(answer, z.object({ server: Id })).server.id;
    await guestActive(api, guest);
    const outside = data.networks.find((one) => one.name === 'outside')?.id ?? '';
    await answersPing(await floatingAddress(api, guest, outside));
  });

  test('attaches a volume to it and takes it off again', async () => {
    const spare = data.volumes.find((one) => one.name === 'spare')?.id ?? '';
    const path = `/v2.1/servers/${guest}/os-volume_attachments`;
    const json = { volumeAttachment: { volumeId: spare } };
    await api.call('nova', path, { method: 'POST', json });
    await volumeIs(api, spare, 'in-use');
    await api.call('nova', `${path}/${spare}`, { method: 'DELETE' });
    await volumeIs(api, spare, 'available');
  });

  test('gives it another size', async () => {
    await act(guest, { resize: { flavorRef: data.flavors[1]?.id } });
    await until('the guest awaits its confirmation', 240, async () => {
      const now = await server(guest);
      return now.status === 'VERIFY_RESIZE' || `${now.status} ${now['OS-EXT-STS:task_state']}`;
    });
    await act(guest, { confirmResize: null });
    await guestActive(api, guest);
    expect((await server(guest)).flavor.id).toBe(data.flavors[1]?.id);
  });

  test('deletes it, and holds what it held before', async () => {
    await api.call('nova', `/v2.1/servers/${guest}`, { method: 'DELETE' });
    await until('the guest is gone', 120, async () => {
      const answer = await api.call('nova', `/v2.1/servers/${guest}`, { accept: [404] });
      return answer.status === 404 || 'still there';
    });
    expect((await verifyData(lab)).lines.filter((line) => !line.ok)).toEqual([]);
  });
});
