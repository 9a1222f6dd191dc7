import { createRequire } from 'node:module';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

type Fields = Readonly<Record<string, unknown>>;
interface Frame {
  readonly id?: number;
  readonly channel: number;
  readonly fields?: Fields;
  readonly content?: Buffer;
}

/** The codec inside amqplib speaks both sides; its package does not export it. */
const require = createRequire(import.meta.url);
const inside = require.resolve('amqplib').replace(/channel_api\.js$/, 'lib/');
const defs = require(`${inside}defs.js`) as Readonly<Record<string, number>> & {
  encodeMethod(id: number, channel: number, fields: Fields): Buffer;
  encodeProperties(id: number, channel: number, size: number, fields: Fields): Buffer;
};
const frames = require(`${inside}frame.js`) as {
  parseFrame(bin: Buffer, max: number): { channel: number; rest: Buffer } | false;
  decodeFrame(frame: unknown): Frame;
  makeBodyFrame(channel: number, payload: Buffer): Buffer;
};
const MAX = 131_072;

/** Questions whose answer never varies. */
const SIMPLE: readonly (readonly [string, string, Fields?])[] = [
  ['ConnectionStartOk', 'ConnectionTune', { channelMax: 100, frameMax: MAX, heartbeat: 0 }],
  ['ConnectionOpen', 'ConnectionOpenOk'],
  ['ConnectionClose', 'ConnectionCloseOk'],
  ['ChannelOpen', 'ChannelOpenOk'],
  ['ChannelClose', 'ChannelCloseOk'],
  ['ConfirmSelect', 'ConfirmSelectOk'],
];

interface Declare {
  readonly queue: string;
  readonly passive: boolean;
  readonly arguments: Fields;
}
interface Message {
  readonly properties: Fields;
  readonly content: Buffer;
}
interface Consumer {
  readonly link: Link;
  readonly channel: number;
  readonly tag: string;
}
interface Queue {
  readonly args: Fields;
  readonly messages: Message[];
  consumers: Consumer[];
  turn: number;
}

/** A broker in memory with just what a bus probe needs, which can be made to cut, to cancel and to swallow. */
export class AmqpBroker {
  readonly queues = new Map<string, Queue>();
  connections = 0;
  /** Takes messages and confirms them, and delivers none. */
  swallows = false;
  port = 0;
  #server: Server = createServer();
  readonly #links = new Set<Link>();

  async start(port = 0): Promise<this> {
    this.#server = createServer((socket) => {
      this.connections += 1;
      this.#links.add(new Link(this, socket));
    });
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    this.port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  declare(name: string, args: Fields = {}): Queue {
    const queue = this.queues.get(name) ?? { args, messages: [], consumers: [], turn: 0 };
    this.queues.set(name, queue);
    return queue;
  }

  /** The node goes: connections break and nobody listens. */
  async stop(): Promise<void> {
    for (const link of this.#links) link.socket.destroy();
    this.#links.clear();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const queue of this.queues.values()) queue.consumers = [];
  }

  /** The queue's leader moved: consumers are told so. */
  cancel(name: string): void {
    const queue = this.declare(name);
    for (const { link, channel, tag } of queue.consumers)
      link.send('BasicCancel', channel, { consumerTag: tag, nowait: true });
    queue.consumers = [];
  }

  publish(name: string, message: Message): void {
    if (this.swallows) return;
    // Unroutable messages are dropped, as by the default exchange.
    if (!this.queues.has(name)) return;
    this.declare(name).messages.push(message);
    this.deliver(name);
  }

  /** In turns, as brokers do. */
  deliver(name: string): void {
    const queue = this.declare(name);
    while (queue.messages.length > 0 && queue.consumers.length > 0) {
      queue.turn += 1;
      const consumer = queue.consumers[queue.turn % queue.consumers.length];
      const message = queue.messages.shift();
      if (consumer !== undefined && message !== undefined) consumer.link.give(consumer, name, message);
    }
  }

  forget(link: Link): void {
    this.#links.delete(link);
    for (const queue of this.queues.values())
      queue.consumers = queue.consumers.filter((consumer) => consumer.link !== link);
  }
}

