import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Prober } from '../../../src/watch/attempt.ts';
import { amqpProbe } from '../../../src/watch/probes/amqp.ts';
import { AmqpBroker } from './amqp-broker.ts';

const QUEUE = 'windlass.probe';
let broker: AmqpBroker;
const probes: Prober[] = [];
beforeEach(async () => {
  broker = await new AmqpBroker().start();
});
afterEach(async () => {
  for (const probe of probes.splice(0)) await probe.close();
  await broker.stop();
});

function probeOf(nodes: readonly string[] = ['127.0.0.1'], type: 'classic' | 'quorum' = 'quorum'): Prober {
  const place = {
    nodes,
    port: broker.port,
    vhost: '/',
    user: 'probe',
    password: 'env:PW',
    queue: QUEUE,
    type,
  };
  const probe = amqpProbe(place, async () => 'geheim');
  probes.push(probe);
  return probe;
}
async function attempt(probe: Prober, ms = 2000): Promise<void> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new Error('time is up')), ms);
  try {
    await probe.attempt(limit.signal);
  } finally {
    clearTimeout(timer);
  }
}

describe('a message on the bus', () => {
  it('goes out and comes back, on one connection', async () => {
    broker.declare(QUEUE);
    const probe = probeOf();
    await Promise.all([attempt(probe), attempt(probe), attempt(probe)]);
    await attempt(probe);
    expect(broker.connections).toBe(1);
    expect(broker.queues.get(QUEUE)?.messages).toEqual([]);
  });

  it('is sent through a queue that is declared again when it is gone, of the right type', async () => {
    await attempt(probeOf(['127.0.0.1'], 'quorum'));
    expect(broker.queues.get(QUEUE)?.args).toEqual({ 'x-queue-type': 'quorum' });
    broker.queues.clear();
    await attempt(probeOf(['127.0.0.1'], 'classic'));
    expect(broker.queues.get(QUEUE)?.args).toEqual({});
  });

  it('has failed when it was confirmed and never came', async () => {
    broker.declare(QUEUE);
    broker.swallows = true;
    await expect(attempt(probeOf(), 200)).rejects.toThrow('time is up');
  });

  it('fails once when the node goes, then is served by the next one', async () => {
    broker.declare(QUEUE);
    // Two names of one broker: the list is what is tested.
    const probe = probeOf(['127.0.0.1', 'localhost']);
    await attempt(probe);
    const { port } = broker;
    await broker.stop();
    await sleep(20);
    await expect(attempt(probe)).rejects.toThrow(/^127\.0\.0\.1: /);
    await expect(attempt(probe)).rejects.toThrow('ECONNREFUSED');
    await broker.start(port);
    await attempt(probe);
  });

  it('notices that the broker cancelled its consumer', async () => {
    broker.declare(QUEUE);
    const probe = probeOf();
    await attempt(probe);
    broker.cancel(QUEUE);
    await sleep(20);
    await expect(attempt(probe)).rejects.toThrow('the broker cancelled the consumer');
    await attempt(probe);
    expect(broker.connections).toBe(2);
  });

  it('reaches its own watch though others listen on the queue', async () => {
    broker.declare(QUEUE);
    const [one, two, three] = [probeOf(), probeOf(), probeOf()];
    for (let round = 0; round < 10; round += 1) {
      await Promise.all([attempt(one), attempt(two), attempt(three)]);
    }
    expect(broker.queues.get(QUEUE)?.consumers).toHaveLength(3);
  });

  it('lets go of a message whose watch is gone, and does not take what is not a watch’s', async () => {
    const queue = broker.declare(QUEUE);
    const probe = probeOf();
    await attempt(probe);
    const properties = { appId: 'windlass-watch', replyTo: 'amq.gen-gone' };
    broker.publish(QUEUE, { properties, content: Buffer.from('somebody 1') });
    broker.publish(QUEUE, { properties: {}, content: Buffer.from('a stranger’s') });
    await attempt(probe);
    expect(queue.messages).toEqual([]);
    expect(broker.connections).toBe(1);
  });

  it('says which node refused, without the password', async () => {
    await broker.stop();
    const failure = await attempt(probeOf()).catch((error: unknown) => error);
    expect(String(failure)).toContain('ECONNREFUSED');
    expect(String(failure)).not.toContain('geheim');
  });
});
