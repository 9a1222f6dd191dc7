import type { Look, Seen } from '../model/command.ts';
import { CLIENT } from './galera.ts';
import { lines, sections } from './text.ts';

/** Schema -> table -> its columns, of the tables that were asked for. */
export type Tables = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

const quoted = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(',');

/** Which schemas have these tables, with their columns: a release's tables differ from the next one's. */
export function tablesNamed(names: readonly string[]): Look {
  return {
    argv: [
      ...CLIENT,
      '-e',
      `SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_NAME IN (${quoted(names)}) OR TABLE_NAME LIKE 'alembic\\_version%'`,
    ],
  };
}

export function readTables(seen: Seen): Tables {
  const tables: Record<string, Record<string, string[]>> = {};
  for (const line of lines(seen.out)) {
    const [schema = '', table = '', column = ''] = line.split('\t');
    const mine = tables[schema] ?? {};
    mine[table] = [...(mine[table] ?? []), column];
    tables[schema] = mine;
  }
  return tables;
}

/** A name for SQL text: the server told it, and it is quoted all the same. */
export const name = (...parts: readonly string[]): string =>
  parts.map((part) => `\`${part.replaceAll('`', '``')}\``).join('.');

/** One read whose rows come back under `id`. Several may have one id. */
export interface Select {
  readonly id: string;
  readonly sql: string;
}

/**
 * Several reads in one session that cannot write. One statement to a line, so that the client's `at line N` says which
 * failed; the others are still read (`--force`).
 */
export function ask(selects: readonly Select[]): Look {
  const statements = selects.flatMap(({ id, sql }) => [`SELECT '== ${id}';`, `${sql.replace(/\s+/g, ' ')};`]);
  return {
    argv: [...CLIENT, '--force'],
    input: ['SET SESSION TRANSACTION READ ONLY;', ...statements, "SELECT '== end';", ''].join('\n'),
  };
}

/** Batch mode writes tabs, line ends and backslashes of a value as `\t`, `\n`, `\\`. */
function plain(field: string): string {
  return field.replace(/\\([tn0\\])/g, (_, mark: string) =>
    mark === 't' ? '\t' : mark === 'n' ? '\n' : mark === '0' ? '\0' : '\\',
  );
}

export interface Answers {
  /** Rows by the id of what was asked, fields in their order. */
  readonly rows: Readonly<Record<string, readonly (readonly string[])[]>>;
  /** What could not be read, by id, in the server's words. */
  readonly faults: readonly string[];
}

/** Rows of `ask`; a text when the client gave no answer at all. */
export function readAnswers(selects: readonly Select[], seen: Seen): Answers | string {
  const part = sections(seen.out);
  if (part.end === undefined) return seen.err.trim() || `the client ended with ${seen.rc}`;
  const faults = lines(seen.err).flatMap((line) => {
    const at = /^ERROR .* at line (\d+)(?: in file: '[^']*')?: (.*)$/.exec(line);
    const id = at && selects[Math.floor((Number(at[1]) - 2) / 2)]?.id;
    return at ? [`${id ?? 'session'}: ${at[2]}`] : [];
  });
  const rows: Record<string, string[][]> = {};
  for (const { id } of selects) rows[id] = [];
  let id = '';
  for (const line of seen.out.split('\n')) {
    if (line === '') continue;
    const head = /^== (.*)$/.exec(line);
    if (head) id = head[1] ?? '';
    else rows[id]?.push(line.split('\t').map(plain));
  }
  return { rows, faults };
}
