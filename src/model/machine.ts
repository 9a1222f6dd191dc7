import { z } from 'zod';
import { Argv } from './command.ts';
import { Host } from './ssh.ts';
import { Word } from './word.ts';

const Path = z.string().regex(/^(\/[\w.+-]+)+$/, 'an absolute path of plain words');
const Mib = z.int().min(256);

/** Commands that make a machine, and remove it. */
export const CommandProvider = z.strictObject({
  /** Run where Windlass runs, each before the first step and after the last; the node answers by SSH in between. */
  make: Argv,
  remove: Argv.optional(),
});

/** A guest of libvirt on a host reached by SSH, made of an image that has cloud-init in it, and named as the node is. */
export const LibvirtMachine = z.strictObject({
  host: Host,
  /** On the host: what the machine's disk lies over. It is read and never written. */
  image: Path,
  format: z.enum(['qcow2', 'raw']).default('qcow2'),
  disk: z
    .string()
    .regex(/^\d+[MG]$/, 'as 40G')
    .default('40G'),
  /** MiB. Databases are restored into it, and every service of the release runs on it once. */
  memory: Mib.default(8192),
  cpus: z.int().min(1).default(4),
  /** A bridge of the host, and what the machine is told of its network. */
  bridge: Word,
  address: z.cidrv4(),
  gateway: z.ipv4().optional(),
  dns: z.array(z.union([z.ipv4(), z.ipv6()])).default([]),
  /** Public keys of who may log in: the one that Windlass uses. */
  keys: z
    .array(
      z
        .string()
        .regex(
          /^(ssh|ecdsa|sk)-[\w@.-]+ [A-Za-z0-9+/]+=*( [\w@.+-]+)?$/,
          'a public key, as in id_ed25519.pub',
        ),
    )
    .min(1),
});
export type LibvirtMachine = z.infer<typeof LibvirtMachine>;

/** Who has a machine for rehearsals ready: somebody (`host`), commands, or libvirt on a host. */
export const Provider = z.union([
  z.literal('host'),
  CommandProvider,
  z.strictObject({ libvirt: LibvirtMachine }),
]);
export type Provider = z.infer<typeof Provider>;

/** A command of a provider: run on a host beside the cluster, or where Windlass runs. */
export const Making = z.strictObject({ on: Word.optional(), argv: Argv, input: z.string().optional() });
export type Making = z.infer<typeof Making>;
