import { rmSync, writeFileSync } from 'node:fs';
import { WindlassError } from '../model/error.ts';
import { settles } from './command.ts';
import { markOf, runningPid } from './process-file.ts';

function take(file: string): true | string {
  const holder = runningPid(file);
  if (holder !== undefined) return `process ${holder} holds ${file}`;
  rmSync(file, { force: true }); // whoever held it is gone
  try {
    writeFileSync(file, markOf(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    return String(error); // someone was quicker
  }
}

/** Runs something that only one process may do at a time; waits for its turn up to `seconds`. */
export async function alone<T>(file: string, seconds: number, what: () => Promise<T>): Promise<T> {
  const answer = await settles(seconds, async () => take(file), 300);
  if (answer !== true) {
    throw new WindlassError({
      code: 'WL-LAB-BUSY',
      message: 'another process is at work on this lab',
      remedy: 'wait until it is done',
      output: answer,
    });
  }
  try {
    return await what();
  } finally {
    rmSync(file, { force: true });
  }
}