class Link {
  readonly socket: Socket;
  readonly #broker: AmqpBroker;
  readonly #number: number;
  readonly #publishing = new Map<number, { queue: string; properties?: Fields }>();
  readonly #confirmed = new Map<number, number>();
  #rest = Buffer.alloc(0);
  #greeted = false;
  #tag = 0;

  constructor(broker: AmqpBroker, socket: Socket) {
    this.#broker = broker;
    this.#number = broker.connections;
    this.socket = socket;
    socket.on('error', () => undefined);
    socket.on('close', () => broker.forget(this));
    socket.on('data', (chunk) => this.#read(chunk));
  }

  send(name: string, channel: number, fields: Fields): void {
    this.socket.write(defs.encodeMethod(defs[name] ?? 0, channel, fields));
  }

  give({ channel, tag }: Consumer, queue: string, { properties, content }: Message): void {
    this.#tag += 1;
    const fields = {
      consumerTag: tag,
      deliveryTag: this.#tag,
      redelivered: false,
      exchange: '',
      routingKey: queue,
    };
    this.send('BasicDeliver', channel, fields);
    this.socket.write(defs.encodeProperties(defs.BasicProperties ?? 0, channel, content.length, properties));
    this.socket.write(frames.makeBodyFrame(channel, content));
  }

  #read(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    if (!this.#greeted && this.#rest.length >= 8) {
      this.#greeted = true;
      this.#rest = this.#rest.subarray(8);
      const mechanisms = Buffer.from('PLAIN');
      this.send('ConnectionStart', 0, {
        versionMajor: 0,
        versionMinor: 9,
        serverProperties: {},
        mechanisms,
        locales: Buffer.from('en_US'),
      });
    }
    for (;;) {
      const frame = frames.parseFrame(this.#rest, MAX);
      if (frame === false) return;
      this.#rest = Buffer.from(frame.rest);
      this.#take(frames.decodeFrame(frame));
    }
  }

  #take({ id, channel, fields = {}, content }: Frame): void {
    if (content !== undefined) this.#body(channel, content);
    const [, reply, answer = {}] = SIMPLE.find(([asked]) => id !== undefined && defs[asked] === id) ?? [];
    if (reply !== undefined) this.send(reply, channel, answer);
    switch (id) {
      case defs.QueueDeclare:
        this.#declare(channel, fields as unknown as Declare);
        break;
      case defs.BasicConsume: {
        const { queue } = fields as unknown as Declare;
        const tag = `consumer of ${queue} ${this.#number}`;
        this.#broker.declare(queue).consumers.push({ link: this, channel, tag });
        this.send('BasicConsumeOk', channel, { consumerTag: tag });
        this.#broker.deliver(queue);
        break;
      }
      case defs.BasicPublish:
        this.#publishing.set(channel, { queue: (fields as { routingKey: string }).routingKey });
        break;
      case defs.BasicProperties: {
        const open = this.#publishing.get(channel);
        if (open !== undefined) open.properties = fields;
        break;
      }
      default: // acknowledgements, tune-ok, heartbeats
        break;
    }
  }

  #declare(channel: number, { queue, passive, arguments: args }: Declare): void {
    const name = queue === '' ? `amq.gen-${this.#number}` : queue;
    if (passive && !this.#broker.queues.has(queue)) {
      const replyText = `NOT_FOUND - no queue '${queue}' in vhost '/'`;
      this.send('ChannelClose', channel, { replyCode: 404, replyText, classId: 50, methodId: 10 });
      return;
    }
    this.#broker.declare(name, args);
    this.send('QueueDeclareOk', channel, { queue: name, messageCount: 0, consumerCount: 0 });
  }

  #body(channel: number, content: Buffer): void {
    const open = this.#publishing.get(channel);
    if (open === undefined) return;
    const deliveryTag = (this.#confirmed.get(channel) ?? 0) + 1;
    this.#confirmed.set(channel, deliveryTag);
    this.send('BasicAck', channel, { deliveryTag, multiple: false });
    this.#broker.publish(open.queue, { properties: open.properties ?? {}, content: Buffer.from(content) });
  }
}
