import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Example } from './examples.ts';
import { bad, ok } from './seen.ts';

const recorded = (name: string): string =>
  readFileSync(join(import.meta.dirname, '../drivers/recorded', name), 'utf8');

export const REASON = 'windlass: prod is being upgraded';

/** What `puppet.locks` prints: a reason when it is disabled, a process when a run is under way. */
export const locks = (reason?: string, running?: string) =>
  ok(
    [
      '== present',
      ...(reason === undefined ? [] : ['== disabled', JSON.stringify({ disabled_message: reason })]),
      ...(running === undefined ? [] : ['== running', running]),
      '',
    ].join('\n'),
  );

/** What is kept of a proof: exit code, names left, recap, and puppet's summary as a real one wrote it. */
export const proof = (of: { code?: number; left?: string[]; recap?: string; summary?: string }) =>
  ok(
    `== code\n${of.code ?? 0}\n== left\n${(of.left ?? []).map((name) => `${name}\n`).join('')}== recap\n${of.recap ?? ''}== summary\n${of.summary ?? ''}`,
  );

export const IN_SYNC = recorded('puppet-7.23-noop-in-sync.yaml');
export const OUT_OF_SYNC = recorded('puppet-7.23-noop-out-of-sync.yaml');
export const RECAP = recorded('ansible-2.14-check-in-sync.txt');
export const RECAP_LEFT = recorded('ansible-2.14-check-left.txt');

export const PUPPET = { by: 'puppet', node: 'ctl1', program: 'puppet', reason: REASON } as const;

export const CONFIGURE_EXAMPLES: readonly Example[] = [
  { kind: 'configure.disable', params: PUPPET, done: { state: locks(REASON) } },
  { kind: 'configure.enable', params: PUPPET, done: { state: locks() } },
  {
    kind: 'configure.apply',
    params: { ...PUPPET, runs: 1, prove: true },
    done: { state: locks(REASON), mark: proof({ summary: IN_SYNC }) },
  },
];
export const notThere = bad(1, 'cat: /run/windlass-configured-ctl1: No such file or directory');
