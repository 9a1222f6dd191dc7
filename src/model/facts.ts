import { z } from 'zod';

export const Package = z.strictObject({
  version: z.string(),
  auto: z.boolean(),
  /** dpkg's status when it is not plainly installed: half-configured, unpacked, … */
  state: z.string().optional(),
  held: z.boolean().optional(),
});
export type Package = z.infer<typeof Package>;

export const Unit = z.strictObject({ active: z.string(), enabled: z.string() });
export type Unit = z.infer<typeof Unit>;

export const AptSource = z.strictObject({ path: z.string(), content: z.string() });
export type AptSource = z.infer<typeof AptSource>;

/** What was read from one node. */
export const NodeFacts = z.strictObject({
  os: z.strictObject({ id: z.string(), codename: z.string(), version: z.string() }),
  kernel: z.string(),
  arch: z.string(),
  packages: z.record(z.string(), Package),
  units: z.record(z.string(), Unit),
  apt: z.strictObject({
    sources: z.array(AptSource),
    /** Who holds dpkg's lock, when someone does. */
    lock: z.string().optional(),
    /** `dpkg --audit` was not empty: its text. */
    audit: z.string().optional(),
  }),
  rebootRequired: z.boolean(),
  /** Volatile: not part of the hash. */
  disk: z.array(z.strictObject({ mount: z.string(), freeMb: z.number(), sizeMb: z.number() })),
  memoryMb: z.number(),
  /** Seconds this node's clock is ahead of the orchestrator's. */
  clockOffset: z.number(),
  interfaces: z.array(z.strictObject({ name: z.string(), addresses: z.array(z.string()) })),
  galera: z
    .strictObject({
      version: z.string(),
      state: z.string(),
      clusterSize: z.int(),
      clusterStatus: z.string(),
      /** schema -> its default collation */
      databases: z.record(z.string(), z.string()),
    })
    .optional(),
  rabbitmq: z
    .strictObject({
      version: z.string(),
      erlang: z.string(),
      running: z.array(z.string()),
      members: z.array(z.string()),
      partitions: z.array(z.string()),
      queues: z.array(
        z.strictObject({
          vhost: z.string(),
          name: z.string(),
          type: z.string(),
          durable: z.boolean(),
          messages: z.int(),
          policy: z.string().optional(),
        }),
      ),
      policies: z.array(
        z.strictObject({
          vhost: z.string(),
          name: z.string(),
          definition: z.record(z.string(), z.unknown()),
        }),
      ),
      flags: z.record(z.string(), z.boolean()),
      users: z.array(z.string()),
    })
    .optional(),
  pacemaker: z
    .strictObject({
      version: z.string(),
      quorate: z.boolean(),
      online: z.array(z.string()),
      offline: z.array(z.string()),
      standby: z.array(z.string()),
      /** resource -> node it runs on, null when stopped */
      resources: z.record(z.string(), z.string().nullable()),
      constraints: z.array(z.string()),
    })
    .optional(),
  haproxy: z
    .strictObject({
      version: z.string(),
      socket: z.string(),
      servers: z.array(
        z.strictObject({
          backend: z.string(),
          server: z.string(),
          address: z.string(),
          status: z.string(),
          sessions: z.int(),
          backup: z.boolean(),
          check: z.string(),
        }),
      ),
    })
    .optional(),
});
export type NodeFacts = z.infer<typeof NodeFacts>;

/** What discovery read from the live cluster, or what the catalogue assumes of it (`assumed`). */
export const Facts = z.strictObject({
  windlass: z.literal(1),
  cluster: z.string(),
  at: z.string(),
  assumed: z.boolean(),
  nodes: z.record(z.string(), NodeFacts),
});
export type Facts = z.infer<typeof Facts>;
