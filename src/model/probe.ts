import { z } from 'zod';

/** Where a secret is: a file or a variable of the orchestrator, or a file on a node. Never the secret itself. */
export const SecretRef = z
  .string()
  .regex(/^(file:.+|env:[A-Za-z_]\w*|node:.+)$/, 'file:PATH, env:NAME or node:PATH');
export type SecretRef = z.infer<typeof SecretRef>;

/** Attempts a second, when the thing cannot bear the watch's own rate: an authenticated call costs the API work. */
const rate = z.number().positive().max(100).optional();
/** Seconds after which an attempt has failed, where the kind's own is not right for the thing. */
const timeout = z.number().positive().max(60).optional();

/** One thing to be watched from where clients are; its name in the cluster file is what the outage counts for. */
export const ProbeSpec = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('tcp'), address: z.string(), port: z.int(), rate, timeout }),
  z.strictObject({
    kind: z.literal('http'),
    url: z.url(),
    /** Statuses that count as an answer. */
    expect: z.array(z.int()).default([200, 300]),
    rate,
    timeout,
  }),
  z.strictObject({
    /** An authenticated GET; the token is fetched from `keystone` and renewed when it is refused. */
    kind: z.literal('api'),
    url: z.url(),
    keystone: z.url(),
    user: z.string(),
    project: z.string(),
    domain: z.string().default('Default'),
    password: SecretRef,
    rate,
    timeout,
  }),
  z.strictObject({
    /** A committed insert and a read back through the address clients use. */
    kind: z.literal('sql'),
    address: z.string(),
    port: z.int().default(3306),
    user: z.string(),
    password: SecretRef,
    database: z.string(),
    table: z.string(),
    rate,
    timeout,
  }),
  z.strictObject({
    /** Publish with confirm and consume on one queue; reconnects to the next node as OpenStack's clients do. */
    kind: z.literal('amqp'),
    nodes: z.array(z.string()).min(1),
    port: z.int().default(5672),
    vhost: z.string().default('/'),
    user: z.string(),
    password: SecretRef,
    queue: z.string(),
    type: z.enum(['classic', 'quorum']),
    rate,
    timeout,
  }),
  z.strictObject({ kind: z.literal('ping'), address: z.string(), rate, timeout }),
]);
export type ProbeSpec = z.infer<typeof ProbeSpec>;
