import type { Argv } from '../model/command.ts';

/** Ansible refuses to run in the plain C locale, which is what commands on nodes get (ansible-core 2.14; seen in the lab). */
const LOCALE = 'LC_ALL=C.UTF-8';

export const apply = (argv: Argv): Argv => ['env', LOCALE, ...argv];

/** The same play, changing nothing. Its exit code is 0 whether or not something is left to change: the recap tells. */
export const check = (argv: Argv): Argv => [
  'env',
  LOCALE,
  'ANSIBLE_NOCOLOR=1',
  'ANSIBLE_STDOUT_CALLBACK=default',
  ...argv,
  '--check',
];

export interface Recap {
  readonly host: string;
  readonly changed: number;
  readonly unreachable: number;
  readonly failed: number;
}

/** Rows of the last `PLAY RECAP` of `ansible-playbook`: none when no host matched. */
export function readRecap(text: string): Recap[] {
  const last = text.slice(Math.max(0, text.lastIndexOf('PLAY RECAP')));
  return [...last.matchAll(/^(\S+)\s+:\s+ok=\d+\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)/gm)].map(
    ([, host = '', changed, unreachable, failed]) => ({
      host,
      changed: Number(changed),
      unreachable: Number(unreachable),
      failed: Number(failed),
    }),
  );
}
