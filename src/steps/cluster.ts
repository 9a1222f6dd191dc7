import { z } from 'zod';
import * as galera from '../drivers/galera.ts';
import * as haproxy from '../drivers/haproxy.ts';
import * as pacemaker from '../drivers/pacemaker.ts';
import * as rabbitmq from '../drivers/rabbitmq.ts';
import { complaint } from '../drivers/text.ts';
import type { Look } from '../model/command.ts';
import { type Answers, defineStep } from './kind.ts';
import { answer, done, wait } from './verdict.ts';

const Params = z.strictObject({
  galera: z.array(z.string()),
  rabbitmq: z.array(z.string()),
  pacemaker: z.array(z.string()),
  haproxy: z.array(z.string()),
  socket: z.string(),
  vips: z.array(z.string()),
  /** Parts whose versions are asked in the older words. */
  older: z.array(z.enum(['rabbitmq', 'pacemaker'])).optional(),
});
type Params = z.infer<typeof Params>;

function* faults(want: Params, seen: Answers): Generator<string> {
  for (const node of want.galera) {
    const state = galera.readStatus(answer(seen, `galera ${node}`));
    if (typeof state === 'string') yield `${node}: MariaDB: ${state}`;
    else if (state.state !== 'Synced' || state.size !== want.galera.length || !state.primary) {
      yield `${node}: MariaDB is ${state.state}, cluster size ${state.size}`;
    }
  }
  for (const node of want.rabbitmq) {
    const asked = answer(seen, `rabbitmq ${node}`);
    const state = want.older?.includes('rabbitmq')
      ? rabbitmq.readOlderStatus(asked)
      : rabbitmq.readClusterStatus(asked);
    if (typeof state === 'string') yield `${node}: RabbitMQ: ${state}`;
    else if (state.running.length !== want.rabbitmq.length)
      yield `${node}: RabbitMQ sees ${state.running.join(', ')}`;
    else if (new Set(Object.values(state.versions).map((version) => version.rabbitmq)).size !== 1) {
      yield `${node}: RabbitMQ runs several versions`;
    }
  }
  const ask = want.pacemaker[0];
  if (ask !== undefined) {
    const state = pacemaker.readMonitor(answer(seen, 'pacemaker'));
    if (typeof state === 'string') yield `${ask}: Pacemaker: ${state}`;
    else {
      if (state.online.length !== want.pacemaker.length)
        yield `Pacemaker: online are ${state.online.join(', ')}`;
      if (state.standby.length > 0) yield `Pacemaker: in standby ${state.standby.join(', ')}`;
      for (const vip of want.vips) if (!state.resources[vip]) yield `${vip} runs nowhere`;
    }
    const constraints = answer(seen, 'constraints');
    if (constraints.rc !== 0) yield `${ask}: constraints: ${complaint(constraints)}`;
    const left = pacemaker.readCliConstraints(constraints);
    if (left.length > 0) yield `Pacemaker: constraints left: ${left.join(', ')}`;
  }
  for (const node of want.haproxy) {
    const rows = haproxy.readStat(answer(seen, `haproxy ${node}`));
    if (typeof rows === 'string') yield `${node}: ${rows}`;
    else {
      for (const row of rows) {
        if (!haproxy.isUp(row.status)) yield `${node}: ${row.backend}/${row.server} is ${row.status}`;
      }
    }
  }
}

/** Read-only: every member back, every server UP, every VIP carried, no constraint left. */
export const clusterVerify = defineStep({
  kind: 'cluster.verify',
  params: Params,
  commands: () => [],
  looks(want) {
    const looks: Record<string, Look> = {};
    for (const on of want.galera) looks[`galera ${on}`] = { ...galera.status, on };
    for (const on of want.rabbitmq) {
      const look = want.older?.includes('rabbitmq') ? rabbitmq.olderStatus : rabbitmq.clusterStatus;
      looks[`rabbitmq ${on}`] = { ...look, on };
    }
    for (const on of want.haproxy) looks[`haproxy ${on}`] = { ...haproxy.showStat(want.socket), on };
    const on = want.pacemaker[0];
    if (on !== undefined) {
      looks.pacemaker = { ...pacemaker.monitorOf(want.older?.includes('pacemaker')), on };
      looks.constraints = { ...pacemaker.constraints, on };
    }
    return looks;
  },
  judge(want, seen) {
    const found = [...faults(want, seen)];
    return found.length === 0 ? done('whole') : wait(found.join('; '));
  },
});
