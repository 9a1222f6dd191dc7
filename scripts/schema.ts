// Writes schema/cluster.schema.json from the zod schema of cluster.yaml. With --check it only says whether it is current.
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { clusterSchema } from '../src/cli/cluster-keys.ts';

const path = resolve(import.meta.dirname, '../schema/cluster.schema.json');
const text = `${JSON.stringify(clusterSchema(), null, 2)}\n`;
const same = (one: string): boolean => JSON.stringify(JSON.parse(one)) === JSON.stringify(JSON.parse(text));
if (process.argv.includes('--check')) {
  const current = same(readFileSync(path, 'utf8'));
  if (!current) console.error('schema/cluster.schema.json is not current: node scripts/schema.ts');
  process.exit(current ? 0 : 1);
}
writeFileSync(path, text);
console.log(`wrote ${path}; npx biome check --write schema`);
