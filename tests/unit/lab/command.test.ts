import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { quote, run, telling, until } from '../../../src/lab/command.ts';

describe('commands on this machine', () => {
  test('give what they printed', async () => {
    expect(await run(['cat'], { input: 'hello' })).toEqual({ code: 0, stdout: 'hello', stderr: '' });
  });

  test('throw with the output that shows why', async () => {
    await expect(run(['sh', '-c', 'echo because >&2; exit 3'])).rejects.toMatchObject({
      fault: { code: 'WL-LAB-COMMAND', output: 'because' },
    });
  });

  test('of an output the end tells, and what led up to the first package that broke', () => {
    const many = (what: string): string[] => Array.from({ length: 40 }, (_, at) => `${what} ${at}`);
    expect(telling(many('line').join('\n')).split('\n')).toEqual(many('line').slice(-15));
    const broke = 'dpkg: error processing package horizon (--configure):';
    const told = telling([...many('before'), 'No module', broke, ' status 1', ...many('after')].join('\n'));
    expect(told.split('\n')).toEqual([
      ...many('before').slice(-13),
      'No module',
      broke,
      ' status 1',
      '…',
      ...many('after').slice(-15),
    ]);
    expect(telling([broke, ' status 1'].join('\n'))).toBe(`${broke}\n status 1`);
  });

  test('do not throw for a code that is an answer', async () => {
    expect((await run(['sh', '-c', 'exit 3'], { accept: [3] })).code).toBe(3);
  });

  test('a quoted word reaches the program as it was', async () => {
    const word = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((text) => !text.includes('\0'));
    await fc.assert(
      fc.asyncProperty(word, async (text) => {
        const ran = await run(['sh', '-c', `printf %s ${quote(text)}`]);
        expect(ran.stdout).toBe(text);
      }),
      { numRuns: 40 },
    );
  });

  test('waiting ends with the last reason', async () => {
    await expect(until('the moon', 0, async () => 'still up there', 1)).rejects.toMatchObject({
      fault: { code: 'WL-LAB-TIMEOUT', output: 'still up there' },
    });
  });
});
