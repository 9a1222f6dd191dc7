import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Command, Look } from '../../../src/model/command.ts';
import { kinds } from '../../../src/steps/registry.ts';
import { EXAMPLES, GUARD_EXAMPLES } from './examples.ts';
import { bad, lost } from './seen.ts';

const STEPS = join(import.meta.dirname, '../../../src/steps');

/** Every kind any file of src/steps makes, by what it exports. */
async function defined(): Promise<{ steps: string[]; guards: string[] }> {
  const found = { steps: [] as string[], guards: [] as string[] };
  for (const file of readdirSync(STEPS)) {
    const exported: Record<string, unknown> = await import(join(STEPS, file));
    for (const value of Object.values(exported)) {
      if (typeof value !== 'object' || value === null || !('kind' in value) || !('judge' in value)) continue;
      found['commands' in value ? 'steps' : 'guards'].push(String(value.kind));
    }
  }
  return { steps: found.steps.sort(), guards: found.guards.sort() };
}

const anyExample = fc.constantFrom(...EXAMPLES);

/** The parameters with every text replaced that the kind allows to be any text, and what stands there now. */
function hostile(
  params: Record<string, unknown>,
  token: string,
  accepted: (params: unknown) => boolean,
): unknown {
  let now: unknown = params;
  const paths: (string | number)[][] = [];
  const walk = (value: unknown, path: (string | number)[]): void => {
    if (typeof value === 'string') paths.push(path);
    else if (Array.isArray(value)) for (const [at, inner] of value.entries()) walk(inner, [...path, at]);
    else if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) walk(inner, [...path, key]);
    }
  };
  walk(params, []);
  const put = (value: unknown, [head, ...rest]: readonly (string | number)[]): unknown => {
    if (head === undefined) return `${String(value).startsWith('/') ? '/' : ''}${token}`;
    if (Array.isArray(value)) return value.map((inner, at) => (at === head ? put(inner, rest) : inner));
    return Object.fromEntries(
      Object.entries(value as object).map(([key, inner]) => [key, key === head ? put(inner, rest) : inner]),
    );
  };
  for (const path of paths) {
    const next = put(now, path);
    if (accepted(next)) now = next;
  }
  return now;
}

const accepts =
  (kind: string) =>
  (params: unknown): boolean => {
    try {
      kinds.step(kind).commands(params);
      return true;
    } catch {
      return false;
    }
  };

/** Kinds whose check is a program of the catalogue's. */
const CATALOGUED = new Set(['database.migrate', 'package.mend']);

const INTERPRETERS = new Set(['sh', 'bash', 'dash', 'python3', 'awk', 'perl', 'mariadb']);

/** The words of an argument vector that a program reads as program text: what follows `-c`, `-e` or `eval`. */
function programText(argv: readonly string[]): string[] {
  if (argv.includes('eval')) return argv.slice(argv.indexOf('eval') + 1);
  const from = argv.findIndex((word) => INTERPRETERS.has(word));
  if (from < 0) return [];
  return argv.flatMap((word, at) => (at > from && /^-\w*[ce]$/.test(argv[at - 1] ?? '') ? [word] : []));
}

