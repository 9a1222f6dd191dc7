import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { windlass } from '../../../src/cli/program.ts';
import { rolled } from '../plan/rolled.ts';

/** Every command that does something, with the words that call it. */
function leaves(command: Command, words: readonly string[] = []): [words: string, command: Command][] {
  return command.commands.flatMap((inner): [string, Command][] => {
    const path = [...words, inner.name()];
    return inner.commands.length > 0 ? leaves(inner, path) : [[path.join(' '), inner]];
  });
}

/** What `--help` prints, added text included. */
function help(command: Command): string {
  const parts: string[] = [];
  command.configureOutput({ writeOut: (part) => void parts.push(part) });
  command.outputHelp();
  return parts.join('');
}

/** Commands whose result is no data, and why. */
const WITHOUT_JSON: Readonly<Record<string, string>> = {
  completion: 'prints a script',
  'lab disk keep': 'gives nothing but its exit code',
  'lab disk has': 'gives nothing but its exit code',
  'lab disk restore': 'gives nothing but its exit code',
  'lab disk drop': 'gives nothing but its exit code',
  'lab disk remake': 'gives nothing but its exit code',
  'lab disk remade': 'gives nothing but its exit code',
  'lab configure': 'gives nothing but its exit code',
  'lab down': 'gives nothing but its exit code',
  'lab snapshot': 'gives nothing but its exit code',
  'lab remove': 'gives nothing but its exit code',
  'lab restore': 'gives nothing but its exit code',
  'lab shell': 'hands the terminal over',
};

const all = leaves(windlass());

describe('the command line', () => {
  test('has every verb of the design that there is code for', () => {
    const names = windlass().commands.map((command) => command.name());
    const verbs =
      'init discover check route plan show rehearse run status approve reject pause resume stop report watch serve lab simulate';
    for (const verb of [...verbs.split(' '), 'completion']) expect(names).toContain(verb);
  });

  test.each(all)('%s --help has an example that calls it, and says what it does', (words, command) => {
    const text = help(command);
    expect(text).toMatch(/\nExamples?:\n/);
    expect(text.slice(text.search(/\nExamples?:\n/))).toContain(`windlass ${words}`);
    expect(command.description()).not.toBe('');
    for (const option of command.options) expect([option.flags, option.description]).not.toContain('');
  });

  test.each(all)('%s prints JSON for programs, or has a reason not to', (words, command) => {
    const has = command.options.some(({ long }) => long === '--json');
    expect(has).toBe(WITHOUT_JSON[words] === undefined);
  });

  test('tells bad usage from a fault', async () => {
    const quiet = (command: Command): void => {
      command.configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
      for (const inner of command.commands) quiet(inner);
    };
    for (const words of [['nosuch'], ['plan', '--nosuch'], ['simulate', '--spread', 'much'], ['lab', 'up']]) {
      const program = windlass();
      quiet(program);
      await expect(program.parseAsync(['node', 'windlass', ...words])).rejects.toMatchObject({
        name: 'CommanderError',
        exitCode: 1,
      });
    }
  });
});

test('whoever read its output may be gone: it goes on, and ends as it would have', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'windlass-gone-'));
  const file = join(dir, 'cluster.yaml');
  writeFileSync(file, stringify(rolled({})));
  const words = ['plan', '--offline', '--json', '--openstack', '2025.1', '-c', file, '--state', dir];
  const main = join(import.meta.dirname, '../../../src/cli/main.ts');
  const child = spawn(process.execPath, [main, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  let err = '';
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString('utf8');
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  rmSync(dir, { recursive: true });
  expect(err).not.toMatch(/EPIPE|at process/);
  expect(code).toBe(0);
});

describe('docs/commands.md', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/commands.md'), 'utf8');
  const sections = page.split(/^## /m).slice(1);

  test('has a section for every command, in the order of the help, and no other', () => {
    const names = windlass().commands.map((command) => command.name());
    expect(sections.map((section) => section.split('\n')[0])).toEqual(names);
  });

  test.each(all)('shows how %s is called', (words) => {
    const section = sections.find((text) => text.startsWith(words.split(' ')[0] ?? ''));
    expect(section).toContain(`windlass ${words}`);
  });

  test('names only options that there are', () => {
    const known = new Set(all.flatMap(([, command]) => command.options.map(({ long }) => long)));
    for (const [flag] of page.matchAll(/--[a-z][a-z-]+/g)) {
      if (flag !== '--help') expect([...known]).toContain(flag);
    }
  });
});
