import { XMLParser } from 'fast-xml-parser';
import { z } from 'zod';
import type { Look, Seen } from '../model/command.ts';
import { complaint } from './text.ts';

export const monitor: Look = { argv: ['crm_mon', '-1', '--output-as', 'xml'] };
/** The same for versions before 2.0.3, which know no `--output-as`; up to 2.1 both words are understood. */
export const olderMonitor: Look = { argv: ['crm_mon', '-1', '--as-xml'] };
export const monitorOf = (older: boolean | undefined): Look => (older ? olderMonitor : monitor);
/** What the cluster does without quorum: `stop` unless somebody said otherwise (pacemaker-schedulerd(7)). */
export const withoutQuorum: Look = {
  argv: [
    'crm_attribute',
    '--type',
    'crm_config',
    '--name',
    'no-quorum-policy',
    '--query',
    '--quiet',
    '--default',
    'stop',
  ],
};
export const constraints: Look = { argv: ['cibadmin', '--query', '--scope', 'constraints'] };
export const cibHead: Look = { argv: ['cibadmin', '--query', '--no-children'] };

export interface ClusterState {
  readonly version: string;
  readonly quorate: boolean;
  readonly online: readonly string[];
  readonly offline: readonly string[];
  readonly standby: readonly string[];
  readonly resources: Readonly<Record<string, string | null>>;
}

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '',
  isArray: (name) => name === 'node' || name === 'resource',
});
const Result = z.object({
  summary: z.object({
    current_dc: z.object({ version: z.string().optional(), with_quorum: z.string().optional() }).optional(),
  }),
  nodes: z.object({
    node: z.array(z.object({ name: z.string(), online: z.string(), standby: z.string() })),
  }),
  resources: z
    .union([
      z.literal(''),
      z.object({
        resource: z
          .array(
            z.object({
              id: z.string(),
              active: z.string(),
              failed: z.string().optional(),
              node: z.array(z.object({ name: z.string() })).optional(),
            }),
          )
          .optional(),
      }),
    ])
    .optional(),
});
/** The root is called otherwise in the older words; what is in it is the same. */
const Monitor = z.union([
  z.object({ 'pacemaker-result': Result }).transform((found) => found['pacemaker-result']),
  z.object({ crm_mon: Result }).transform((found) => found.crm_mon),
]);

/** Membership and where resources run; a string with the tool's words when pacemaker does not answer. */
export function readMonitor(seen: Seen): ClusterState | string {
  if (seen.lost) return 'node does not answer';
  if (seen.rc !== 0) return complaint(seen);
  const parsed = Monitor.safeParse(parser.parse(seen.out));
  if (!parsed.success) return `crm_mon said something else: ${z.prettifyError(parsed.error)}`;
  const result = parsed.data;
  const resources: Record<string, string | null> = {};
  const listed = typeof result.resources === 'object' ? (result.resources.resource ?? []) : [];
  for (const resource of listed) {
    resources[resource.id] = resource.active === 'true' ? (resource.node?.[0]?.name ?? null) : null;
  }
  const named = (keep: (node: { online: string; standby: string }) => boolean): string[] =>
    result.nodes.node
      .filter(keep)
      .map(({ name }) => name)
      .sort();
  return {
    version: result.summary.current_dc?.version ?? '',
    quorate: result.summary.current_dc?.with_quorum === 'true',
    online: named((node) => node.online === 'true'),
    offline: named((node) => node.online !== 'true'),
    standby: named((node) => node.standby === 'true'),
    resources,
  };
}

/** Ids of location constraints left by `crm resource move`. */
export function readCliConstraints(seen: Seen): string[] {
  return [...seen.out.matchAll(/id="(cli-[^"]+)"/g)].map((found) => found[1] ?? '');
}

/** The CIB's schema, as `pacemaker-3.9`. */
export const readSchema = (seen: Seen): string => /validate-with="([^"]+)"/.exec(seen.out)?.[1] ?? '';

/** Schemas the installed version knows. */
export const schemas: Look = {
  argv: [
    'find',
    '/usr/share/pacemaker',
    '-maxdepth',
    '1',
    '-name',
    'pacemaker-[0-9]*.rng',
    '-printf',
    '%f\\n',
  ],
};

/** The highest of them, as `pacemaker-4.0`. */
export function newestSchema(seen: Seen): string {
  const versions = [...seen.out.matchAll(/^pacemaker-(\d+)\.(\d+)\.rng$/gm)].map((found) => [
    Number(found[1]),
    Number(found[2]),
  ]);
  const [newest] = versions.sort(([a = 0, b = 0], [c = 0, d = 0]) => c - a || d - b);
  return newest ? `pacemaker-${newest.join('.')}` : '';
}
