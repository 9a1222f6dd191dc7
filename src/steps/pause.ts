import { z } from 'zod';
import * as puppet from '../drivers/puppet.ts';
import { complaint } from '../drivers/text.ts';
import { Name } from '../model/cluster.ts';
import { Argv, type Command, type Look, type Verdict } from '../model/command.ts';
import type { Answers } from './kind.ts';
import { answer, found, refuse, wait } from './verdict.ts';

const Codes = z.array(z.int()).min(1);

/** A configurer that comes by itself: how it is kept off a node, and how it is known whether it is. */
export const Paused = z.discriminatedUnion('by', [
  z.strictObject({
    by: z.literal('puppet'),
    node: Name,
    program: z.string().min(1),
    reason: z.string().min(1),
  }),
  z.strictObject({
    by: z.literal('command'),
    node: Name,
    disable: Argv,
    enable: Argv,
    disabled: z.strictObject({ argv: Argv, yes: Codes, no: Codes }),
  }),
]);
export type Paused = z.infer<typeof Paused>;

/**
 * Says that it was us who disabled a configurer that keeps no reason itself. As lasting as its being disabled: os-roll boots
 * the node between the two.
 */
const oursMark = (node: string): string => `/var/lib/windlass/paused-${node}`;

export const disabling = (paused: Paused): Command[] =>
  paused.by === 'puppet'
    ? [{ argv: puppet.disable(paused.program, paused.reason) }]
    : [
        { argv: ['install', '-D', '-m', '0600', '/dev/null', oursMark(paused.node)] },
        { argv: paused.disable },
      ];

export const enabling = (paused: Paused): Command[] =>
  paused.by === 'puppet'
    ? [{ argv: puppet.enable(paused.program) }]
    : [{ argv: paused.enable }, { argv: ['rm', '-f', '--', oursMark(paused.node)] }];

export const asking = (paused: Paused): Record<string, Look> =>
  paused.by === 'puppet'
    ? { state: puppet.locks(paused.program) }
    : {
        state: { argv: paused.disabled.argv },
        ours: { argv: ['find', oursMark(paused.node), '-maxdepth', '0'] },
      };

/** Where a configurer stands. `running`: a run under way; `marked`: our own mark is there although it is on. */
export type Standing =
  | { readonly is: 'on'; readonly running?: string; readonly marked?: boolean }
  | { readonly is: 'ours'; readonly running?: string }
  /** Nothing may be done: somebody else disabled it, it is not there, or it does not tell. */
  | { readonly is: 'stop'; readonly verdict: Verdict };

/** Reads what `asking` was answered. */
export function standing(paused: Paused, seen: Answers): Standing {
  return paused.by === 'puppet' ? ofPuppet(paused.reason, paused.program, seen) : ofCommand(paused, seen);
}

function ofPuppet(ours: string, program: string, seen: Answers): Standing {
  const locks = puppet.readLocks(answer(seen, 'state'));
  if (typeof locks === 'string') return stop(wait(`puppet could not be asked: ${locks}`));
  if (locks.is === 'absent') {
    return stop(
      refuse(
        `there is no ${program} on it`,
        'install it, set `configuration.program`, or name in `configuration.nodes` those it configures and plan again',
      ),
    );
  }
  const running = locks.running === undefined ? {} : { running: locks.running };
  if (locks.reason === undefined) return { is: 'on', ...running };
  if (locks.reason === ours) return { is: 'ours', ...running };
  return stop(foreign(`puppet is disabled, and not by us: "${locks.reason}"`, `${program} agent --enable`));
}

function ofCommand({ disabled, enable }: Extract<Paused, { by: 'command' }>, seen: Answers): Standing {
  const state = answer(seen, 'state');
  const mark = found(answer(seen, 'ours'));
  if (mark === undefined) return stop(wait(`find: ${complaint(answer(seen, 'ours'))}`));
  const asked = disabled.argv.join(' ');
  if (disabled.no.includes(state.rc)) return { is: 'on', marked: mark !== '' };
  if (!disabled.yes.includes(state.rc)) {
    return stop(
      wait(`\`${asked}\` ended with ${state.rc}, which says neither yes nor no: ${complaint(state)}`),
    );
  }
  return mark === ''
    ? stop(foreign(`the configurer is disabled, and not by us (\`${asked}\`)`, enable.join(' ')))
    : { is: 'ours' };
}

const stop = (verdict: Verdict): Standing => ({ is: 'stop', verdict });

const foreign = (because: string, enable: string): Verdict =>
  refuse(because, `ask who did that and why; when it may end, run \`${enable}\` there, then resume`);
