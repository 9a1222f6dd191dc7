import { z } from 'zod';
import * as cloud from '../drivers/cloud.ts';
import { defineGuard, defineStep } from './kind.ts';
import { answer, closed, done, open, refuse, todo, wait } from './verdict.ts';

/** The file on the asking controller that holds the cloud's credentials, and the compute as nova calls it. */
const Host = z.strictObject({ credentials: z.string(), host: z.string() });
type Host = z.infer<typeof Host>;

const looks = ({ credentials, host }: Host) => ({ host: cloud.hostLook(credentials, host) });

/** No new guest lands on the compute. Somebody else's reason for having disabled it is never overwritten (000). */
export const novaDisable = defineStep({
  kind: 'nova.disable',
  params: z.strictObject({ ...Host.shape, reason: z.string() }),
  commands: ({ credentials, host, reason }) => [{ argv: cloud.disable(credentials, host, reason) }],
  undo: ({ credentials, host }) => [{ argv: cloud.enable(credentials, host) }],
  looks: (params) => looks(params),
  judge({ host, reason }, seen) {
    const state = cloud.readHost(answer(seen, 'host'));
    if (typeof state === 'string') return wait(state);
    if (state.status !== 'disabled') return todo(`${host} is ${state.status}`);
    if (state.reason === reason) return done(`${host} is disabled: ${reason}`);
    return refuse(
      `${host} is disabled already: ${state.reason ?? 'no reason said'}`,
      'whoever disabled it had a reason: enable it, or plan again so that it is left as it is found',
    );
  },
});

/** New guests may come again. */
export const novaEnable = defineStep({
  kind: 'nova.enable',
  params: Host,
  commands: ({ credentials, host }) => [{ argv: cloud.enable(credentials, host) }],
  looks: (params) => looks(params),
  judge({ host }, seen) {
    const state = cloud.readHost(answer(seen, 'host'));
    if (typeof state === 'string') return wait(state);
    if (state.status !== 'enabled') return todo(`${host} is ${state.status}`);
    return state.state === 'up' ? done(`${host} is enabled and up`) : wait(`${host} is ${state.state}`);
  },
});

/**
 * Every running guest leaves, one after the other (000). What becomes of one that cannot: policy `guests.stuck`.
 * A guest's own metadata `maintenance_action` is respected: `poweroff` shuts it off, `notify` means it is not moved.
 */
export const guestsMove = defineStep({
  kind: 'guests.move',
  params: z.strictObject({
    ...Host.shape,
    stuck: z.enum(['wait', 'stop', 'skip', 'fail']),
    block: z.enum(['auto', 'always', 'never']),
    timeout: z.number(),
    patience: z.number(),
  }),
  commands: ({ credentials, host, ...how }) => [{ argv: cloud.empty(credentials, host, how) }],
  looks: (params) => looks(params),
  judge({ host }, seen) {
    const state = cloud.readHost(answer(seen, 'host'));
    if (typeof state === 'string') return wait(state);
    if (state.running.length > 0)
      return todo(`running on ${host}: ${state.running.map(cloud.guestWords).join(', ')}`);
    const words = [
      ...state.kept.map((guest) => `${cloud.guestWords(guest)} stays`),
      ...state.stopped.map((guest) => `${cloud.guestWords(guest)} is shut off`),
    ];
    return done(words.length > 0 ? words.join(', ') : `no guest runs on ${host}`);
  },
});

/** Guests that were shut off for this compute's sake run again, and our marks are taken off. */
export const guestsStart = defineStep({
  kind: 'guests.start',
  params: z.strictObject({ ...Host.shape, timeout: z.number() }),
  commands: ({ credentials, host, timeout }) => [{ argv: cloud.startGuests(credentials, host, timeout) }],
  looks: (params) => looks(params),
  judge({ host }, seen) {
    const state = cloud.readHost(answer(seen, 'host'));
    if (typeof state === 'string') return wait(state);
    const marked = [...state.stopped, ...state.kept];
    return marked.length === 0
      ? done(`no guest of ${host} waits for us`)
      : todo(`ours to end: ${marked.map(cloud.guestWords).join(', ')}`);
  },
});

