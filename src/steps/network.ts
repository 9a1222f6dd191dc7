import { z } from 'zod';
import * as cloud from '../drivers/cloud.ts';
import { defineStep } from './kind.ts';
import { answer, done, refuse, todo, wait } from './verdict.ts';

const Host = z.strictObject({ credentials: z.string(), host: z.string() });

/**
 * Routers and DHCP leave a node for living agents elsewhere, one after the other, and none is scheduled to it any
 * more (000: "move all SNAT virtual routers"). Refused when no living agent could take them.
 */
export const networkLeave = defineStep({
  kind: 'network.leave',
  params: Host,
  commands: ({ credentials, host }) => [{ argv: cloud.leaveAgents(credentials, host) }],
  undo: ({ credentials, host }) => [
    { argv: cloud.returnAgents(credentials, host, { routers: [], networks: [] }) },
  ],
  looks: ({ credentials, host }) => ({ agents: cloud.agentsLook(credentials, host) }),
  judge({ host }, seen) {
    const state = cloud.readAgents(answer(seen, 'agents'));
    if (typeof state === 'string') return wait(state);
    const busy = state.agents.filter(({ carries }) => carries.length > 0);
    const alone = busy.find(({ others }) => others.length === 0);
    if (alone) {
      return refuse(
        `no other living ${alone.type} can take the ${alone.carries.length} that ${host} carries`,
        'start an agent of this kind on another node, or accept the loss by hand, then retry the step',
      );
    }
    const open = state.agents.filter(({ up }) => up).map(({ type }) => type);
    return busy.length === 0 && open.length === 0
      ? done(`${host} carries no router and no DHCP`)
      : todo(
          [
            ...busy.map(({ type, carries }) => `${type} carries ${carries.length}`),
            ...open.map((type) => `${type} may be given more`),
          ].join(', '),
        );
  },
});

/** A node's agents may carry again, and what was here when the plan was made comes back. */
export const networkReturn = defineStep({
  kind: 'network.return',
  params: z.strictObject({
    ...Host.shape,
    routers: z.array(z.string()),
    networks: z.array(z.string()),
    /** Those that other agents carried beside this node's: they keep them. */
    shared: z.array(z.string()).optional(),
  }),
  commands: ({ credentials, host, ...before }) => [{ argv: cloud.returnAgents(credentials, host, before) }],
  looks: ({ credentials, host, ...before }) => ({
    agents: cloud.agentsLook(credentials, host),
    gone: cloud.goneLook(credentials, host, before),
  }),
  judge({ host, routers, networks }, seen) {
    const state = cloud.readAgents(answer(seen, 'agents'));
    if (typeof state === 'string') return wait(state);
    const dead = state.agents.filter(({ alive }) => !alive).map(({ type }) => type);
    if (dead.length > 0) return wait(`not alive on ${host}: ${dead.join(', ')}`);
    const shut = state.agents.filter(({ up }) => !up).map(({ type }) => type);
    // What its owner has deleted since the plan was made comes back nowhere.
    const gone = cloud.readGone(answer(seen, 'gone'));
    const settled = new Set([...state.agents.flatMap(({ carries }) => carries), ...gone]);
    const away = [...routers, ...networks].filter((id) => !settled.has(id));
    const lost = gone.length === 0 ? '' : `, but for ${gone.length} that are no more`;
    return shut.length === 0 && away.length === 0
      ? done(`${host} carries ${routers.length} routers and ${networks.length} networks again${lost}`)
      : todo(
          [
            ...shut.map((type) => `${type} is shut`),
            ...(away.length > 0 ? [`${away.length} elsewhere`] : []),
          ].join(', '),
        );
  },
});
