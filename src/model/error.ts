/** What an operator needs to act on a fault: a stable code, where it happened, what was seen, what to do. */
export interface Fault {
  readonly code: `WL-${string}`;
  readonly message: string;
  readonly remedy: string;
  readonly node?: string;
  readonly step?: string;
  /** The real output that proves it, trimmed to its last lines. */
  readonly output?: string;
}

/** Exit codes of the command line (design.md section 8). */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  blocked: 3,
  gate: 4,
  held: 5,
  drift: 6,
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The one error class of Windlass; everything thrown on purpose is one of these. */
export class WindlassError extends Error {
  override readonly name = 'WindlassError';
  readonly fault: Fault;
  readonly exit: ExitCode;

  constructor(fault: Fault, exit: ExitCode = EXIT.failed, options?: ErrorOptions) {
    super(`${fault.code}: ${fault.message}`, options);
    this.fault = fault;
    this.exit = exit;
  }
}
