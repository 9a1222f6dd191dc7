/** One figure of a case: the median of its trials, with the best and the worst beside it. */
export interface Figure {
  readonly what: string;
  readonly unit: 'ms' | 'MB' | 'per second' | 'hours' | 'steps';
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly trials: number;
}

export function figure(what: string, unit: Figure['unit'], values: readonly number[]): Figure {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.round((sorted.length - 1) * share)] ?? Number.NaN;
  return { what, unit, median: at(0.5), low: at(0), high: at(1), trials: values.length };
}

/** Milliseconds of one doing. */
export async function timed(work: () => unknown): Promise<number> {
  const from = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - from) / 1e6;
}

/** Milliseconds of several doings. The first is told too: nothing is warmed up in secret. */
export async function trials(count: number, work: () => unknown): Promise<number[]> {
  const times: number[] = [];
  for (let trial = 0; trial < count; trial += 1) times.push(await timed(work));
  return times;
}

/** The most memory this process ever had. Every case runs in a process of its own, so it is the case's own. */
export function peak(): number {
  return process.resourceUsage().maxRSS / 1024;
}

export function tell(figures: readonly Figure[]): void {
  process.stdout.write(JSON.stringify(figures));
}
