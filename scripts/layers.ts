// Proves that imports run one way. A layer may import the layers named for it (and itself), nothing else;
// pure layers may not touch the world: no node: modules but those that compute, no clock, no randomness.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const PURE = ['model', 'catalog', 'drivers', 'steps', 'route', 'check', 'plan', 'schedule'] as const;

const MAY: Record<string, readonly string[]> = {
  model: [],
  catalog: ['model'],
  drivers: ['model'],
  steps: ['model', 'drivers'],
  route: ['model', 'catalog'],
  check: ['model', 'catalog', 'route', 'drivers'],
  plan: ['model', 'catalog', 'route', 'check', 'drivers', 'steps'],
  schedule: ['model'],
  sim: ['model', 'schedule', 'steps', 'plan', 'catalog', 'run'],
  transport: ['model'],
  discover: ['model', 'catalog', 'drivers', 'transport'],
  run: ['model', 'drivers', 'steps', 'schedule', 'transport'],
  watch: ['model', 'transport'],
  report: ['model', 'schedule', 'watch', 'plan'],
  web: ['model', 'schedule', 'watch', 'report', 'run'],
  lab: ['model', 'catalog'],
  cli: [...PURE, 'transport', 'discover', 'run', 'watch', 'report', 'web', 'lab', 'sim'],
};

const COMPUTES = new Set(['node:crypto', 'node:util', 'node:assert']);
const WORLD =
  /\b(Date\.now|new Date\(\)|Math\.random|process\.|setTimeout|setInterval|performance\.now|randomUUID|randomBytes)\b/;

const root = resolve(import.meta.dirname, '../src');

function* sources(dir: string): Generator<string> {
  for (const name of readdirSync(dir)) {
    const path = join(dir, name);
    if (statSync(path).isDirectory()) yield* sources(path);
    else if (/\.tsx?$/.test(name)) yield path;
  }
}

const faults: string[] = [];
let files = 0;
for (const file of sources(root)) {
  files += 1;
  const rel = relative(root, file);
  const layer = rel.split('/')[0] ?? '';
  const may = MAY[layer];
  if (may === undefined) {
    faults.push(`${rel}: '${layer}' is not a layer (see scripts/layers.ts)`);
    continue;
  }
  const pure = (PURE as readonly string[]).includes(layer);
  const text = readFileSync(file, 'utf8');
  for (const [index, line] of text.split('\n').entries()) {
    const at = `src/${rel}:${index + 1}`;
    const spec = /(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/.exec(line)?.[1];
    if (spec?.startsWith('.')) {
      const target = relative(root, resolve(dirname(file), spec)).split('/')[0] ?? '';
      if (target !== layer && !may.includes(target)) faults.push(`${at}: ${layer} may not import ${target}`);
    } else if (pure && spec?.startsWith('node:') && !COMPUTES.has(spec)) {
      faults.push(`${at}: ${layer} is pure and may not import ${spec}`);
    }
    const code = line.replace(/\/\/.*$|^\s*\*.*$/g, '');
    if (pure && WORLD.test(code)) faults.push(`${at}: ${layer} is pure: no clock, randomness or process`);
  }
}
for (const fault of faults) console.error(fault);
console.log(`layers: ${files} files, ${faults.length} faults`);
process.exit(faults.length === 0 ? 0 : 1);
