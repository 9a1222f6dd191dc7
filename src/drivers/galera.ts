import type { Command, Look, Seen } from '../model/command.ts';
import { complaint, lines } from './text.ts';

/** Sets the name lists nothing else: the socket's root login, so no password is on a command line. */
export const CLIENT = ['mariadb', '--batch', '--skip-column-names'] as const;

export const status: Look = {
  argv: [
    ...CLIENT,
    '-e',
    "SHOW GLOBAL STATUS WHERE Variable_name IN ('wsrep_local_state_comment','wsrep_cluster_size','wsrep_cluster_status','wsrep_ready','wsrep_connected'); SELECT 'version', VERSION()",
  ],
};

export interface GaleraState {
  readonly state: string;
  readonly size: number;
  readonly primary: boolean;
  readonly ready: boolean;
  readonly version: string;
}

/** A member's own view; a string with the client's words when it does not answer. */
export function readStatus(seen: Seen): GaleraState | string {
  if (seen.lost) return 'node does not answer';
  if (seen.rc !== 0) return complaint(seen);
  const field = Object.fromEntries(lines(seen.out).map((line) => line.split('\t') as [string, string]));
  return {
    state: field.wsrep_local_state_comment ?? 'none',
    size: Number(field.wsrep_cluster_size ?? 0),
    primary: field.wsrep_cluster_status === 'Primary',
    ready: field.wsrep_ready === 'ON',
    version: field.version ?? '',
  };
}

export const databases: Look = {
  argv: [
    ...CLIENT,
    '-e',
    "SELECT SCHEMA_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME NOT IN ('mysql','sys','information_schema','performance_schema')",
  ],
};

/** What a service's own tables are; those in which migration tools keep their place are made by other rules. */
export const tableCollations: Look = {
  argv: [
    ...CLIENT,
    '-e',
    "SELECT TABLE_SCHEMA, TABLE_COLLATION, COUNT(*) FROM information_schema.TABLES WHERE TABLE_TYPE='BASE TABLE' AND TABLE_SCHEMA NOT IN ('mysql','sys','information_schema','performance_schema') AND TABLE_NAME NOT LIKE 'alembic\\_version%' AND TABLE_NAME <> 'migrate_version' GROUP BY 1, 2",
  ],
};

/** Schema -> collation -> how many tables. */
export function readTableCollations(seen: Seen): Record<string, Record<string, number>> {
  const found: Record<string, Record<string, number>> = {};
  for (const line of lines(seen.out)) {
    const [schema = '', collation = '', count = '0'] = line.split('\t');
    found[schema] = { ...found[schema], [collation]: Number(count) };
  }
  return found;
}

/** Schema -> the collation its new tables get. */
export const readDatabases = (seen: Seen): Record<string, string> =>
  Object.fromEntries(lines(seen.out).map((line) => line.split('\t') as [string, string]));

const ALTER = `import subprocess, sys
for schema, collation in zip(sys.argv[1::2], sys.argv[2::2]):
    name = schema.replace('\`', '\`\`')
    sql = 'ALTER DATABASE \`%s\` CHARACTER SET %s COLLATE %s' % (name, collation.split('_')[0], collation)
    subprocess.run(['mariadb', '-e', sql], check=True)
`;

/** What new tables of each schema get; those that are there stay as they are. */
export const setDefaultCollations = (
  schemas: readonly { readonly schema: string; readonly collation: string }[],
): Command => ({
  argv: ['python3', '-', ...schemas.flatMap(({ schema, collation }) => [schema, collation])],
  input: ALTER,
});

/** The state file: `seqno: -1` after an unclean stop, and then a full state transfer would be needed. */
export const grastate: Look = { argv: ['cat', '/var/lib/mysql/grastate.dat'] };
export const readSeqno = (seen: Seen): number => Number(/^seqno:\s*(-?\d+)/m.exec(seen.out)?.[1] ?? -1);
