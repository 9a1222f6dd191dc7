import { z } from 'zod';
import * as pacemaker from '../drivers/pacemaker.ts';
import { complaint } from '../drivers/text.ts';
import type { Command } from '../model/command.ts';
import { defineStep } from './kind.ts';
import { answer, done, todo, wait } from './verdict.ts';

/** Set for versions whose crm_mon knows no `--output-as`. */
export const Older = z.literal(true).optional();

const moved = (resource: string, to: string): readonly Command[] => [
  { argv: ['crm_resource', '--move', '--resource', resource, '--node', to] },
  { argv: ['crm_resource', '--wait', '--timeout', '60s'] },
  { argv: ['crm_resource', '--clear', '--resource', resource] },
];

/**
 * A resource moved to a node, and the constraint that the move leaves behind taken away again: stickiness holds
 * it there, and a forgotten `cli-prefer` would pull it back at the worst moment (lab.md section 2).
 */
export const pacemakerMove = defineStep({
  kind: 'pacemaker.move',
  params: z.strictObject({
    resource: z.string(),
    from: z.string(),
    to: z.string(),
    address: z.string(),
    older: Older,
  }),
  commands: ({ resource, to }) => moved(resource, to),
  undo: ({ resource, from }) => moved(resource, from),
  looks: ({ to, older }) => ({
    monitor: pacemaker.monitorOf(older),
    constraints: pacemaker.constraints,
    address: { argv: ['ip', '-o', 'address', 'show'], on: to },
  }),
  judge({ resource, to, address }, seen) {
    const state = pacemaker.readMonitor(answer(seen, 'monitor'));
    if (typeof state === 'string') return wait(state);
    const constraints = answer(seen, 'constraints');
    if (constraints.rc !== 0) return wait(`constraints: ${complaint(constraints)}`);
    const left = pacemaker.readCliConstraints(constraints);
    if (state.resources[resource] !== to)
      return todo(`${resource} is on ${state.resources[resource] ?? 'no node'}`);
    if (left.length > 0) return todo(`constraint left: ${left.join(', ')}`);
    return answer(seen, 'address').out.includes(` ${address}/`)
      ? done(`${resource} on ${to}, no constraint left`)
      : wait(`${address} is not on ${to} yet`);
  },
});

/** A node that may run no resource while it is worked on. */
export const pacemakerStandby = defineStep({
  kind: 'pacemaker.standby',
  params: z.strictObject({ node: z.string(), older: Older }),
  commands: ({ node }) => [{ argv: ['crm_standby', '--node', node, '--update', 'on'] }],
  undo: ({ node }) => [{ argv: ['crm_standby', '--node', node, '--delete'] }],
  looks: ({ older }) => ({ monitor: pacemaker.monitorOf(older) }),
  judge({ node }, seen) {
    const state = pacemaker.readMonitor(answer(seen, 'monitor'));
    if (typeof state === 'string') return wait(state);
    return state.standby.includes(node) ? done(`${node} is in standby`) : todo(`${node} is online`);
  },
});

/** A node taken back into the cluster once it is a member again. */
export const pacemakerOnline = defineStep({
  kind: 'pacemaker.online',
  params: z.strictObject({ node: z.string(), members: z.int(), older: Older }),
  commands: ({ node }) => [{ argv: ['crm_standby', '--node', node, '--delete'] }],
  undo: ({ node }) => [{ argv: ['crm_standby', '--node', node, '--update', 'on'] }],
  looks: ({ older }) => ({ monitor: pacemaker.monitorOf(older) }),
  judge({ node, members }, seen) {
    const state = pacemaker.readMonitor(answer(seen, 'monitor'));
    if (typeof state === 'string') return wait(state);
    if (!state.online.includes(node) || state.online.length < members || !state.quorate) {
      return wait(
        `members online: ${state.online.join(', ') || 'none'}${state.quorate ? '' : ', no quorum'}`,
      );
    }
    return state.standby.includes(node) ? todo(`${node} is in standby`) : done(`${node} is a member`);
  },
});

/** The cluster's configuration raised to the newest schema: only when every node understands it. */
export const pacemakerUpgradeCib = defineStep({
  kind: 'pacemaker.upgrade-cib',
  params: z.strictObject({}),
  commands: () => [{ argv: ['cibadmin', '--upgrade', '--force'] }],
  looks: () => ({ head: pacemaker.cibHead, schemas: pacemaker.schemas }),
  judge(_params, seen) {
    const now = pacemaker.readSchema(answer(seen, 'head'));
    const newest = pacemaker.newestSchema(answer(seen, 'schemas'));
    return now !== '' && now === newest ? done(`schema ${now}`) : todo(`schema ${now}, newest ${newest}`);
  },
});
