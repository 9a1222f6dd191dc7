/** Numbers from a seed: the same seed gives the same numbers on every machine. */
export interface Random {
  /** At least 0, below 1. */
  next(): number;
  /** A whole number below n. */
  below(n: number): number;
  /** True so often out of once. */
  chance(probability: number): boolean;
}

/** Mulberry32: small, well spread, and enough for simulations. */
export function seeded(seed: number): Random {
  let held = seed >>> 0;
  const next = (): number => {
    held = (held + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(held ^ (held >>> 15), held | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    below: (n) => Math.floor(next() * n),
    chance: (probability) => next() < probability,
  };
}

/** A seed of its own for every name, so that what happens to one thing does not hang on what others drew before. */
export function seedOf(seed: number, ...names: readonly (string | number)[]): number {
  let hash = 2_166_136_261 ^ seed;
  for (const char of names.join('\0')) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 16_777_619);
  return hash >>> 0;
}
