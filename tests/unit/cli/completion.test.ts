import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bashCompletion, places, zshCompletion } from '../../../src/cli/completion.ts';
import { windlass } from '../../../src/cli/program.ts';

const tree = places(windlass());

describe('bash', () => {
  let dir = '';
  let script = '';
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'windlass-completion-'));
    script = join(dir, 'windlass.bash');
    writeFileSync(script, bashCompletion(tree));
    writeFileSync(join(dir, 'prod.yaml'), '');
    writeFileSync(join(dir, 'a plan.json'), '');
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  /** What bash offers for the last word of a line. */
  function offers(...words: readonly string[]): string[] {
    const ask =
      'source "$1"; shift; compopt() { :; }; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _windlass; ' +
      'for word in "$' +
      '{COMPREPLY[@]}"; do echo "$word"; done';
    const bash = spawnSync('bash', ['--norc', '-c', ask, 'bash', script, ...words], {
      cwd: dir,
      encoding: 'utf8',
    });
    expect([bash.status, bash.stderr]).toEqual([0, '']);
    return bash.stdout.split('\n').filter((line) => line !== '');
  }

  test.each([
    [['windlass', 'sim'], ['simulate']],
    [['windlass', 'lab', 'sn'], ['snapshot']],
    [
      ['windlass', 'lab', 'up', 'ha'],
      ['ha3', 'ha3-gazpacho'],
    ],
    [['windlass', 'lab', 'add', 'ha3', 'upg01', '--os', 'tri'], ['trixie']],
    [['windlass', 'plan', '--off'], ['--offline']],
    [['windlass', 'plan', '--os', 'trix'], ['trixie']],
    [['windlass', 'plan', '--openstack', 'epo'], ['epoxy']],
    [['windlass', 'plan', '--os', 'trixie', '--openst'], ['--openstack']],
    [['windlass', 'plan', '-c', 'pr'], ['prod.yaml']],
    [['windlass', 'show', 'a'], ['a plan.json']],
    [
      ['windlass', 'completion', ''],
      ['--help', 'bash', 'zsh'],
    ],
    [['windlass', 'simulate', '--seed', ''], []],
  ])('%j', (words, wanted) => expect(offers(...words)).toEqual(wanted));

  test('a value that is called like a command does not lead into it', () => {
    expect(offers('windlass', 'lab', 'up', 'ha3', '--name', 'down', '--fre')).toEqual(['--fresh']);
  });

  test('offers every command there is', () => {
    const names = windlass().commands.map((command) => command.name());
    expect(offers('windlass', '')).toEqual(expect.arrayContaining(names));
  });
});

describe('zsh', () => {
  const script = zshCompletion(tree);

  test('can be a file on fpath and can be sourced', () => {
    expect(script).toMatch(/^#compdef windlass\n/);
    expect(script).toContain('compdef _windlass windlass');
  });

  test('has every command with its description, quotes closed', () => {
    for (const { at, inner } of tree) {
      for (const { word, description } of inner) {
        expect(script).toContain(`'${word}:${description.replace(/'/g, `'\\''`)}'`);
        expect(script).toContain(`'${at} ${word}') at='${at}/${word}'`);
      }
    }
    // Its grammar is bash's as far as the script goes, and every machine has a bash: an open quote is found.
    const parsed = spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' });
    expect([parsed.status, parsed.stderr]).toEqual([0, '']);
  });
});
