import { z } from 'zod';
import { Word } from './word.ts';

/** How a host is reached; everything else is left to the operator's ssh_config. */
export const SshOptions = z.strictObject({
  user: z.string().optional(),
  port: z.int().min(1).max(65535).optional(),
  identity: z.string().optional(),
  config: z.string().optional(),
  knownHosts: z.string().optional(),
});
export type SshOptions = z.infer<typeof SshOptions>;

/** A host beside the cluster, with the name that steps have it under. */
export const Host = z.strictObject({ name: Word, address: z.string().min(1), ssh: SshOptions.optional() });
export type Host = z.infer<typeof Host>;
