// What tenants do with a cloud: a guest is born, is given a volume and gives it back, is resized, and goes.
import { z } from 'zod';
import { cloudApi, readJson } from '../../src/lab/cloud-api.ts';
import { until } from '../../src/lab/command.ts';
import { answersPing } from '../../src/lab/guests.ts';
import type { Lab } from '../../src/lab/index.ts';
import { cloudData } from '../../src/lab/proof.ts';
import { floatingAddress, guestActive, volumeIs } from '../../src/lab/seed-cloud.ts';

const Id = z.object({ id: z.string() });
const Made = z.object({ server: Id });
const Status = z.object({
  server: z.object({ status: z.string(), flavor: Id, 'OS-EXT-STS:task_state': z.string().nullable() }),
});

/** Does all of it and throws at the first thing that does not work. Gives the seconds each took. */
export async function exercise(lab: Lab): Promise<Readonly<Record<string, number>>> {
  const api = await cloudApi(lab.site);
  const data = cloudData(lab);
  if (data === undefined) throw new Error('the lab was not filled');
  const took: Record<string, number> = {};
  const timed = async <T>(what: string, act: () => Promise<T>): Promise<T> => {
    const from = performance.now();
    const result = await act();
    took[what] = Math.round((performance.now() - from) / 100) / 10;
    return result;
  };
  const network = (name: string): string => data.networks.find((one) => one.name === name)?.id ?? '';
  const guest = await timed('create', async () => {
    const answer = await api.call('nova', '/v2.1/servers', {
      method: 'POST',
      json: {
        server: {
          name: 'exercise',
          imageRef: data.image,
          flavorRef: data.flavors[0]?.id,
          networks: [{ uuid: network('inside') }],
          security_groups: [{ name: 'reachable' }],
        },
      },
    });
    const { id } = readJson(answer, Made).server;
    await guestActive(api, id);
    await answersPing(await floatingAddress(api, id, network('outside')));
    return id;
  });
  const volume = data.volumes.find((one) => one.name === 'spare')?.id ?? '';
  const attachments = `/v2.1/servers/${guest}/os-volume_attachments`;
  await timed('attach', async () => {
    await api.call('nova', attachments, { method: 'POST', json: { volumeAttachment: { volumeId: volume } } });
    await volumeIs(api, volume, 'in-use');
    await api.call('nova', `${attachments}/${volume}`, { method: 'DELETE' });
    await volumeIs(api, volume, 'available');
  });
  await timed('resize', async () => {
    const act = (json: object) => api.call('nova', `/v2.1/servers/${guest}/action`, { method: 'POST', json });
    await act({ resize: { flavorRef: data.flavors[1]?.id } });
    await until('the guest awaits its confirmation', 300, async () => {
      const now = readJson(await api.call('nova', `/v2.1/servers/${guest}`), Status).server;
      return now.status === 'VERIFY_RESIZE' || `${now.status} ${now['OS-EXT-STS:task_state']}`;
    });
    await act({ confirmResize: null });
    await guestActive(api, guest);
    const { flavor } = readJson(await api.call('nova', `/v2.1/servers/${guest}`), Status).server;
    if (flavor.id !== data.flavors[1]?.id) throw new Error(`resized to flavor ${flavor.id}`);
  });
  await timed('delete', async () => {
    await api.call('nova', `/v2.1/servers/${guest}`, { method: 'DELETE' });
    await until('the guest is gone', 120, async () => {
      const answer = await api.call('nova', `/v2.1/servers/${guest}`, { accept: [404] });
      return answer.status === 404 || 'still there';
    });
  });
  return took;
}
