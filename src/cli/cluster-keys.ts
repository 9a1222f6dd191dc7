import { z } from 'zod';
import { Cluster } from '../model/cluster.ts';

const Schema = z.object({
  get properties() {
    return z.record(z.string(), Schema).optional();
  },
  get additionalProperties() {
    return z.union([Schema, z.boolean()]).optional();
  },
  get items() {
    return Schema.optional();
  },
  get anyOf() {
    return z.array(Schema).optional();
  },
  get oneOf() {
    return z.array(Schema).optional();
  },
});
type Schema = z.infer<typeof Schema>;

/** The JSON schema of `cluster.yaml`: what editors check against and error messages know the keys from. */
export function clusterSchema(): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(Cluster, { io: 'input', target: 'draft-2020-12' });
  return {
    $schema,
    $id: 'cluster.schema.json',
    title: 'Windlass cluster file',
    description: 'cluster.yaml: the nodes of an OpenStack cloud, what runs on them and what carries it',
    ...rest,
  };
}

/** Keys the cluster file knows at a path, in the schema's order; empty where any name may stand. */
export function knownKeys(path: readonly PropertyKey[]): string[] {
  let here: Schema[] = [Schema.parse(clusterSchema())];
  for (const part of path) here = here.flatMap((schema) => step(schema, String(part)));
  return [...new Set(here.flatMap(branches).flatMap((schema) => Object.keys(schema.properties ?? {})))];
}

const branches = (schema: Schema): Schema[] => [schema, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];

function step(schema: Schema, part: string): Schema[] {
  return branches(schema).flatMap((branch) => {
    const named = branch.properties?.[part];
    if (named) return [named];
    if (/^\d+$/.test(part) && branch.items) return [branch.items];
    return typeof branch.additionalProperties === 'object' ? [branch.additionalProperties] : [];
  });
}
