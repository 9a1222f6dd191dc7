import { type Check, read } from './check.ts';

/** Galera, tokens and the journal's order all rest on the same time. */
export const clock: Check = {
  code: 'WL-CHECK-CLOCK',
  title: 'Clocks differ',
  source: 'design.md 4',
  find(scene) {
    const offsets = read(scene).map(([node, { clockOffset }]) => ({ node, clockOffset }));
    const sorted = offsets.map(({ clockOffset }) => clockOffset).sort((a, b) => a - b);
    const [first, last] = [sorted[0], sorted.at(-1)];
    const limit = scene.cluster.policy.clockSkew;
    if (first === undefined || last === undefined || last - first <= limit) return [];
    const middle = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
    return offsets
      .filter(({ clockOffset }) => Math.abs(clockOffset - middle) > limit / 2)
      .map(({ node, clockOffset }) => ({
        level: 'block' as const,
        node,
        evidence: `${node} is ${(clockOffset - middle).toFixed(1)} s off the middle of the nodes; policy.clockSkew allows ${limit} s between any two`,
        remedy: `On ${node}: timedatectl set-ntp true (or mend chrony), wait until timedatectl says synchronized.`,
      }));
  },
};
