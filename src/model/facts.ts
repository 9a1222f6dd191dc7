import { z } from 'zod';
import { Cloud } from './cloud.ts';

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

/** Packages of one source package whose installed version no source of the distribution itself offers. */
export const ForeignPackages = z.strictObject({
  /** The source package they were built from: `ceph`. */
  of: z.string(),
  /** Where apt has them from, as `https://download.ceph.com/debian-nautilus stretch/main`; absent when nowhere. */
  from: z.string().optional(),
  packages: z.array(z.string()),
  /** What `apt-get -s remove` of them would take along; absent when it was not asked. */
  takes: z.array(z.string()).optional(),
});
export type ForeignPackages = z.infer<typeof ForeignPackages>;

/** One option that pins a service to an older release, as it stands in a file. None of them is a secret. */
export const Pin = z.strictObject({
  path: z.string(),
  line: z.int(),
  section: z.string(),
  option: z.string(),
  value: z.string(),
});
export type Pin = z.infer<typeof Pin>;

/** What runs guests on a node. */
export const Hypervisor = z.strictObject({
  libvirt: z.string().optional(),
  qemu: z.string().optional(),
  /** `[libvirt] images_type` of nova.conf: rbd is shared storage. */
  images: z.string().optional(),
  /** File system under Nova's instances folder: nfs, ceph and the like are shared storage. */
  storage: z.string().optional(),
  /** Volatile: a qemu process for each guest, by the guest's uuid. */
  guests: z.array(z.strictObject({ uuid: z.string(), pid: z.int(), started: z.int() })),
});
export type Hypervisor = z.infer<typeof Hypervisor>;

/** Options set in configuration files: path -> section -> option. */
export const OptionsInUse = z.record(
  z.string(),
  z.record(
    z.string(),
    z.record(
      z.string(),
      z.strictObject({
        lines: z.array(z.int()),
        /** Only of options that take one of a few words, none of them a secret. */
        value: z.string().optional(),
      }),
    ),
  ),
);
export type OptionsInUse = z.infer<typeof OptionsInUse>;

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
  /** What the node calls itself: OpenStack's services report under it. */
  hostname: z.string().optional(),
  foreign: z.array(ForeignPackages).optional(),
  /** Release pins and the computes' workaround, wherever configuration files have them. */
  pins: z.array(Pin).optional(),
  /** Alternative -> where it leads, and whether a person chose it: iptables, ip6tables, ebtables, arptables. */
  alternatives: z.record(z.string(), z.strictObject({ path: z.string(), manual: z.boolean() })).optional(),
  /** Tables that the legacy iptables of the kernel has in use. */
  legacyTables: z.array(z.string()).optional(),
  /** Version of the default python3, and those uwsgi has a plugin for. */
  python: z.strictObject({ version: z.string(), uwsgi: z.array(z.string()) }).optional(),
  /** Configuration file of uwsgi -> threads of each of its processes. */
  threads: z.record(z.string(), z.int()).optional(),
  /** Packages whose scripts migrate their database whenever they are configured, and debconf's question that says so. */
  selfMigrating: z.array(z.strictObject({ package: z.string(), question: z.string() })).optional(),
  /** Plans that kept something here for their way back, and were not taken back since: by what their folders are named. */
  kept: z.array(z.string()).optional(),
  /** Volatile: when services' main processes were started and packages they load were last unpacked, in epoch seconds. */
  started: z.record(z.string(), z.int()).optional(),
  unpacked: z.record(z.string(), z.int()).optional(),
  /** Volatile: unit of an API -> HTTP status it gave on the node itself; 0 when nothing answered. */
  apis: z.record(z.string(), z.int()).optional(),
  /** Service -> heads of the migrations that its installed code brings, and all revisions it knows. */
  migrations: z
    .record(z.string(), z.strictObject({ heads: z.array(z.string()), known: z.array(z.string()) }))
    .optional(),
  hypervisor: Hypervisor.optional(),
  options: OptionsInUse.optional(),
  galera: z
    .strictObject({
      version: z.string(),
      state: z.string(),
      clusterSize: z.int(),
      clusterStatus: z.string(),
      /** schema -> its default collation */
      databases: z.record(z.string(), z.string()),
      /** schema -> collation -> how many of its tables have it */
      tables: z.record(z.string(), z.record(z.string(), z.int())).optional(),
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
  /** What the control plane knows of itself; absent when no node has its databases. */
  cloud: Cloud.optional(),
});
export type Facts = z.infer<typeof Facts>;
