import { z } from 'zod';

/** Where a secret is: a file or a variable of the orchestrator, or a file on a node. Never the secret itself. */
export const SecretRef = z
  .string()
  .regex(/^(file:.+|env:[A-Za-z_]\w*|node:.+)$/, 'file:PATH, env:NAME or node:PATH');
export type SecretRef = z.infer<typeof SecretRef>;

/** One thing to be watched from where clients are. `charge` names what its outage counts for. */
export const ProbeSpec = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('tcp'), address: z.string(), port: z.int() }),
  z.strictObject({
    kind: z.literal('http'),
    url: z.url(),
    /** Statuses that count as an answer. */
    expect: z.array(z.int()).default([200, 300]),
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
  }),
  z.strictObject({ kind: z.literal('ping'), address: z.string() }),
]);
export type ProbeSpec = z.infer<typeof ProbeSpec>;
