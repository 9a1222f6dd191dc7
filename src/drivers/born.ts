import type { Look, Seen } from '../model/command.ts';
import { places } from './cloud-database.ts';
import { ask, name, readAnswers, type Select, type Tables } from './tables.ts';

/** Tables that tell what tenants made, with the two by which places.ts knows a database. */
export const BORN_TABLES = [
  'services',
  'compute_nodes',
  'instances',
  'volumes',
  'images',
  'agents',
  'routers',
  'networks',
  'ports',
  'standardattributes',
  'project',
] as const;

/** Something tenants made or deleted, by id and name; guests with the compute they are on. */
export interface Made {
  readonly id: string;
  readonly name: string;
  readonly host?: string;
}

/** What came and went since a moment: a restore of that moment's databases forgets the one and brings back the other. */
export interface Born {
  readonly guests: readonly Made[];
  readonly deleted: readonly Made[];
  readonly volumes: readonly Made[];
  readonly images: readonly Made[];
  readonly networks: readonly Made[];
  readonly ports: readonly Made[];
  /** The highest number a guest has: computes know guests by it (catalog/services/nova.ts, `numbers`). */
  readonly number: number;
  /** What could not be read, in the server's words. */
  readonly faults: readonly string[];
}

/** What there is to tell where no database keeps any of it. */
export const NOBODY_BORN: Born = {
  guests: [],
  deleted: [],
  volumes: [],
  images: [],
  networks: [],
  ports: [],
  number: 0,
  faults: [],
};

/** A moment as SQL has it: databases keep UTC. */
const moment = (at: number): string => `'${new Date(at).toISOString().slice(0, 19).replace('T', ' ')}'`;

/** One read for each kind, of the tables that are there. */
export function bornSelects(tables: Tables, since: number): Select[] {
  const at = places(tables);
  const when = moment(since);
  const having = (table: string, ...columns: readonly string[]): string[] =>
    Object.keys(tables).filter((schema) => columns.every((one) => tables[schema]?.[table]?.includes(one)));
  const only = (known: string, found: readonly string[]): readonly string[] =>
    found.includes(known) ? [known] : found.length === 1 ? found : [];
  return [
    ...at.cells.flatMap((cell) => {
      const columns = `uuid, COALESCE(display_name, ''), COALESCE(host, '') FROM ${name(cell, 'instances')}`;
      return [
        { id: 'guests', sql: `SELECT ${columns} WHERE deleted = 0 AND created_at >= ${when}` },
        {
          id: 'deleted',
          sql: `SELECT ${columns} WHERE deleted <> 0 AND deleted_at >= ${when} AND created_at < ${when}`,
        },
        { id: 'number', sql: `SELECT COALESCE(MAX(id), 0) FROM ${name(cell, 'instances')}` },
      ];
    }),
    ...(at.cinder === undefined
      ? []
      : [
          {
            id: 'volumes',
            sql: `SELECT id, COALESCE(display_name, '') FROM ${name(at.cinder, 'volumes')} WHERE NOT deleted AND created_at >= ${when}`,
          },
        ]),
    ...only('glance', having('images', 'created_at', 'disk_format')).map((schema) => ({
      id: 'images',
      sql: `SELECT id, COALESCE(name, '') FROM ${name(schema, 'images')} WHERE NOT deleted AND created_at >= ${when}`,
    })),
    ...(at.neutron === undefined || tables[at.neutron]?.standardattributes === undefined
      ? []
      : ['networks', 'ports'].map((table) => ({
          id: table,
          sql: `SELECT t.id, COALESCE(t.name, '') FROM ${name(at.neutron ?? '', table)} t JOIN ${name(at.neutron ?? '', 'standardattributes')} s ON s.id = t.standard_attr_id WHERE s.created_at >= ${when}`,
        }))),
  ];
}

export const bornLook = (selects: readonly Select[]): Look => ask(selects);

/** A string with the complaint where the database said nothing. */
export function readBorn(selects: readonly Select[], seen: Seen): Born | string {
  const answers = readAnswers(selects, seen);
  if (typeof answers === 'string') return answers;
  const rows = (id: string): Made[] =>
    (answers.rows[id] ?? []).map(([key = '', called = '', host]) => ({
      id: key,
      name: called,
      ...(host === undefined || host === '' ? {} : { host }),
    }));
  return {
    guests: rows('guests'),
    deleted: rows('deleted'),
    volumes: rows('volumes'),
    images: rows('images'),
    networks: rows('networks'),
    ports: rows('ports'),
    number: Math.max(0, ...(answers.rows.number ?? []).map(([reached]) => Number(reached))),
    faults: answers.faults,
  };
}
