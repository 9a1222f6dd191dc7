import { z } from 'zod';
import { cloudApi, readJson } from './cloud-api.ts';
import { run, until } from './command.ts';
import type { Lab } from './lab.ts';
import { labGuests } from './proof.ts';

/** Waits until an address answers ping from this machine. */
export async function answersPing(address: string, seconds = 240): Promise<void> {
  await until(`${address} answers ping`, seconds, async () => {
    const ping = await run(['ping', '-n', '-q', '-c', '1', '-W', '3', address], { accept: [1, 2] });
    return ping.code === 0 || 'no echo';
  });
}

const Server = z.object({ server: z.object({ status: z.string() }) });

/** Has the guests of a lab that was off run again: Nova brings back those that ran, and is told of the others. */
export async function startGuests(lab: Lab): Promise<void> {
  const guests = labGuests(lab);
  if (guests.length === 0) return;
  lab.say('waiting for the guests');
  const api = await cloudApi(lab.site);
  for (const { id } of guests) {
    const answer = await api.call('nova', `/v2.1/servers/${id}`, { accept: [404] });
    if (answer.status === 404 || readJson(answer, Server).server.status !== 'SHUTOFF') continue;
    const json = { 'os-start': null };
    await api.call('nova', `/v2.1/servers/${id}/action`, { method: 'POST', json });
  }
  await Promise.all(guests.map((guest) => answersPing(guest.address)));
}
