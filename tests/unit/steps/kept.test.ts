import { describe, expect, test } from 'vitest';
import { keptDrop } from '../../../src/steps/kept.ts';
import { bad, judge, ok } from './seen.ts';

const folders = ['/var/backups/windlass/0123456789ab', '/var/backups/windlass/0123456789ab-back-1'];

describe('kept.drop', () => {
  test('removes the folders it names, and stays on their file system', () => {
    expect(keptDrop.commands({ folders }).map(({ argv }) => argv)).toEqual([
      ['rm', '-rf', '--one-file-system', '--', ...folders],
    ]);
  });

  test.each([
    ['all are there', ok(`${folders.join('\n')}\n`), 'todo'],
    ['one is left', ok(`${folders[1]}\n/var/backups/windlass/fedcba987654\n`), 'todo'],
    ['another run’s alone is there', ok('/var/backups/windlass/fedcba987654\n'), 'done'],
    ['nothing is kept at all', ok(''), 'done'],
    ['the node does not say', bad(1, 'Input/output error'), 'wait'],
  ])('%s', (_, there, is) => {
    expect(judge(keptDrop, { folders }, { there }).is).toBe(is);
  });

  test.each([
    '/var/backups/windlass',
    '/var/backups/windlass/..',
    '/var/backups/windlass/0123456789ab/../..',
    '/etc',
    '/var/backups/windlass/mine',
  ])('never %s', (path) => {
    expect(keptDrop.params.safeParse({ folders: [path] }).success).toBe(false);
  });
});
