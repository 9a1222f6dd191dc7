import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readConfig } from '../../../src/drivers/oslo-config.ts';
import type { Command, Look, Seen } from '../../../src/model/command.ts';
import { configEdit } from '../../../src/steps/config.ts';

let dir = '';
let path = '';
let keep = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'windlass-config-'));
  path = join(dir, 'nova.conf');
  keep = `${path}.before-2025.1`;
});
afterEach(() => rmSync(dir, { recursive: true }));

interface Edit {
  readonly section: string;
  readonly name: string;
  readonly to: { readonly section: string; readonly name: string } | null;
  readonly multi: boolean;
}

const rename = (from: string, to: string | null, multi = false): Edit => {
  const place = (text: string) => ({ section: text.split('/')[0] ?? '', name: text.split('/')[1] ?? '' });
  return { ...place(from), to: to === null ? null : place(to), multi };
};

const params = (...edits: Edit[]) => configEdit.params.parse({ files: [{ path, keep, edits }] });

function hand({ argv, input }: Command | Look): Seen {
  const [program = '', ...rest] = argv;
  const ran = spawnSync(program, rest, {
    input: input ?? '',
    encoding: 'utf8',
    env: { PATH: '/usr/bin:/bin' },
  });
  return { rc: ran.status ?? 255, out: ran.stdout, err: ran.stderr };
}

function applied(text: string, ...edits: Edit[]): string {
  writeFileSync(path, text);
  for (const command of configEdit.commands(params(...edits))) {
    expect(hand(command)).toEqual({ rc: 0, out: '', err: '' });
  }
  return readFileSync(path, 'utf8');
}

const verdict = (...edits: Edit[]) => {
  const given = params(...edits);
  const looks = Object.entries(configEdit.looks(given)).map(([name, look]) => [name, hand(look)] as const);
  return configEdit.judge(given, Object.fromEntries(looks));
};

describe('an option is written under its new name', () => {
  test('in its own section, where it stood, and the old line stays as a comment', () => {
    expect(
      applied('[DEFAULT]\na = 1\nold = x = y\n# about b\nb = 2\n', rename('DEFAULT/old', 'DEFAULT/new')),
    ).toBe('[DEFAULT]\na = 1\n# old = x = y\nnew = x = y\n# about b\nb = 2\n');
  });

  test('in another section, with a value that goes on over lines', () => {
    expect(
      applied(
        '[DEFAULT]\nsql:one,\n  two\n\nb = 2\n\n[database]\nc = 3\n',
        rename('DEFAULT/sql', 'database/connection'),
      ),
    ).toBe('[DEFAULT]\n# sql:one,\n#   two\n\nb = 2\n\n[database]\nconnection =one,\n  two\nc = 3\n');
  });

  test('in a section of its own when the file has none', () => {
    expect(
      applied('[DEFAULT]\nlock_path = /x', rename('DEFAULT/lock_path', 'oslo_concurrency/lock_path')),
    ).toBe('[DEFAULT]\n# lock_path = /x\n\n[oslo_concurrency]\nlock_path = /x\n');
  });

  test('only in the section that is named', () => {
    expect(applied('[a]\nold = 1\n[b]\nold = 2\n', rename('b/old', 'b/new'))).toBe(
      '[a]\nold = 1\n[b]\n# old = 2\nnew = 2\n',
    );
  });

  test('which, when it is set already, counts and stays', () => {
    expect(applied('[a]\nold = 1\nnew = 2\n', rename('a/old', 'a/new'))).toBe('[a]\n# old = 1\nnew = 2\n');
  });

  test('beside the new one, when both count', () => {
    expect(applied('[a]\nold = 1\nold = 2\nnew = 3\n', rename('a/old', 'a/new', true))).toBe(
      '[a]\n# old = 1\n# old = 2\nnew = 1\nnew = 2\nnew = 3\n',
    );
  });

  test('or is only taken out', () => {
    expect(applied('[a]\nold = 1\n  2\nb = 3\n', rename('a/old', null))).toBe(
      '[a]\n# old = 1\n#   2\nb = 3\n',
    );
  });
});

