import { z } from 'zod';
import * as galera from '../drivers/galera.ts';
import * as haproxy from '../drivers/haproxy.ts';
import * as pacemaker from '../drivers/pacemaker.ts';
import * as rabbitmq from '../drivers/rabbitmq.ts';
import * as systemd from '../drivers/systemd.ts';
import { complaint, json } from '../drivers/text.ts';
import { Servers } from './haproxy.ts';
import { defineGuard } from './kind.ts';
import { Older } from './pacemaker.ts';
import { answer, closed, open } from './verdict.ts';

const Nodes = z.array(z.string()).min(1);
const perNode = <T extends object>(nodes: readonly string[], look: T): Record<string, T & { on: string }> =>
  Object.fromEntries(nodes.map((on) => [on, { ...look, on }]));

/** Every other member is Synced in a primary component, asked now: a joining one is not enough (lab.md section 2). */
export const galeraOthersSynced = defineGuard({
  kind: 'galera.others-synced',
  params: z.strictObject({ nodes: Nodes }),
  looks: ({ nodes }) => perNode(nodes, galera.status),
  judge({ nodes }, seen) {
    for (const node of nodes) {
      const state = galera.readStatus(answer(seen, node));
      if (typeof state === 'string') return closed(`${node}: ${state}`);
      if (state.state !== 'Synced' || !state.primary || !state.ready) {
        return closed(`${node} is ${state.state}${state.primary ? '' : ', not in a primary component'}`);
      }
    }
    return open(`Synced: ${nodes.join(', ')}`);
  },
});

/** At least `min` other members of the bus run, without partitions. */
export const rabbitmqOthersRunning = defineGuard({
  kind: 'rabbitmq.others-running',
  params: z.strictObject({ nodes: Nodes, min: z.int().min(1) }),
  looks: ({ nodes }) => perNode(nodes, rabbitmq.clusterStatus),
  judge({ nodes, min }, seen) {
    const views = nodes.map((node) => rabbitmq.readClusterStatus(answer(seen, node)));
    const words: string[] = [];
    for (const view of views) {
      if (typeof view === 'string') words.push(view);
      else if (view.partitions.length > 0) return closed(`partitioned: ${view.partitions.join(', ')}`);
      else {
        const running = nodes.filter((node) => view.running.includes(`rabbit@${node}`));
        if (running.length >= min) return open(`running: ${running.join(', ')}`);
        words.push(`running: ${view.running.join(', ')}`);
      }
    }
    return closed(words.join('; '));
  },
});

/** No more messages wait in the old cluster than the policy lets be lost with it. */
export const rabbitmqBacklog = defineGuard({
  kind: 'rabbitmq.backlog',
  params: z.strictObject({
    node: z.string(),
    vhosts: z.array(z.string()).min(1),
    max: z.int().min(0),
    /** Queues whose names begin so are not counted: nobody reads notifications where no telemetry is. */
    without: z.string().optional(),
  }),
  looks: ({ node, vhosts }) =>
    Object.fromEntries(vhosts.map((vhost) => [vhost, { ...rabbitmq.queues(vhost), on: node }])),
  judge({ node, vhosts, max, without }, seen) {
    let waiting = 0;
    const counts = (name: string): boolean => without === undefined || !name.startsWith(without);
    for (const vhost of vhosts) {
      const asked = answer(seen, vhost);
      if (asked.lost || asked.rc !== 0 || !Array.isArray(json(asked.out)))
        return closed(`${node}: RabbitMQ does not answer`);
      waiting += rabbitmq
        .readQueues(asked)
        .reduce((sum, { name, messages }) => sum + (counts(name) ? messages : 0), 0);
    }
    return waiting <= max
      ? open(`${waiting} messages waiting`)
      : closed(`${waiting} messages waiting, ${max} may be`);
  },
});

/** Every backend has another server that is UP, on every balancer that answers; one balancer must answer. */
export const haproxyOthersUp = defineGuard({
  kind: 'haproxy.others-up',
  params: z.strictObject({ nodes: Nodes, socket: z.string(), servers: Servers }),
  looks: ({ nodes, socket }) => perNode(nodes, haproxy.showStat(socket)),
  judge({ nodes, servers }, seen) {
    let asked = 0;
    for (const node of nodes) {
      const rows = haproxy.readStat(answer(seen, node));
      if (typeof rows === 'string') continue;
      asked += 1;
      for (const { backend, server } of servers) {
        const others = rows.filter((row) => row.backend === backend && row.server !== server);
        if (!others.some((row) => haproxy.isUp(row.status))) {
          return closed(
            `${node}: ${backend} has no other server UP (${others.map((row) => `${row.server} ${row.status}`).join(', ')})`,
          );
        }
      }
    }
    return asked > 0
      ? open(`${servers.map(({ backend }) => backend).join(', ')}: others UP`)
      : closed('no balancer answers');
  },
});

/** The cluster stays quorate without this node. */
export const pacemakerSpare = defineGuard({
  kind: 'pacemaker.spare',
  params: z.strictObject({ ask: z.string(), node: z.string(), total: z.int(), older: Older }),
  looks: ({ ask, older }) => ({ monitor: { ...pacemaker.monitorOf(older), on: ask } }),
  judge({ node, total }, seen) {
    const state = pacemaker.readMonitor(answer(seen, 'monitor'));
    if (typeof state === 'string') return closed(state);
    const others = state.online.filter((name) => name !== node);
    return state.quorate && others.length > total / 2
      ? open(`online without it: ${others.join(', ')}`)
      : closed(
          `online without it: ${others.join(', ') || 'none'} of ${total}${state.quorate ? '' : ', no quorum'}`,
        );
  },
});

/** The resource runs, and not here. */
export const pacemakerElsewhere = defineGuard({
  kind: 'pacemaker.elsewhere',
  params: z.strictObject({ ask: z.string(), resource: z.string(), node: z.string(), older: Older }),
  looks: ({ ask, older }) => ({ monitor: { ...pacemaker.monitorOf(older), on: ask } }),
  judge({ resource, node }, seen) {
    const state = pacemaker.readMonitor(answer(seen, 'monitor'));
    if (typeof state === 'string') return closed(state);
    const at = state.resources[resource] ?? null;
    if (at === null) return closed(`${resource} runs nowhere`);
    return at === node ? closed(`${resource} is on ${node}`) : open(`${resource} is on ${at}`);
  },
});

/** None of these units runs on its node, now: what writes to databases while they come back would leave rows of both. */
export const systemdAtRest = defineGuard({
  kind: 'systemd.at-rest',
  params: z.strictObject({ units: z.record(z.string(), z.array(z.string()).min(1)) }),
  looks: ({ units }) =>
    Object.fromEntries(
      Object.entries(units).map(([on, mine]) => [on, { ...systemd.unitStates(mine), on }] as const),
    ),
  judge({ units }, seen) {
    for (const [node, mine] of Object.entries(units)) {
      const told = answer(seen, node);
      if (told.lost || told.rc !== 0) return closed(`${node}: ${complaint(told)}`);
      const states = systemd.readUnitStates(told);
      for (const unit of mine) {
        const active = states[systemd.unitName(unit)]?.active;
        if (active !== 'inactive' && active !== 'failed')
          return closed(`${unit} on ${node} is ${active ?? 'unknown'}`);
      }
    }
    return open(`nothing of OpenStack runs on ${Object.keys(units).join(', ')}`);
  },
});