describe('every kind', () => {
  test('has an example here and stands in the registry', async () => {
    const { steps, guards } = await defined();
    expect(EXAMPLES.map(({ kind }) => kind).sort()).toEqual(steps);
    expect(GUARD_EXAMPLES.map(({ kind }) => kind).sort()).toEqual(guards);
    for (const kind of steps) expect(kinds.step(kind).kind).toBe(kind);
    for (const kind of guards) expect(kinds.guard(kind).kind).toBe(kind);
  });

  test('says done to the answers of a node where it is done', () => {
    for (const { kind, params, done } of EXAMPLES) {
      expect([kind, kinds.step(kind).judge(params, done)]).toMatchObject([kind, { is: 'done' }]);
    }
  });

  test('asks exactly what it judges by', () => {
    for (const { kind, params, done } of EXAMPLES) {
      expect([kind, Object.keys(kinds.step(kind).looks(params)).sort()]).toEqual([
        kind,
        Object.keys(done).sort(),
      ]);
    }
    for (const { kind, params, open } of GUARD_EXAMPLES) {
      expect([kind, Object.keys(kinds.guard(kind).looks(params)).sort()]).toEqual([
        kind,
        Object.keys(open).sort(),
      ]);
    }
  });

  test.for(EXAMPLES.flatMap((example) => Object.keys(example.done).map((look) => ({ ...example, look }))))(
    'takes no question that could not be asked for a yes: $kind, $look',
    ({ kind, params, done, spare, look }) => {
      const judged = kinds.step(kind).judge(params, { ...done, [look]: bad(127, 'command not found') });
      if (spare?.[look] === undefined) expect(judged.is).not.toBe('done');
      else expect(judged.is).toBe('done');
    },
  );

  test('refuses parameters it does not know', () => {
    fc.assert(
      fc.property(anyExample, ({ kind, params }) => {
        const more = { ...params, surprise: true };
        expect(() => kinds.step(kind).commands(more)).toThrow(/surprise/);
        expect(() => kinds.step(kind).looks(more)).toThrow(/surprise/);
      }),
    );
  });

  test('gives the same commands, questions and way back for parameters that went through JSON', () => {
    fc.assert(
      fc.property(anyExample, fc.string({ minLength: 1, maxLength: 20 }), ({ kind, params }, text) => {
        const held = kinds.step(kind);
        const wild = hostile(params, text, accepts(kind));
        const again: unknown = JSON.parse(JSON.stringify(wild));
        const words = (given: unknown) => [held.commands(given), held.looks(given), held.undo?.(given)];
        expect(words(again)).toEqual(words(wild));
        expect(words(wild)).toEqual(words(wild));
      }),
    );
  });

  test('never pastes a parameter into text that a program reads as a program', () => {
    // Letters only, so that every schema that takes words takes it; a name of its own, so that it is found again.
    const token = 'zqTOKENqz';
    const check = ({ argv, input }: Command | Look, kind: string): void => {
      expect([kind, programText(argv).filter((text) => text.includes(token))]).toEqual([kind, []]);
      // A file's content and a line for HAProxy's socket are data; everything else on stdin is a program.
      const data = argv[0] === 'install' || argv[0] === 'socat';
      if (!data && !CATALOGUED.has(kind))
        expect([kind, (input ?? '').includes(token)]).toEqual([kind, false]);
    };
    for (const { kind, params } of EXAMPLES) {
      const held = kinds.step(kind);
      const wild = hostile(params, token, accepts(kind));
      const all = [
        ...(held.carries?.(wild) ?? []).map(({ argv, input }) => ({
          argv,
          ...(input === undefined ? {} : { input }),
        })),
        ...held.commands(wild),
        ...(held.undo?.(wild) ?? []),
        ...Object.values(held.looks(wild)),
      ];
      for (const command of all) check(command, kind);
    }
    for (const { kind, params } of GUARD_EXAMPLES) {
      const held = kinds.guard(kind);
      const wild = hostile(params, token, (given) => {
        try {
          held.looks(given);
          return true;
        } catch {
          return false;
        }
      });
      for (const look of Object.values(held.looks(wild))) check(look, kind);
    }
  });

  test('keeps a line for HAProxy one command: names cannot end it', () => {
    const one = (name: string) => ({
      socket: '/run/haproxy/admin.sock',
      servers: [{ backend: 'b', server: name }],
    });
    for (const name of ['ctl1; disable server b/ctl2', 'ctl1\ndisable server b/ctl2', 'a b', 'x/y', '']) {
      expect(accepts('haproxy.enable')(one(name))).toBe(false);
      expect(accepts('haproxy.drain')({ ...one(name), mode: 'drain' })).toBe(false);
    }
    expect(accepts('haproxy.enable')(one('ctl-1.example_2:5000'))).toBe(true);
  });

  test('does nothing twice over: no command waits for a person or a terminal', () => {
    for (const { kind, params } of EXAMPLES) {
      for (const { argv } of kinds.step(kind).commands(params)) {
        if (argv[0] === 'apt-get' && !argv.includes('update')) {
          expect([kind, argv.some((word) => /^-\w*y|clean/.test(word))]).toEqual([kind, true]);
        }
      }
    }
  });
});

describe('every guard', () => {
  test('opens to answers of a healthy cluster', () => {
    for (const { kind, params, open } of GUARD_EXAMPLES) {
      expect([kind, kinds.guard(kind).judge(params, open)]).toMatchObject([kind, { is: 'open' }]);
    }
  });

  test('stays closed while nobody answers', () => {
    for (const silence of [lost, bad(1, 'refused'), bad(0, ''), bad(127, 'not found')]) {
      for (const { kind, params, open } of GUARD_EXAMPLES) {
        const nobody = Object.fromEntries(Object.keys(open).map((name) => [name, silence]));
        expect([kind, kinds.guard(kind).judge(params, nobody).is]).toEqual([kind, 'closed']);
      }
    }
  });

  test('names a node for every question', () => {
    for (const { kind, params } of GUARD_EXAMPLES) {
      for (const { on } of Object.values(kinds.guard(kind).looks(params))) expect(on).toMatch(/^ctl\d$/);
    }
  });
});

test('a kind nobody knows is refused with what to do', () => {
  expect(() => kinds.step('apt.conjure')).toThrow(/WL-KIND-UNKNOWN/);
  expect(() => kinds.guard('moon.full')).toThrow(/WL-KIND-UNKNOWN/);
});
