// Runs every part of the test, prints the time of each, and closes with `N passed, N failed`.
// `./test` runs all; `./test unit lint` only the parts named.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

const Report = z.object({ numPassedTests: z.number(), numFailedTests: z.number(), success: z.boolean() });
const scratch = mkdtempSync(join(tmpdir(), 'windlass-test-'));

interface Part {
  readonly name: string;
  readonly argv: readonly string[];
  /** A vitest project counts its own tests; any other part counts as one. */
  readonly vitest?: boolean;
}

const vitest = (project: string): Part => ({
  name: project,
  vitest: true,
  argv: [
    'vitest',
    'run',
    '--project',
    project,
    // A lab test takes minutes: each is told when it ends.
    project === 'lab' ? '--reporter=verbose' : '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${join(scratch, project)}`,
  ],
});

const PARTS: readonly Part[] = [
  { name: 'lint', argv: ['biome', 'ci', '.'] },
  { name: 'layers', argv: ['node', 'scripts/layers.ts'] },
  { name: 'types', argv: ['tsc', '--noEmit'] },
  vitest('unit'),
  vitest('lab'),
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !PARTS.some((part) => part.name === name));
if (unknown.length > 0) {
  console.error(`no such part: ${unknown.join(', ')}; there are ${PARTS.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

let passed = 0;
let failed = 0;
const times: string[] = [];
for (const part of PARTS.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  const [program = '', ...args] = part.argv;
  console.log(`\n== ${part.name}: ${part.argv.join(' ')}`);
  const began = performance.now();
  const { status } = spawnSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  const seconds = (performance.now() - began) / 1000;
  let count = { good: status === 0 ? 1 : 0, bad: status === 0 ? 0 : 1 };
  if (part.vitest) {
    const report = Report.safeParse(JSON.parse(readFileSync(join(scratch, part.name), 'utf8')));
    if (!report.success) throw new Error(`${part.name}: vitest wrote another report than expected`);
    // A file that could not be loaded has no failed tests of its own, but the run has failed.
    const bad = Math.max(report.data.numFailedTests, status === 0 && report.data.success ? 0 : 1);
    count = { good: report.data.numPassedTests, bad };
  }
  passed += count.good;
  failed += count.bad;
  times.push(
    `${part.name.padEnd(8)} ${seconds.toFixed(1).padStart(8)} s  ${count.bad === 0 ? 'ok' : 'FAILED'}`,
  );
}
rmSync(scratch, { recursive: true });
console.log(`\n${times.join('\n')}\n`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
