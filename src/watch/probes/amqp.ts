import { randomUUID } from 'node:crypto';
import { type ChannelModel, type ConfirmChannel, type ConsumeMessage, connect } from 'amqplib';
import { orAborted, type Prober } from '../attempt.ts';
import type { SecretSource } from '../secret.ts';
import { keepSession } from '../session.ts';

export interface AmqpPlace {
  readonly nodes: readonly string[];
  readonly port: number;
  readonly vhost: string;
  readonly user: string;
  readonly password: string;
  readonly queue: string;
  readonly type: 'classic' | 'quorum';
}

/** Marks the messages of watches. */
const APP = 'windlass-watch';
const CONNECT_TIMEOUT_MS = 2000;
/** A node that talks but does not let us listen (its queue has no leader) is left for the next one. */
const LISTEN_TIMEOUT_MS = 3000;
/** Seconds; oslo.messaging's default is 60, but its clients, too, ask more often than they give up. */
const HEARTBEAT_S = 10;
/** A message that nobody fetched goes away by itself. */
const EXPIRY_MS = '60000';

interface Bus {
  readonly connection: ChannelModel;
  readonly channel: ConfirmChannel;
  /** Our own queue, to which other watches hand over what they took of ours. */
  readonly own: string;
  readonly waiting: Map<string, () => void>;
}

/**
 * A message goes out, is confirmed, and comes back from the same queue. The connection is kept; when it breaks, the
 * next node of the list is tried, then the next, as oslo.messaging does. A queue that is not there is declared again,
 * as clients do after the bus was rebuilt. Several watches may share a queue: they hand each other's messages over.
 */
export function amqpProbe(place: AmqpPlace, secret: SecretSource): Prober {
  const watch = randomUUID();
  let next = 0;
  let count = 0;
  const session = keepSession<Bus>({
    async open(lost) {
      let why: unknown;
      for (let tried = 0; tried < place.nodes.length; tried += 1) {
        const node = place.nodes[next % place.nodes.length] ?? '';
        next += 1;
        try {
          return await join(node, watch, place, await secret(place.password), lost);
        } catch (error) {
          why = error;
        }
      }
      throw why;
    },
    drop: ({ connection }) => abandon(connection),
    end: async ({ connection }) => await connection.close(),
  });
  return {
    attempt: async (signal) =>
      await session.use(signal, async ({ channel, own, waiting }) => {
        count += 1;
        const id = `${watch} ${count}`;
        const back = new Promise<void>((resolve) => waiting.set(id, resolve));
        try {
          await Promise.all([back, publish(channel, place.queue, own, id)]);
        } finally {
          waiting.delete(id);
        }
      }),
    close: async () => await session.close(),
  };
}

async function publish(channel: ConfirmChannel, queue: string, own: string, id: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    channel.sendToQueue(
      queue,
      Buffer.from(id),
      { persistent: true, appId: APP, replyTo: own, expiration: EXPIRY_MS },
      (error: unknown) => {
        if (error === null || error === undefined) resolve();
        else reject(error instanceof Error ? error : new Error('the broker refused the message'));
      },
    );
  });
}

/** Connects to one node and listens on the queue. */
async function join(
  node: string,
  watch: string,
  place: AmqpPlace,
  password: string,
  lost: (why: string) => void,
): Promise<Bus> {
  const connection = await connect(
    {
      protocol: 'amqp',
      hostname: node,
      port: place.port,
      vhost: place.vhost,
      username: place.user,
      password,
      heartbeat: HEARTBEAT_S,
    },
    { timeout: CONNECT_TIMEOUT_MS },
  );
  connection.on('error', (error) => lost(`${node}: ${error.message}`));
  connection.on('close', () => lost(`${node}: connection closed`));
  try {
    return await orAborted(
      listen(node, watch, place, connection, lost),
      AbortSignal.timeout(LISTEN_TIMEOUT_MS),
    );
  } catch (error) {
    abandon(connection);
    throw error;
  }
}

async function listen(
  node: string,
  watch: string,
  place: AmqpPlace,
  connection: ChannelModel,
  lost: (why: string) => void,
): Promise<Bus> {
  await ensureQueue(connection, place);
  const channel = await connection.createConfirmChannel();
  channel.on('error', (error: Error) => lost(`${node}: ${error.message}`));
  channel.on('close', () => lost(`${node}: channel closed`));
  const waiting = new Map<string, () => void>();
  const take = (message: ConsumeMessage | null): void => {
    if (message === null) {
      lost(`${node}: the broker cancelled the consumer`);
      return;
    }
    const { appId, replyTo } = message.properties;
    // What others put here is not ours to take: it stays unacknowledged and goes back when we leave.
    if (appId !== APP) return;
    channel.ack(message);
    const id = message.content.toString();
    if (id.startsWith(watch)) waiting.get(id)?.();
    else if (typeof replyTo === 'string') channel.sendToQueue(replyTo, message.content, { appId: APP });
  };
  const { queue: own } = await channel.assertQueue('', { exclusive: true, autoDelete: true });
  await channel.consume(own, take);
  await channel.consume(place.queue, take);
  return { connection, channel, own, waiting };
}

/** Asks for the queue first: declaring one that exists with other arguments would be an error. */
async function ensureQueue(connection: ChannelModel, { queue, type }: AmqpPlace): Promise<void> {
  const asking = await connection.createChannel();
  asking.on('error', () => undefined); // the broker closes the channel with its 404; the rejection below says so
  try {
    await asking.checkQueue(queue);
    await asking.close();
  } catch (error) {
    if (!isAbsent(error)) throw error;
    const declaring = await connection.createChannel();
    declaring.on('error', () => undefined);
    await declaring.assertQueue(queue, {
      durable: true,
      ...(type === 'quorum' ? { arguments: { 'x-queue-type': 'quorum' } } : {}),
    });
    await declaring.close();
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 404;
}

/** Leaves without waiting for a broker that may never answer. */
function abandon(connection: ChannelModel): void {
  connection.on('error', () => undefined);
  connection.close().catch(() => undefined);
}