/**
 * Seconds after which a word is an old one. Nova believes a service for 60 s and Neutron an agent for 75 s after their
 * last, so that a daemon which did not come back was called up; they speak every 10 and 30 s unless told otherwise.
 */
const FRESH = { nova: 20, agent: 45 };

/** The compute's own service and agents are up, as the control plane sees them, and said so just now; nothing is run. */
export const computeAlive = defineStep({
  kind: 'compute.alive',
  params: Host,
  commands: () => [],
  looks: (params) => looks(params),
  judge({ host }, seen) {
    const state = cloud.readHost(answer(seen, 'host'));
    if (typeof state === 'string') return wait(state);
    const dead = state.agents.filter(({ alive, up }) => up && !alive).map(({ type }) => type);
    if (state.state !== 'up') return wait(`nova-compute on ${host} is ${state.state}`);
    if ((state.age ?? 0) > FRESH.nova)
      return wait(`nova-compute on ${host} was last heard of ${state.age} s ago`);
    const silent = state.agents.find(({ up, age }) => up && (age ?? 0) > FRESH.agent);
    if (dead.length === 0 && silent)
      return wait(`${silent.type} on ${host} was last heard of ${silent.age} s ago`);
    return dead.length === 0
      ? done(
          `nova-compute and ${state.agents.map(({ type }) => type).join(', ') || 'no agents'} on ${host} are up`,
        )
      : wait(`not alive on ${host}: ${dead.join(', ')}`);
  },
});

/** A guest is born on the upgraded compute before tenants may come: `up` alone was seen to lie (lab.md section 4). */
export const canaryBoot = defineStep({
  kind: 'canary.boot',
  params: z.strictObject({
    ...Host.shape,
    image: z.string(),
    flavor: z.string(),
    network: z.string().optional(),
    timeout: z.number(),
  }),
  commands: ({ credentials, host, ...canary }) => [{ argv: cloud.bootCanary(credentials, host, canary) }],
  undo: ({ credentials, host }) => [{ argv: cloud.removeCanary(credentials, host) }],
  looks: (params) => looks(params),
  judge({ host }, seen) {
    const state = cloud.readHost(answer(seen, 'host'));
    if (typeof state === 'string') return wait(state);
    const [canary] = state.canary;
    if (canary?.status === 'ACTIVE') return done(`a canary guest runs on ${host}`);
    return todo(canary ? `the canary guest on ${host} is ${canary.status}` : `no canary guest on ${host}`);
  },
});

export const canaryRemove = defineStep({
  kind: 'canary.remove',
  params: Host,
  commands: ({ credentials, host }) => [{ argv: cloud.removeCanary(credentials, host) }],
  looks: (params) => looks(params),
  judge({ host }, seen) {
    const state = cloud.readHost(answer(seen, 'host'));
    if (typeof state === 'string') return wait(state);
    return state.canary.length === 0
      ? done(`no canary guest on ${host}`)
      : todo(`a canary guest is on ${host}`);
  },
});

/** Nothing runs on the compute, asked right before it is cut off or booted. */
export const computeEmptied = defineGuard({
  kind: 'compute.emptied',
  params: z.strictObject({ ...Host.shape, ask: z.string() }),
  looks: ({ ask, ...host }) => ({ host: { ...looks(host).host, on: ask } }),
  judge({ host }, seen) {
    const state = cloud.readHost(answer(seen, 'host'));
    if (typeof state === 'string') return closed(state);
    const there = [...state.running, ...state.kept];
    return there.length === 0
      ? open(`no guest runs on ${host}`)
      : closed(`running on ${host}: ${there.map(cloud.guestWords).join(', ')}`);
  },
});
