import { WindlassError } from '../model/error.ts';

/** What the lab knows under a name; throws `code` (exit 2) with the names there are. */
export function named<T>(
  known: Readonly<Record<string, T>>,
  name: string,
  what: string,
  code: `WL-${string}`,
): T {
  const found = Object.hasOwn(known, name) ? known[name] : undefined;
  if (found !== undefined) return found;
  throw new WindlassError(
    {
      code,
      message: `no ${what} named ${name}`,
      remedy: `name one of: ${Object.keys(known).join(', ')}`,
    },
    2,
  );
}
