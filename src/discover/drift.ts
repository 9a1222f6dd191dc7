import type { Facts } from '../model/facts.ts';
import { canonical, restingCloud, restingFacts } from '../model/hash.ts';

/** One thing that is not as it was when the plan was made. */
export interface Difference {
  readonly node: string;
  readonly path: string;
  readonly was: string;
  readonly is: string;
}

function* differences(node: string, path: string, was: unknown, is: unknown): Generator<Difference> {
  if (canonical(was) === canonical(is)) return;
  const both = (value: unknown): value is Record<string, unknown> =>
    value !== null && typeof value === 'object' && !Array.isArray(value);
  if (both(was) && both(is)) {
    for (const key of new Set([...Object.keys(was), ...Object.keys(is)])) {
      yield* differences(node, path === '' ? key : `${path}.${key}`, was[key], is[key]);
    }
    return;
  }
  yield {
    node,
    path,
    was: was === undefined ? 'absent' : canonical(was),
    is: is === undefined ? 'absent' : canonical(is),
  };
}

/** What differs between the facts a plan rests on and those read now; empty when nothing has drifted. */
export function drift(planned: Facts, now: Facts): Difference[] {
  const names = new Set([...Object.keys(planned.nodes), ...Object.keys(now.nodes)]);
  const nodes = [...names].flatMap((name) => {
    const was = planned.nodes[name];
    const is = now.nodes[name];
    return [...differences(name, '', was && restingFacts(was), is && restingFacts(is))];
  });
  const [was, is] = [planned.cloud, now.cloud];
  return [
    ...nodes,
    ...differences('the control plane', '', was && restingCloud(was), is && restingCloud(is)),
  ];
}
