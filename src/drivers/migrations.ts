import type { Look, Seen } from '../model/command.ts';
import type { NodeFacts } from '../model/facts.ts';
import { lines } from './text.ts';

/**
 * The migrations that installed code brings, read from its files: `manage current` of each service would take seconds
 * of Python each and reads every password. Modules are folders of dist-packages and given as positional parameters.
 */
export const migrations = (modules: readonly string[]): Look => ({
  argv: ['sh', '-us', '--', ...modules],
  input: `cd /usr/lib/python3/dist-packages || exit 0
for module in "$@"; do
  [ -d "$module" ] || continue
  find "$module" -path '*/versions/*.py' -exec grep -HE '^(down_)?revision *(:[^=]*)?=' '{}' +
done
true
`,
});

/** By module: revisions nobody builds on, and all. A revision builds on one, on several, or on none. */
export function readMigrations(seen: Seen): NonNullable<NodeFacts['migrations']> {
  const known = new Map<string, Set<string>>();
  const below = new Map<string, Set<string>>();
  for (const line of lines(seen.out)) {
    const [, module = '', down, value = ''] =
      /^([^/]+)\/[^:]*:(down_)?revision\s*(?::[^=]*)?=\s*(.*)$/.exec(line) ?? [];
    const names = [...value.matchAll(/['"]([^'"]+)['"]/g)].map((found) => found[1] ?? '');
    const side = down === undefined ? known : below;
    side.set(module, new Set([...(side.get(module) ?? []), ...names]));
  }
  return Object.fromEntries(
    [...known]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([module, all]) => [
        module,
        {
          heads: [...all].filter((one) => !below.get(module)?.has(one)).sort(),
          known: [...all].sort(),
        },
      ]),
  );
}
