import { z } from 'zod';
import { WindlassError } from '../model/error.ts';
import type { Fence, JobState } from '../model/link.ts';

const FenceText = z.object({
  cluster: z.string(),
  run: z.string(),
  epoch: z.coerce.number().int(),
  holder: z.string(),
});
const Idle = z.object({ idle: z.coerce.number().int() });

function fields(text: string): Record<string, string> {
  return Object.fromEntries(
    text
      .split('\n')
      .filter((line) => line.includes('='))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

/** Runs and units name folders on the node: nothing that could lead out of them, or hide, is let through. */
export function assertFolderName(name: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,200}$/.test(name)) return;
  throw new WindlassError({
    code: 'WL-NODE-NAME',
    message: `${JSON.stringify(name)} cannot name a run or a unit`,
    remedy: 'Use letters, digits, dot, dash and underscore.',
  });
}

/** Who holds a node, and for how many seconds they have shown no sign of life. */
export function readFence(text: string): { readonly by: Fence; readonly idle: number } {
  const found = fields(text);
  return { by: FenceText.parse(found), idle: Idle.parse(found).idle };
}

/** The refusal of a start, beat or release that is no longer ours to make. */
export function fencedFault(node: string, text: string): WindlassError {
  const holder = FenceText.safeParse(fields(text));
  const who = holder.success
    ? `run ${holder.data.run} of ${holder.data.holder} (epoch ${holder.data.epoch}) holds it`
    : 'its fence is gone, so nobody holds it';
  return new WindlassError({
    code: 'WL-FENCED',
    message: `${node} is not this run's any more: ${who}`,
    remedy: 'Leave the cluster to the run that holds it, or resume this run to take it again.',
    node,
  });
}

const Figure = z.coerce.number().int();

/** What a command that runs waits for, where the last line of its output says so. */
export const waitsIn = (output: string): string | undefined =>
  /^waits: (.+)$/.exec(output.trimEnd().split('\n').at(-1) ?? '')?.[1];

/** What the poll script printed: a line that says where the job stands, then the end of its output. */
export function readJobState(text: string): JobState {
  const stop = text.indexOf('\n');
  const [is, ...rest] = text.slice(0, stop).split(' ');
  const output = text.slice(stop + 1);
  switch (is) {
    case 'absent':
      return { is };
    case 'running': {
      const waits = waitsIn(output);
      return { is, seconds: Figure.parse(rest[0]), ...(waits === undefined ? {} : { waits }) };
    }
    case 'lost':
      return { is, output };
    case 'ended': {
      const [rc, failed, seconds] = rest;
      const place = failed === '-' ? {} : { failed: Figure.parse(failed) };
      return { is, result: { rc: Figure.parse(rc), ...place, output, seconds: Figure.parse(seconds) } };
    }
    default:
      throw new WindlassError({
        code: 'WL-NODE-STATE',
        message: `a node's record of a job cannot be read: ${JSON.stringify(text.slice(0, 200))}`,
        remedy: 'Look at the run folder below /var/lib/windlass on the node.',
      });
  }
}
