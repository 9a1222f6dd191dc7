import { z } from 'zod';
import { ACCOUNTS, CELLS, CONFIGURATION, ENDPOINTS, REWRITE, SCAN } from '../drivers/rehearsal-programs.ts';
import { complaint, json } from '../drivers/text.ts';
import type { Look, Seen } from '../model/command.ts';
import { defineStep } from './kind.ts';
import { Database, Databases } from './rehearsal.ts';
import { answer, done, found, refuse, todo, wait } from './verdict.ts';

const Path = z.string().startsWith('/');

/** How copied configuration is turned to the machine itself. None of it is a secret. */
const How = z.strictObject({
  places: z.array(Path).min(1),
  /** Files of OS_* variables. */
  credentials: z.array(Path),
  /** Addresses and names of the cluster's nodes, and its VIPs. */
  addresses: z.array(z.string().min(1)),
  names: z.array(z.string().min(1)),
  /** What every bus's address becomes, and Keystone's. */
  bus: z.url(),
  identity: z.url(),
});

const some = (words: readonly string[]): string =>
  words.length <= 5 ? words.join(', ') : `${words.slice(0, 5).join(', ')} and ${words.length - 5} more`;

/** What a program of ours told as JSON; a string with the complaint when it did not. */
function told<T>(schema: z.ZodType<T>, seen: Seen): T | string {
  if (seen.rc !== 0) return complaint(seen);
  const parsed = schema.safeParse(json(seen.out));
  return parsed.success ? parsed.data : `the node said something else: ${seen.out.slice(0, 200)}`;
}

/** The services' configuration and keys, brought from a live controller as one archive and laid over the packages'. */
export const rehearsalCopy = defineStep({
  kind: 'rehearsal.copy',
  params: z.strictObject({ from: z.string(), places: z.array(Path).min(1), path: Path }),
  carries: ({ from, places, path }) => [
    { on: from, argv: ['python3', '-', ...places], input: CONFIGURATION, path },
  ],
  commands: ({ path }) => [
    { argv: ['tar', '-C', '/', '-xzpf', path] },
    { argv: ['rm', '-f', '--', path] },
    { argv: ['install', '-m', '0600', '/dev/null', `${path}.done`] },
  ],
  looks: ({ path }) => ({ mark: { argv: ['find', `${path}.done`, '-maxdepth', '0'] } }),
  judge({ from }, seen) {
    const mark = found(answer(seen, 'mark'));
    if (mark === undefined) return wait(`find: ${complaint(answer(seen, 'mark'))}`);
    return mark === ''
      ? todo(`${from}'s configuration is not here yet`)
      : done(`${from}'s configuration is here`);
  },
});

const Rewritten = z.strictObject({ files: z.int(), left: z.array(z.string()) });

/** Every address of a database, bus or API in it leads to the machine itself; passwords stay in the files. */
export const rehearsalRewrite = defineStep({
  kind: 'rehearsal.rewrite',
  params: How,
  commands: (how) => [{ argv: ['python3', '-', 'rewrite', JSON.stringify(how)], input: REWRITE }],
  looks: (how) => ({ left: { argv: ['python3', '-', 'look', JSON.stringify(how)], input: REWRITE } }),
  judge(_how, seen) {
    const is = told(Rewritten, answer(seen, 'left'));
    if (typeof is === 'string')
      return refuse(`the files cannot be read: ${is}`, 'look at them on the machine');
    if (is.files === 0) return refuse('there is no configuration', 'see whether the copy brought any');
    return is.left.length === 0
      ? done(`${is.files} files lead nowhere else`)
      : todo(`lead elsewhere: ${some(is.left)}`);
  },
});

/** Nova's mapping of its cells: it holds addresses of databases and buses, and a sync goes where they lead. */
export const rehearsalCells = defineStep({
  kind: 'rehearsal.cells',
  params: z.strictObject({ database: Database }),
  commands: ({ database }) => [{ argv: ['python3', '-', 'rewrite', database], input: CELLS }],
  looks: ({ database }) => ({ cells: cellsLook(database) }),
  judge(_params, seen) {
    const is = told(Counted.extend({ cells: z.int() }), answer(seen, 'cells'));
    if (typeof is === 'string')
      return refuse(`the cells cannot be read: ${is}`, 'look at nova_api on the machine');
    return is.left === 0
      ? done(`${is.cells} cells lead nowhere else`)
      : todo(`${is.left} of ${is.cells} cells lead elsewhere`);
  },
});