describe('the step', () => {
  const edit = rename('DEFAULT/old', 'DEFAULT/new');

  test('looks first, does it once, and puts it back', () => {
    const before = '[DEFAULT]\nold = hunter2\n';
    writeFileSync(path, before);
    expect(verdict(edit)).toMatchObject({ is: 'todo', because: `still set: ${path}: [DEFAULT] old` });
    const after = applied(before, edit);
    expect(verdict(edit)).toMatchObject({ is: 'done' });
    expect(applied(after, edit)).toBe(after);
    expect(readFileSync(keep, 'utf8')).toBe(before);
    for (const command of configEdit.undo?.(params(edit)) ?? []) expect(hand(command).rc).toBe(0);
    expect(readFileSync(path, 'utf8')).toBe(before);
    expect(existsSync(keep)).toBe(false);
  });

  test('cut off after the copy was kept, keeps that one', () => {
    writeFileSync(keep, '[DEFAULT]\nold = first\n');
    applied('[DEFAULT]\nold = x\n', edit);
    expect(readFileSync(keep, 'utf8')).toBe('[DEFAULT]\nold = first\n');
  });

  test('keeps owner and mode, of the file and of the copy', () => {
    writeFileSync(path, '[DEFAULT]\nold = x\n');
    chmodSync(path, 0o640);
    applied('[DEFAULT]\nold = x\n', edit);
    expect([statSync(path).mode & 0o7777, statSync(keep).mode & 0o7777]).toEqual([0o640, 0o640]);
    expect(statSync(path).uid).toBe(statSync(keep).uid);
  });

  test('writes the file that a link leads to', () => {
    const real = join(dir, 'real.conf');
    writeFileSync(real, '[DEFAULT]\nold = x\n');
    symlinkSync(real, path);
    expect(applied('[DEFAULT]\nold = x\n', edit)).toContain('new = x');
    expect(readFileSync(real, 'utf8')).toContain('new = x');
  });

  test('refuses a file that is gone', () => {
    expect(verdict(edit)).toMatchObject({ is: 'refuse', because: `not there any more: ${path}` });
  });

  test('has no value in its commands or its answers', () => {
    writeFileSync(path, '[DEFAULT]\nold = hunter2\n');
    const commands = JSON.stringify([...configEdit.commands(params(edit)), verdict(edit)]);
    expect(commands).not.toContain('hunter2');
  });
});

describe('whatever the file', () => {
  const name = fc.constantFrom('a', 'b', 'old', 'new');
  const value = fc.constantFrom('1', 'x = y', 'one,\n  two', '"q"', '');
  const line = fc.oneof(
    fc.tuple(name, fc.constantFrom(' = ', '=', ': '), value).map((parts) => parts.join('')),
    fc.constantFrom('', '# comment', ';old = 9', '[s]', '[t]'),
  );
  const text = fc.array(line, { maxLength: 12 }).map((lines) => ['[s]', ...lines].join('\n'));
  const one = fc.tuple(text, fc.constantFrom('s/new', 't/new', 'u/new'));

  const values = (content: string, section: string, option: string): string[] =>
    readConfig(content)
      .assignments.filter((set) => set.section === section && set.name === option)
      .map((set) => set.value);

  // Many files at once: one Python for all of them.
  test('the new name has what the old one had, and all else is read as before', () => {
    const cases = fc.sample(one, 400).map(([content, to], index) => {
      const file = join(dir, `${index}.conf`);
      writeFileSync(file, content);
      return { content, file, edit: rename('s/old', to) };
    });
    const files = cases.map(({ file, edit }) => ({ path: file, keep: `${file}.kept`, edits: [edit] }));
    for (const command of configEdit.commands(configEdit.params.parse({ files }))) {
      expect(hand(command)).toEqual({ rc: 0, out: '', err: '' });
    }
    for (const { content, file, edit } of cases) {
      const after = readFileSync(file, 'utf8');
      const { section = '', name: option = '' } = edit.to ?? {};
      const had = values(content, section, option);
      expect(values(after, 's', 'old'), content).toEqual([]);
      expect(values(after, section, option), content).toEqual(
        had.length > 0 ? had : values(content, 's', 'old'),
      );
      for (const group of ['s', 't']) {
        for (const other of ['a', 'b']) {
          expect(values(after, group, other), content).toEqual(values(content, group, other));
        }
      }
    }
  });
});
