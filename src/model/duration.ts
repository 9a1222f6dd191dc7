import { z } from 'zod';

/** `30s`, `10m`, `2h` or a number of seconds; gives seconds. */
export const Duration = z
  .union([
    z.number().nonnegative(),
    z.string().regex(/^\d+(\.\d+)?(ms|s|m|h)$/, 'a duration as 30s, 10m, 2h'),
  ])
  .transform((value) => {
    if (typeof value === 'number') return value;
    const [, figure = '0', unit = 's'] = /^([\d.]+)(ms|s|m|h)$/.exec(value) ?? [];
    return Number(figure) * { ms: 0.001, s: 1, m: 60, h: 3600 }[unit as 'ms' | 's' | 'm' | 'h'];
  });