const Counted = z.strictObject({ left: z.int() });
const cellsLook = (database: string): Look => ({ argv: ['python3', '-', 'look', database], input: CELLS });

/** Accounts of the clones' server as the configuration has them: the passwords are read from it, on the machine. */
export const rehearsalAccounts = defineStep({
  kind: 'rehearsal.accounts',
  params: z.strictObject({ places: z.array(Path).min(1), databases: Databases, cells: Database.nullable() }),
  commands: (how) => [{ argv: ['python3', '-', 'give', JSON.stringify(how)], input: ACCOUNTS }],
  looks: (how) => ({ accounts: { argv: ['python3', '-', 'look', JSON.stringify(how)], input: ACCOUNTS } }),
  judge(_params, seen) {
    const is = told(
      z.strictObject({ accounts: z.int(), shut: z.array(z.string()) }),
      answer(seen, 'accounts'),
    );
    if (typeof is === 'string')
      return refuse(`the accounts cannot be told: ${is}`, 'look at the server on the machine');
    if (is.accounts === 0)
      return refuse('no configuration names a database', 'see whether the copy brought any');
    return is.shut.length === 0
      ? done(`${is.accounts} accounts can enter`)
      : todo(`cannot enter yet: ${is.shut.join(', ')}`);
  },
});

/** Keystone's catalogue of the clone: a service asks where the others are, and goes there. */
export const rehearsalEndpoints = defineStep({
  kind: 'rehearsal.endpoints',
  params: z.strictObject({ database: Database, urls: z.record(z.string(), z.string()) }),
  commands: ({ database, urls }) => [
    { argv: ['python3', '-', 'rewrite', database, JSON.stringify(urls)], input: ENDPOINTS },
  ],
  looks: ({ database, urls }) => ({ endpoints: endpointsLook(database, urls) }),
  judge(_params, seen) {
    const is = told(Counted.extend({ endpoints: z.int() }), answer(seen, 'endpoints'));
    if (typeof is === 'string')
      return refuse(`the endpoints cannot be read: ${is}`, 'look at keystone on the machine');
    return is.left === 0
      ? done(`${is.endpoints} endpoints lead nowhere else`)
      : todo(`${is.left} of ${is.endpoints} endpoints lead elsewhere`);
  },
});

const endpointsLook = (database: string, urls: Readonly<Record<string, string>>): Look => ({
  argv: ['python3', '-', 'look', database, JSON.stringify(urls)],
  input: ENDPOINTS,
});

const Scanned = z.strictObject({ files: z.int(), named: z.array(z.string()) });

/**
 * The proof before any of the target's code runs: no file names an address of the cluster and no database, bus or API
 * elsewhere, read by another program than the one that rewrote them; nor does a cell, nor an endpoint.
 */
export const rehearsalSealed = defineStep({
  kind: 'rehearsal.sealed',
  params: z.strictObject({
    places: z.array(Path).min(1),
    credentials: z.array(Path),
    addresses: z.array(z.string().min(1)),
    cells: Database.nullable(),
    endpoints: z.strictObject({ database: Database, urls: z.record(z.string(), z.string()) }).nullable(),
  }),
  commands: () => [],
  looks: ({ places, credentials, addresses, cells, endpoints }) => ({
    files: { argv: ['python3', '-', JSON.stringify({ places, credentials, addresses })], input: SCAN },
    ...(cells === null ? {} : { cells: cellsLook(cells) }),
    ...(endpoints === null ? {} : { endpoints: endpointsLook(endpoints.database, endpoints.urls) }),
  }),
  judge({ cells, endpoints }, seen) {
    const MEND =
      'nothing of the target may run before: see the lines named; report it if the rewriting passed them over';
    const files = told(Scanned, answer(seen, 'files'));
    if (typeof files === 'string') return wait(files);
    if (files.files === 0) return refuse('there is no configuration', MEND);
    if (files.named.length > 0) return refuse(`lead elsewhere: ${some(files.named)}`, MEND);
    for (const [name, wanted] of [
      ['cells', cells !== null],
      ['endpoints', endpoints !== null],
    ] as const) {
      if (!wanted) continue;
      const is = told(Counted.loose(), answer(seen, name));
      if (typeof is === 'string') return wait(is);
      if (is.left > 0) return refuse(`${is.left} ${name} lead elsewhere`, MEND);
    }
    return done(
      `${files.files} files${cells === null ? '' : ', cells'}${endpoints === null ? '' : ', endpoints'}: nothing leads elsewhere`,
    );
  },
});
