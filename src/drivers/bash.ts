import type { Argv } from '../model/command.ts';

/**
 * A script that bash reads from its standard input and leaves at the first thing that fails, in a pipe too. `words` are its
 * `$1` and on.
 */
export const bash = (
  input: string,
  ...words: readonly string[]
): { readonly argv: Argv; readonly input: string } => ({
  argv: ['bash', '-euo', 'pipefail', '-s', '--', ...words],
  input,
});
