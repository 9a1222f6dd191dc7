// npm run bench [-- --json] [--only CASE] [--cluster FILE]: Windlass's own figures, on this machine, as it is now.
import { execFile } from 'node:child_process';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { z } from 'zod';

const Figure = z.object({
  what: z.string(),
  unit: z.string(),
  median: z.number(),
  low: z.number(),
  high: z.number(),
  trials: z.int(),
});
type Figure = z.infer<typeof Figure>;

const CASES = ['simulate', 'plan', 'journal', 'step'] as const;

const { values } = parseArgs({
  options: { json: { type: 'boolean' }, only: { type: 'string' }, cluster: { type: 'string' } },
});
const names = [...CASES, ...(values.cluster ? ['ssh'] : [])].filter(
  (name) => !values.only || values.only === name,
);
if (names.length === 0) throw new Error(`no such case: ${values.only} (ssh needs --cluster FILE)`);

const run = promisify(execFile);
const found: Record<string, Figure[]> = {};
for (const name of names) {
  const args = [
    join(import.meta.dirname, 'cases', `${name}.ts`),
    ...(name === 'ssh' && values.cluster ? [values.cluster] : []),
  ];
  const { stdout } = await run(process.execPath, args, { maxBuffer: 1 << 24 });
  found[name] = z.array(Figure).parse(JSON.parse(stdout));
  if (!values.json) for (const figure of found[name]) console.log(line(figure));
}
const machine = { cpus: availableParallelism(), load: loadavg()[0] ?? 0, node: process.version };
if (values.json) console.log(JSON.stringify({ machine, cases: found }, null, 2));
else
  console.log(
    `\n${machine.cpus} cores, load ${machine.load.toFixed(1)}, node ${machine.node}; median (lowest to highest of n)`,
  );

function line({ what, unit, median, low, high, trials }: Figure): string {
  const spread = trials > 1 ? `  (${plain(low)} to ${plain(high)}, n=${trials})` : '';
  return `${what.padEnd(76)} ${plain(median).padStart(9)} ${unit}${spread}`;
}

function plain(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
