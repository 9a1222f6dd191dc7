import { z } from 'zod';
import * as cloud from '../drivers/cloud.ts';
import * as edits from '../drivers/config-edits.ts';
import * as galera from '../drivers/galera.ts';
import { databaseLike, grants, readGrants } from '../drivers/grants.ts';
import * as haproxy from '../drivers/haproxy.ts';
import { proxyCommands } from '../drivers/haproxy-config.ts';
import * as config from '../drivers/oslo-config.ts';
import { complaint, lines } from '../drivers/text.ts';
import { defineStep } from './kind.ts';
import { answer, done, refuse, todo, wait } from './verdict.ts';

const Schema = z.string().regex(/^\w+$/);

/** A database made as another one of the service is, for the same accounts: no password is needed for that. */
export const databaseCreate = defineStep({
  kind: 'database.create',
  params: z.strictObject({ schema: Schema, like: Schema }),
  commands: ({ schema, like }) => [databaseLike('make', schema, like)],
  undo: ({ schema, like }) => [databaseLike('take', schema, like)],
  looks: () => ({ databases: galera.databases, grants }),
  judge({ schema, like }, seen) {
    for (const asked of [answer(seen, 'databases'), answer(seen, 'grants')]) {
      if (asked.rc !== 0) return wait(complaint(asked));
    }
    const databases = galera.readDatabases(answer(seen, 'databases'));
    const may = readGrants(answer(seen, 'grants'));
    const wanted = [...(may.get(like) ?? [])];
    if (databases[like] === undefined) {
      return refuse(
        `there is no database ${like} to make ${schema} like`,
        'discover and plan again: the databases are not what they were',
      );
    }
    if (wanted.length === 0) {
      return refuse(
        `no account has rights on ${like} by its name, so it is not known who needs them on ${schema}`,
        `make ${schema} by hand and grant its service's account everything on it and on ${like} by name, then resume`,
      );
    }
    if (databases[schema] === undefined) return todo(`there is no database ${schema}`);
    const shut = wanted.filter((account) => !may.get(schema)?.has(account));
    return shut.length === 0
      ? done(`${schema} is there for ${wanted.length} accounts`)
      : todo(`${shut.length} accounts of ${like} have no rights on ${schema}`);
  },
});

const Word = z.string().min(1);

/** Endpoints of a service in Keystone, after those of another one. */
export const endpointMake = defineStep({
  kind: 'endpoint.make',
  params: z.strictObject({
    credentials: z.string(),
    type: Word.regex(/^[\w-]+$/),
    name: Word,
    description: z.string(),
    like: Word,
    cut: Word,
    to: Word,
  }),
  commands: (params) => [{ argv: cloud.makeEndpoint(params) }],
  undo: (params) => [{ argv: cloud.takeEndpoint(params) }],
  looks: (params) => ({ endpoints: cloud.endpointLook(params) }),
  judge({ type }, seen) {
    const state = cloud.readEndpoint(answer(seen, 'endpoints'));
    if (typeof state === 'string') return wait(state);
    return state.left.length === 0
      ? done(`${type} has its ${state.there} endpoints`)
      : todo(state.left.map(({ interface: face, url }) => `${face}: ${url}`).join(', '));
  },
});

/** HAProxy's own rule for names and addresses. Anything else could end a line of its file and begin another. */
const Plain = z.string().regex(/^[\w.:-]+$/);

/** A listener of a balancer in front of the same port of several nodes. That its servers are DOWN is not its business. */
export const haproxyListen = defineStep({
  kind: 'haproxy.listen',
  params: z.strictObject({
    path: z.string().startsWith('/'),
    socket: z.string(),
    name: Plain,
    bind: Plain,
    servers: z.array(z.strictObject({ name: Plain, address: Plain })).min(1),
  }),
  commands: ({ socket: _, ...proxy }) => proxyCommands('make', proxy),
  undo: ({ socket: _, ...proxy }) => proxyCommands('take', proxy),
  looks: ({ socket }) => ({ stat: haproxy.showStat(socket) }),
  judge({ name, servers }, seen) {
    const rows = haproxy.readStat(answer(seen, 'stat'));
    if (typeof rows === 'string') return wait(rows);
    const missing = servers.filter(
      (server) => !rows.some((row) => row.backend === name && row.server === server.name),
    );
    return missing.length === 0
      ? done(`it listens as ${name} for ${servers.length} servers`)
      : todo(`${name} has no ${missing.map((server) => server.name).join(', ')}`);
  },
});

const Option = z.string().regex(/^[a-z][a-z0-9_]*$/);

/** A section of a configuration file that gets its options from another one: the secrets in it never leave the node. */
export const configLend = defineStep({
  kind: 'config.lend',
  params: z.strictObject({
    path: z.string().startsWith('/'),
    keep: z.string().startsWith('/'),
    from: z.string().min(1),
    to: z.string().min(1),
    /** Without these it is refused; the others go along where they are there. */
    needs: z.array(Option).min(1),
    also: z.array(Option),
    otherwise: z.record(Option, z.string()),
  }),
  commands: ({ needs, also, ...given }) => [edits.lend({ ...given, names: [...needs, ...also] })],
  undo: ({ path, keep }) => [edits.putBack(path, keep)],
  looks: ({ path }) => ({ options: config.options([path]) }),
  judge({ path, from, to, needs, otherwise }, seen) {
    const asked = answer(seen, 'options');
    if (asked.rc !== 0) return wait(complaint(asked));
    const all = config.readOptions(asked).get(path)?.assignments;
    if (all === undefined) return wait(`${path} cannot be read`);
    const has = (section: string, name: string): boolean =>
      all.some((one) => one.section === section && one.name === name);
    const open = needs.filter((name) => !has(to, name));
    const lost = open.filter((name) => !has(from, name));
    if (lost.length > 0) {
      return refuse(
        `[${from}] in ${path} does not say ${lost.join(', ')}, so [${to}] cannot be made after it`,
        `write [${to}] with ${needs.join(', ')} into ${path} by hand, then resume`,
      );
    }
    const left = [...open, ...Object.keys(otherwise).filter((name) => !has(to, name))];
    return left.length === 0 ? done(`[${to}] is there`) : todo(`[${to}] does not say ${left.join(', ')} yet`);
  },
});

/** Addresses of Keystone in configuration files that end otherwise from now on; read when a service starts. */
export const configAddresses = defineStep({
  kind: 'config.addresses',
  params: z.strictObject({
    places: z.array(z.string().startsWith('/')).min(1),
    cut: Word,
    to: Word,
    suffix: z.string().startsWith('.'),
  }),
  commands: (params) => [edits.changeAddresses(params)],
  undo: (params) => [edits.addressesBack(params)],
  looks: (params) => ({ files: edits.addressesLook(params) }),
  judge({ cut }, seen) {
    const asked = answer(seen, 'files');
    if (asked.rc !== 0) return wait(complaint(asked));
    const files = lines(asked.out);
    return files.length === 0
      ? done(`no address ends in ${cut}`)
      : todo(`addresses end in ${cut} in ${files.join(', ')}`);
  },
});
