import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Look, Seen } from '../model/command.ts';
import { WindlassError } from '../model/error.ts';
import {
  type Fence,
  type FenceAnswer,
  type Job,
  type JobState,
  LOOK_TIME,
  type NodeLink,
} from '../model/link.ts';
import { assertFolderName, readJobState, waitsIn } from './answers.ts';
import { runner, TAIL } from './scripts.ts';

/** Milliseconds between two askings whether a process just started has left its mark. */
const MOMENT = 20;

/**
 * The machine on which Windlass runs, as a link: for what is asked of the operator's own commands. Its jobs outlive us as
 * those of nodes do, by the same runner and record, but as processes of their own: there need be no systemd here. The
 * store's lease is its fence: who can write the record lies beside the store.
 */
export class LocalLink implements NodeLink {
  readonly node: string;
  readonly #folder: string;

  constructor(name: string, folder: string) {
    this.node = name;
    this.#folder = folder;
  }

  look({ argv, input }: Look, timeout = LOOK_TIME): Promise<Seen> {
    const [program = '', ...rest] = argv;
    return new Promise((resolve) => {
      const child = spawn(program, rest, {
        stdio: ['pipe', 'pipe', 'pipe'],
        timeout: timeout * 1000,
        // As jobs are: what is asked and what is done must mean the same files.
        cwd: '/',
      });
      const out: Buffer[] = [];
      const err: Buffer[] = [];
      child.stdout.on('data', (part: Buffer) => out.push(part));
      child.stderr.on('data', (part: Buffer) => err.push(part));
      // A command that does not read what it is fed closes the pipe under us: that is its own affair.
      child.stdin.on('error', () => undefined);
      child.stdin.end(input ?? '');
      const said = (rc: number, why = ''): Seen => ({
        rc,
        out: Buffer.concat(out).toString(),
        err: `${Buffer.concat(err).toString()}${why}`,
      });
      child.on('error', (error) => resolve(said(127, error.message)));
      child.on('close', (rc, signal) => {
        if (rc !== null) resolve(said(rc));
        // Only its own clock ends it.
        else if (child.killed) resolve({ ...said(124, `no answer within ${timeout} s`), late: true });
        else resolve(said(124, `ended by ${signal ?? 'a signal'}`));
      });
    });
  }

  async start(job: Job, _fence: Fence): Promise<void> {
    assertFolderName(job.unit);
    assertFolderName(job.run);
    const at = this.#at(job.unit, job.run);
    if (existsSync(join(at, 'rc')) || this.#record(at) !== '' || this.#lives(at)) return;
    rmSync(at, { recursive: true, force: true });
    mkdirSync(at, { recursive: true, mode: 0o700 });
    const write = (name: string, text: string): void => writeFileSync(join(at, name), text, { mode: 0o600 });
    write('runner', runner(job, this.#folder));
    for (const [index, { input }] of job.commands.entries()) {
      if (input !== undefined) write(`input-${index}`, input);
    }
    const child = spawn('/bin/sh', ['-c', 'echo $$ >"$1/pid"; exec /bin/sh "$1/runner"', 'sh', at], {
      detached: true,
      stdio: 'ignore',
      cwd: '/',
    });
    const failed = new Promise<never>((_, reject) => child.on('error', reject));
    child.unref();
    const marked = async (): Promise<void> => {
      while (!existsSync(join(at, 'pid'))) await new Promise((resolve) => setTimeout(resolve, MOMENT));
    };
    try {
      await Promise.race([marked(), failed]);
    } catch (error) {
      throw new WindlassError(
        {
          code: 'WL-LOCAL-START',
          message: `the job ${job.unit} could not be started here: ${String(error)}`,
          remedy: `see whether /bin/sh and ${this.#folder} are as they should be`,
        },
        undefined,
        { cause: error },
      );
    }
  }

  async poll(unit: string, run: string): Promise<JobState> {
    assertFolderName(unit);
    assertFolderName(run);
    const at = this.#at(unit, run);
    if (!existsSync(at)) return { is: 'absent' };
    const lives = this.#lives(at);
    const output = existsSync(join(at, 'output')) ? readFileSync(join(at, 'output'), 'utf8') : '';
    const tail = output.slice(-TAIL);
    if (existsSync(join(at, 'rc'))) {
      return readJobState(`ended ${readFileSync(join(at, 'rc'), 'utf8').trim()}\n${tail}`);
    }
    const record = this.#record(at);
    if (lives) {
      const began = Number(/^begin 0 (\d+)$/m.exec(record)?.[1] ?? Math.floor(Date.now() / 1000));
      const waits = waitsIn(tail);
      const seconds = Math.max(0, Math.floor(Date.now() / 1000) - began);
      return { is: 'running', seconds, ...(waits === undefined ? {} : { waits }) };
    }
    return record === '' ? { is: 'absent' } : { is: 'lost', output: tail };
  }

  async fence(_fence: Fence, _force: boolean): Promise<FenceAnswer> {
    return { is: 'taken' };
  }

  async beat(_fence: Fence): Promise<void> {}

  async release({ run }: Fence): Promise<void> {
    assertFolderName(run);
    rmSync(join(this.#folder, 'runs', run), { recursive: true, force: true });
    for (const folder of [join(this.#folder, 'runs'), this.#folder]) {
      try {
        rmdirSync(folder);
      } catch (error) {
        // Another run's record is still in it, or nothing was ever made here.
        if (
          !(error instanceof Error && 'code' in error) ||
          !['ENOTEMPTY', 'ENOENT'].includes(String(error.code))
        )
          throw error;
      }
    }
  }

  async close(): Promise<void> {}

  #at(unit: string, run: string): string {
    return join(this.#folder, 'runs', run, unit);
  }

  #record(at: string): string {
    const path = join(at, 'record');
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  }

  /** Whether the very process lives that was started for this job: its words name the job's folder. */
  #lives(at: string): boolean {
    try {
      const pid = readFileSync(join(at, 'pid'), 'utf8').trim();
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`${at}/runner`);
    } catch {
      return false; // never started, or over
    }
  }
}
