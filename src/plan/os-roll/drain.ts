import type { Wanted } from '../draft.ts';
import { type Controllers, type Named, named } from './topology.ts';

/** A minute for HAProxy's own answers beside the wait for requests. */
const BESIDE = 60;

type Drained = Pick<Wanted, 'kind' | 'on' | 'params' | 'return' | 'settle' | 'timeout'>;

/** What of the controllers is asked here. */
type Balanced = Pick<Controllers, 'cluster' | 'balancers' | 'socket'>;

/**
 * APIs that leave every balancer: requests under way have as long as the policy gives them (`drain`), and what has not ended
 * then holds the run, or is ended (`undrained`). Source 001.
 */
export function drainApis(
  { cluster: { policy }, balancers, socket }: Balanced,
  servers: readonly Named[],
): Drained {
  const params = { socket, servers: named(servers), mode: 'drain' };
  const which = { kind: 'haproxy.drain', on: balancers, return: 'reversible' } as const;
  return policy.undrained === 'end'
    ? { ...which, params: { ...params, end: policy.drain }, timeout: policy.drain + BESIDE }
    : { ...which, params, settle: policy.drain };
}

/** Database servers that leave every balancer: what is open to them is closed, and moves to a member that stays. */
export const closeSql = ({ balancers, socket }: Balanced, servers: readonly Named[]): Drained => ({
  kind: 'haproxy.drain',
  on: balancers,
  params: { socket, servers: named(servers), mode: 'maint' },
  return: 'reversible',
  settle: 120,
});

/** Either of these where a balancer may not run: its node is in the middle of being changed, and goes back to an old disk. */
export const orRests = (drained: Drained): Drained => ({
  ...drained,
  params: { ...drained.params, mayRest: true },
});
