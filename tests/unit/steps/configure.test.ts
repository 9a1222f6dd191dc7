import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configureApply, configureDisable, configureEnable } from '../../../src/steps/configure.ts';
import {
  IN_SYNC,
  locks,
  notThere,
  OUT_OF_SYNC,
  PUPPET,
  proof,
  REASON,
  RECAP,
  RECAP_LEFT,
} from './configure-examples.ts';
import { argvs, bad, judge, ok, undos } from './seen.ts';

const COMMAND = {
  by: 'command',
  node: 'ctl1',
  disable: ['systemctl', 'stop', 'chef.timer'],
  enable: ['systemctl', 'start', 'chef.timer'],
  disabled: { argv: ['systemctl', 'is-active', 'chef.timer'], yes: [3], no: [0] },
} as const;
const params = { ...COMMAND, disable: [...COMMAND.disable], enable: [...COMMAND.enable] };
const command = {
  ...params,
  disabled: { argv: [...COMMAND.disabled.argv], yes: [3], no: [0] },
};
const marked = ok('/var/lib/windlass/paused-ctl1\n');
const unmarked = bad(1, 'No such file');

describe('puppet kept off a node', () => {
  test('by its own words, and back by them', () => {
    expect(argvs(configureDisable, PUPPET)).toEqual([['puppet', 'agent', '--disable', REASON]]);
    expect(undos(configureDisable, PUPPET)).toEqual([['puppet', 'agent', '--enable']]);
    expect(argvs(configureEnable, PUPPET)).toEqual([['puppet', 'agent', '--enable']]);
    expect(undos(configureEnable, PUPPET)).toEqual([['puppet', 'agent', '--disable', REASON]]);
  });

  test.each([
    ['free', locks(), 'todo', 'done'],
    ['free, in the middle of a run: disabling is allowed', locks(undefined, '12'), 'todo', 'done'],
    ['ours', locks(REASON), 'done', 'todo'],
    ['ours, but a run began before', locks(REASON, '12'), 'wait', 'todo'],
    ["somebody else's", locks('disk being changed, Ann'), 'refuse', 'refuse'],
    ["somebody else's, without a reason", locks('reason not specified'), 'refuse', 'refuse'],
    ['not installed', ok('== absent\n'), 'refuse', 'refuse'],
    ['not to be asked', bad(1, 'Error: puppet.conf'), 'wait', 'wait'],
  ])('%s', (_, state, disable, enable) => {
    expect(judge(configureDisable, PUPPET, { state }).is).toBe(disable);
    expect(judge(configureEnable, PUPPET, { state }).is).toBe(enable);
  });

  test("a refusal names somebody else's reason", () => {
    const verdict = judge(configureDisable, PUPPET, { state: locks('disk being changed, Ann') });
    expect(verdict).toMatchObject({
      because: expect.stringContaining('disk being changed, Ann'),
      remedy: expect.stringContaining('puppet agent --enable'),
    });
  });
});

describe('any other configurer kept off a node', () => {
  test('marks that it was us before it acts, and takes the mark away after', () => {
    expect(argvs(configureDisable, command)).toEqual([
      ['install', '-D', '-m', '0600', '/dev/null', '/var/lib/windlass/paused-ctl1'],
      ['systemctl', 'stop', 'chef.timer'],
    ]);
    expect(argvs(configureEnable, command)).toEqual([
      ['systemctl', 'start', 'chef.timer'],
      ['rm', '-f', '--', '/var/lib/windlass/paused-ctl1'],
    ]);
  });

  test.each([
    ['on', ok(), unmarked, 'todo', 'done'],
    ['on, killed in the middle', ok(), marked, 'todo', 'todo'],
    ['off by us', bad(3), marked, 'done', 'todo'],
    ['off by somebody else', bad(3), unmarked, 'refuse', 'refuse'],
    ['a code without a meaning', bad(4, 'no such unit'), marked, 'wait', 'wait'],
    ['no mark to be had', ok(), bad(127), 'wait', 'wait'],
  ])('%s', (_, state, ours, disable, enable) => {
    expect(judge(configureDisable, command, { state, ours }).is).toBe(disable);
    expect(judge(configureEnable, command, { state, ours }).is).toBe(enable);
  });
});

describe('applying puppet', () => {
  const work = { ...PUPPET, runs: 1, prove: true };
  const state = locks(REASON);

  test.each([
    ['nothing kept', state, notThere, 'todo', /not applied/],
    ['in sync', state, proof({ summary: IN_SYNC }), 'done', /8 resources as they should be/],
    ['enabled by hand since', locks(), proof({ summary: IN_SYNC }), 'done', /8 resources/],
    [
      'exit code 0, but something is left',
      state,
      proof({ summary: OUT_OF_SYNC, left: ['/Stage[main]/Main/File[/etc/motd]/content'] }),
      'todo',
      /1 of 8 .*File\[\/etc\/motd\]/,
    ],
    ['could not run the second time', state, proof({ code: 1, summary: IN_SYNC }), 'todo', /could not run/],
    ['no summary', state, proof({}), 'todo', /no summary/],
    [
      'resources fail',
      state,
      proof({ summary: IN_SYNC.replace(' failed: 0', ' failed: 2') }),
      'todo',
      /2 res/,
    ],
    ['failed', state, ok('== failed\n6\n'), 'todo', /others failed/],
    ['cut in the middle', state, ok(''), 'todo', /not whole/],
    ['another run under way', locks(REASON, '12'), proof({ summary: IN_SYNC }), 'wait', /process 12/],
    ["somebody else's lock, which ours would go past", locks('Ann'), notThere, 'refuse', /Ann/],
    ['unreadable', state, bad(1, 'Input/output error', 'x'), 'wait', /Input/],
  ])('%s', (_, locked, mark, is, words) => {
    const verdict = judge(configureApply, work, { state: locked, mark });
    expect(verdict).toMatchObject({ is, because: expect.stringMatching(words) });
  });

  test('as often as the file says, and asked once', () => {
    const words = argvs(configureApply, { ...work, runs: 2 });
    expect(words.map((argv) => [argv.slice(0, 4).join(' '), argv.includes('--noop')])).toEqual([
      ['sh -eus -- /run/windlass-configured-ctl1', false],
      ['sh -eus -- /run/windlass-configured-ctl1', false],
      ['sh -eus -- /run/windlass-configured-ctl1', true],
    ]);
  });

  test('says so when it is not asked', () => {
    const unasked = { ...work, prove: false };
    expect(configureApply.commands(unasked).at(-1)).toMatchObject({ input: '== applied\n' });
    expect(judge(configureApply, unasked, { state, mark: ok('== applied\n') })).toMatchObject({
      is: 'done',
      because: expect.stringContaining('cannot be asked'),
    });
  });
});

