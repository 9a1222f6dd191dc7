import { z } from 'zod';

/**
 * One row of Nova's or Cinder's `services`: who reports to the control plane, with which service version. Nova's APIs
 * (`nova-osapi_compute`, `nova-metadata`) leave a row when they start and never report: they are never `up`.
 */
export const CloudService = z.strictObject({
  of: z.enum(['nova', 'cinder']),
  host: z.string(),
  /** Node of the cluster file that reports as `host`, when one does. */
  node: z.string().optional(),
  binary: z.string(),
  /** Nova's service version (`nova/objects/service.py`); Cinder's object version is not a number and left out. */
  version: z.int().optional(),
  disabled: z.boolean(),
  reason: z.string().optional(),
  /** Volatile: whether it reported within its time (60 s), and how long ago. */
  up: z.boolean(),
  age: z.int().nullable(),
});
export type CloudService = z.infer<typeof CloudService>;

/** One hypervisor with the nova-compute that speaks for it. */
export const CloudCompute = z.strictObject({
  host: z.string(),
  hypervisor: z.string(),
  node: z.string().optional(),
  /** Database of its cell. */
  cell: z.string(),
  type: z.string(),
  version: z.int(),
  disabled: z.boolean(),
  reason: z.string().optional(),
  up: z.boolean(),
  /** What its guests may take, and what they take now; MB and GB. */
  vcpus: z.int(),
  vcpusUsed: z.int(),
  memoryMb: z.int(),
  memoryUsedMb: z.int(),
  diskGb: z.int(),
  diskUsedGb: z.int(),
});
export type CloudCompute = z.infer<typeof CloudCompute>;

export const CloudAgent = z.strictObject({
  id: z.string(),
  /** As Neutron calls it: `L3 agent`, `DHCP agent`, `Open vSwitch agent`, `Metadata agent`, … */
  type: z.string(),
  binary: z.string(),
  host: z.string(),
  node: z.string().optional(),
  adminUp: z.boolean(),
  /** Volatile: whether its heartbeat came within its time (75 s). */
  alive: z.boolean(),
  age: z.int().nullable(),
});
export type CloudAgent = z.infer<typeof CloudAgent>;

export const POWER_STATES = [
  'nostate',
  'running',
  'paused',
  'shutdown',
  'crashed',
  'suspended',
  'other',
] as const;

export const CloudInstance = z.strictObject({
  uuid: z.string(),
  name: z.string(),
  /** Empty while no compute has it: never scheduled, or shelved. */
  host: z.string(),
  node: z.string().optional(),
  project: z.string(),
  /** active, stopped, paused, suspended, rescued, resized, shelved_offloaded, error, building, … */
  vmState: z.string(),
  power: z.enum(POWER_STATES),
  /** What is being done with it now; absent when nothing is. */
  task: z.string().optional(),
  vcpus: z.int(),
  memoryMb: z.int(),
  /** Root and ephemeral disks on the compute, GB: what a block migration would have to copy. */
  diskGb: z.int(),
  root: z.enum(['local', 'volume']),
  volumes: z.int(),
  /** Holds a device of its compute (SR-IOV, GPU): it cannot be migrated alive. */
  pci: z.boolean(),
  tags: z.array(z.string()),
  /** Its owner's own word, metadata `maintenance_action`: `live_migrate` (as if unsaid), `poweroff`, `notify`. */
  maintenance: z.string().optional(),
});
export type CloudInstance = z.infer<typeof CloudInstance>;

export const CloudRouter = z.strictObject({
  id: z.string(),
  name: z.string(),
  project: z.string(),
  adminUp: z.boolean(),
  /** Has an external gateway: SNAT runs where it is hosted. */
  gateway: z.boolean(),
  ha: z.boolean(),
  distributed: z.boolean(),
  /** Hosts of the L3 agents that carry it; for HA routers with the state each last told. */
  agents: z.array(
    z.strictObject({ agent: z.string(), host: z.string(), state: z.enum(['active', 'standby']).optional() }),
  ),
});
export type CloudRouter = z.infer<typeof CloudRouter>;

export const CloudNetwork = z.strictObject({
  id: z.string(),
  name: z.string(),
  /** Has a subnet with DHCP switched on. */
  dhcp: z.boolean(),
  agents: z.array(z.strictObject({ agent: z.string(), host: z.string() })),
});
export type CloudNetwork = z.infer<typeof CloudNetwork>;

/** What the control plane itself knows, read from its databases by one node. */
export const Cloud = z.strictObject({
  /** The node that was asked. */
  asked: z.string(),
  /** Questions that its databases gave no answer to, with their words: what they would tell is missing here. */
  unread: z.array(z.string()),
  /** Database -> revisions of its `alembic_version`; those of a plug-in's table as `neutron.alembic_version_fwaas`. */
  schemas: z.record(z.string(), z.array(z.string())),
  /** Database -> hash of its schema: tables, columns, collations, keys, revisions; absent where it was not read. */
  fingerprints: z.record(z.string(), z.string()).optional(),
  services: z.array(CloudService),
  computes: z.array(CloudCompute),
  agents: z.array(CloudAgent),
  instances: z.array(CloudInstance),
  routers: z.array(CloudRouter),
  networks: z.array(CloudNetwork),
  /** Project id -> its name and tags (a tag may say how its guests want to be treated). */
  projects: z.record(z.string(), z.strictObject({ name: z.string(), tags: z.array(z.string()) })),
});
export type Cloud = z.infer<typeof Cloud>;
