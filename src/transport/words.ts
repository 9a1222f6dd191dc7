import { WindlassError } from '../model/error.ts';

/** How far back ssh's own words are kept: enough for a changed-host-key warning. */
const WORDS = 2000;

type Reading = readonly [pattern: RegExp, code: `WL-${string}`, what: string, remedy: string];

const READINGS: readonly Reading[] = [
  [
    /host key verification failed|remote host identification has changed|host key is known for/i,
    'WL-SSH-HOSTKEY',
    'its host key is not the known one',
    'Find out whether the machine was reinstalled or replaced. If so, put its new key into the known_hosts file; Windlass never accepts one by itself.',
  ],
  [
    /sudo:/i,
    'WL-SSH-SUDO',
    'the user may not become root without a password',
    'Allow the user `NOPASSWD: ALL` in sudoers on that node, or connect as root.',
  ],
  [
    /permission denied|too many authentication failures|no supported authentication methods/i,
    'WL-SSH-AUTH',
    'it refused the key',
    'Check `ssh.user` and `ssh.identity` in the cluster file, and that the key is in authorized_keys or the agent.',
  ],
];

/** Faults that waiting does not heal. */
const LASTING: ReadonlySet<string> = new Set([
  'WL-SSH-HOSTKEY',
  'WL-SSH-AUTH',
  'WL-SSH-SUDO',
  'WL-SSH-CLIENT',
]);

/** Why a connection could not be opened, read from ssh's standard error. */
export function connectFault(node: string, address: string, stderr: string): WindlassError {
  const words = stderr.trim().slice(-WORDS);
  const [, code, what, remedy] = READINGS.find(([pattern]) => pattern.test(words)) ?? [
    /$/,
    'WL-SSH-UNREACHABLE' as const,
    'it does not answer',
    'Check that the node is up and that `ssh` reaches it from here with the same options.',
  ];
  return new WindlassError({
    code,
    message: `${node} (${address}) cannot be entered by SSH: ${what}`,
    remedy,
    node,
    output: words === '' ? 'ssh said nothing' : words,
  });
}

/** A node that answered before does not answer now; `what` says what was being asked. */
export function lostNode(node: string, what: string, cause?: unknown): WindlassError {
  return new WindlassError(
    {
      code: 'WL-NODE-LOST',
      message: `${node} does not answer: ${what}`,
      remedy:
        'Bring the node or its network back; work already handed to it goes on there and is found again.',
      node,
      ...(cause instanceof WindlassError && cause.fault.output !== undefined
        ? { output: cause.fault.output }
        : {}),
    },
    undefined,
    cause === undefined ? undefined : { cause },
  );
}

/** A node that answers, but cannot say this while what says it is replaced: it passes, so it is waited for like a lost one. */
export function unsureNode(node: string, what: string, output: string): WindlassError {
  return new WindlassError({
    code: 'WL-NODE-LOST',
    message: `${node} answers, but cannot say yet: ${what}: ${output}`,
    remedy:
      'It is asked again, as its packages may be changing. If it lasts: does `systemctl` work on the node?',
    node,
    output,
  });
}

/** True for a fault that only a person can mend: a key, a password rule, a missing client. */
export function isLasting(error: unknown): boolean {
  return error instanceof WindlassError && LASTING.has(error.fault.code);
}
