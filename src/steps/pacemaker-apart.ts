import { z } from 'zod';
import * as pacemaker from '../drivers/pacemaker.ts';
import * as systemd from '../drivers/systemd.ts';
import { complaint } from '../drivers/text.ts';
import type { Command } from '../model/command.ts';
import { defineGuard, defineStep } from './kind.ts';
import { answer, closed, done, open, refuse, todo, wait } from './verdict.ts';

/** Corosync 2 and 3 do not hear each other (000): upgraded nodes are a cluster of their own, beside the old one. */
const UNITS = ['corosync', 'pacemaker'] as const;
const start: readonly Command[] = [
  { argv: systemd.unmask(...UNITS) },
  { argv: systemd.resetFailed(...UNITS) },
  { argv: systemd.start(...UNITS) },
];
const stop: readonly Command[] = [{ argv: systemd.stop(...UNITS) }, { argv: systemd.mask(...UNITS) }];
const Names = z.array(z.string()).min(1);

/** Too few new members for a quorum: they run, see each other, and start nothing. One with quorum is stopped at once. */
export const pacemakerApart = defineStep({
  kind: 'pacemaker.apart',
  params: z.strictObject({ members: Names, addresses: z.array(z.string()) }),
  commands: () => start,
  undo: () => stop,
  looks: () => ({
    monitor: pacemaker.olderMonitor,
    address: { argv: ['ip', '-o', 'address', 'show'] },
  }),
  judge({ members, addresses }, seen) {
    const state = pacemaker.readMonitor(answer(seen, 'monitor'));
    if (typeof state === 'string') return todo(state);
    if (state.quorate) {
      return refuse(
        `a quorum of ${state.online.join(', ')} alone: it would carry what the old members carry`,
        'systemctl stop pacemaker corosync there, take two_node or expected_votes out of corosync.conf, then resume',
      );
    }
    const missing = members.filter((name) => !state.online.includes(name));
    if (missing.length > 0) return wait(`not online yet: ${missing.join(', ')}`);
    const shown = answer(seen, 'address');
    if (shown.rc !== 0) return wait(`ip: ${complaint(shown)}`);
    const carried = addresses.filter((address) => shown.out.includes(` ${address}/`));
    return carried.length === 0
      ? done(`online: ${state.online.join(', ')}; no quorum, so nothing is started`)
      : wait(`it still has ${carried.join(', ')}`);
  },
});

/** A further new member: with a quorum of them, the VIPs run here. */
export const pacemakerForm = defineStep({
  kind: 'pacemaker.form',
  params: z.strictObject({ members: Names, vips: z.array(z.string()) }),
  commands: () => start,
  undo: () => stop,
  looks: () => ({ monitor: pacemaker.olderMonitor }),
  judge({ members, vips }, seen) {
    const state = pacemaker.readMonitor(answer(seen, 'monitor'));
    if (typeof state === 'string') return todo(state);
    const missing = members.filter((name) => !state.online.includes(name));
    if (missing.length > 0) return wait(`not online yet: ${missing.join(', ')}`);
    if (!state.quorate) return wait('no quorum yet');
    const idle = vips.filter((vip) => !members.includes(state.resources[vip] ?? ''));
    return idle.length === 0
      ? done(
          `online: ${state.online.join(', ')}; ${vips.map((vip) => `${vip} on ${state.resources[vip]}`).join(', ')}`,
        )
      : wait(`not started yet: ${idle.join(', ')}`);
  },
});

const setTo = (value: string): readonly Command[] => [
  {
    argv: ['crm_attribute', '--type', 'crm_config', '--name', 'no-quorum-policy', '--update', value],
  },
];

/** What the old members do when they are too few: let run what runs (`freeze`), or stop it, as is usual. */
export const pacemakerWithoutQuorum = defineStep({
  kind: 'pacemaker.without-quorum',
  params: z.strictObject({ is: z.enum(['freeze', 'stop']) }),
  commands: ({ is }) => setTo(is),
  undo: ({ is }) => setTo(is === 'stop' ? 'freeze' : 'stop'),
  looks: () => ({ policy: pacemaker.withoutQuorum }),
  judge({ is }, seen) {
    const policy = answer(seen, 'policy');
    if (policy.rc !== 0) return wait(complaint(policy));
    return policy.out.trim() === is
      ? done(`no-quorum-policy is ${is}`)
      : todo(`no-quorum-policy is ${policy.out.trim()}`);
  },
});

/** A node that finds itself alone starts nothing: asked of a member that has the same configuration. */
export const pacemakerStopsAlone = defineGuard({
  kind: 'pacemaker.stops-alone',
  params: z.strictObject({ ask: z.string(), is: z.enum(['freeze', 'stop']) }),
  looks: ({ ask }) => ({ policy: { ...pacemaker.withoutQuorum, on: ask } }),
  judge({ is }, seen) {
    const policy = answer(seen, 'policy');
    const said = policy.out.trim();
    if (policy.lost || policy.rc !== 0) return closed(complaint(policy));
    return said === is
      ? open(`no-quorum-policy is ${said}`)
      : closed(`no-quorum-policy is ${said || 'not told'}, ${is} is needed`);
  },
});