describe('applying a playbook', () => {
  const apply = ['ansible-playbook', '--limit', 'ctl1', 'site.yml'];
  const work = { by: 'ansible', node: 'ctl1', runs: 1, apply, prove: true } as const;

  test('is asked by the same words with --check', () => {
    expect(
      argvs(configureApply, { ...work, apply: [...apply] })
        .at(-1)
        ?.slice(4),
    ).toEqual([
      'env',
      'LC_ALL=C.UTF-8',
      'ANSIBLE_NOCOLOR=1',
      'ANSIBLE_STDOUT_CALLBACK=default',
      ...apply,
      '--check',
    ]);
  });

  test.each([
    ['nothing left', proof({ recap: RECAP }), 'done', /1 hosts/],
    ['something left', proof({ recap: RECAP_LEFT }), 'todo', /host1: 1 to change/],
    ['no host matched', proof({}), 'todo', /no host matched/],
    ['unreachable', proof({ code: 4, recap: RECAP }), 'todo', /exit code 4/],
  ])('%s', (_, mark, is, words) => {
    expect(judge(configureApply, { ...work, apply: [...apply] }, { mark })).toMatchObject({
      is,
      because: expect.stringMatching(words),
    });
  });
});

describe('applying any command', () => {
  const work = {
    by: 'command' as const,
    node: 'ctl1',
    runs: 1,
    apply: ['configure'],
    good: [0, 2],
    check: { argv: ['configure', '--dry'], converged: [0] },
  };

  test.each([
    ['converged', proof({}), 'done'],
    ['not', proof({ code: 2 }), 'todo'],
    ['failed', ok('== failed\n1\n'), 'todo'],
  ])('%s', (_, mark, is) => {
    expect(judge(configureApply, work, { mark }).is).toBe(is);
  });

  test('a name cannot leave its folder', () => {
    expect(() => configureApply.params.parse({ ...work, node: '../etc/passwd' })).toThrow();
  });
});

describe('the scripts themselves', () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'windlass-configure-'));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  /** Runs the commands as a node would, with the mark in a folder of this test. */
  function run(argv: readonly string[], good: number[], check: readonly string[]) {
    const mark = join(dir, 'mark');
    rmSync(mark, { force: true });
    const work = { by: 'command' as const, node: 'x', runs: 1, apply: [...argv], good };
    const commands = configureApply.commands({ ...work, check: { argv: [...check], converged: [0] } });
    const codes: number[] = [];
    for (const { argv: words, input } of commands) {
      const [program = '', ...rest] = words.map((word) =>
        word === '/run/windlass-configured-x' ? mark : word,
      );
      try {
        execFileSync(program, rest, { input, stdio: ['pipe', 'pipe', 'pipe'] });
        codes.push(0);
      } catch (error) {
        codes.push((error as { status: number }).status);
        break;
      }
    }
    return { codes, mark: existsSync(mark) ? readFileSync(mark, 'utf8') : undefined };
  }

  test('a good code goes on to the question, whose code is kept', () => {
    const { codes, mark } = run(['sh', '-c', 'exit 2'], [0, 2], ['sh', '-c', 'cat; echo asked; exit 3']);
    expect(codes).toEqual([0, 0]);
    expect(mark).toBe('== code\n3\n== left\n== recap\n== summary\n');
  });

  test('another code ends it and is kept, and nothing is asked', () => {
    expect(run(['sh', '-c', 'exit 4'], [0, 2], ['false'])).toEqual({ codes: [4], mark: '== failed\n4\n' });
    expect(run(['true'], [2], ['false'])).toEqual({ codes: [1], mark: '== failed\n0\n' });
    expect(run(['no-such-program'], [0], ['false'])).toMatchObject({ codes: [127] });
  });

  test.each([
    ['7.23', "current_value 'mysql://nova:s3cret@x]/y: z', should be 'y' (noop)"],
    ['8.10', "value changed 'mysql://nova:s3cret@x]/y: z' to 'y' (noop) (corrective)"],
  ])('of what is left only names are kept, never a value: puppet %s', (_, said) => {
    const name = '/Stage[main]/Nova::Db/Nova_config[database/connection]/value';
    const words = `Notice: ${name}: ${said}\nNotice: Class[Main]: Would have triggered 'refresh' from 1 event`;
    const { mark } = run(['true'], [0], ['echo', words]);
    expect(mark).toContain(`== left\n${name}\n== recap\n`);
    expect(mark).not.toContain('s3cret');
  });
});
