import { ZodError } from 'zod';
import { type Fault, WindlassError } from '../model/error.ts';
import type { FaultRecord } from '../model/event.ts';
import { redact } from './redact.ts';

/** Thrown when a step is left to its units: the run was interrupted twice, or is no longer ours. */
export class Left extends Error {
  override readonly name = 'Left';
}

export function isCode(error: unknown, code: Fault['code']): error is WindlassError {
  return error instanceof WindlassError && error.fault.code === code;
}

/** What the journal keeps of a fault, with anything that looks like a credential masked. */
export function faultRecord(fault: Fault): FaultRecord {
  const { code, message, remedy, node, output } = fault;
  return {
    code,
    message: redact(message),
    remedy,
    ...(node === undefined ? {} : { node }),
    ...(output === undefined ? {} : { output: redact(output) }),
  };
}

/** Any error as a fault: one that nobody foresaw is said to be one, with the place it came from. */
export function faultOf(error: unknown): Fault {
  if (error instanceof WindlassError) return error.fault;
  if (error instanceof ZodError) {
    return {
      code: 'WL-PLAN-PARAMS',
      message: `the plan's parameters do not fit this kind of step: ${error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')}`,
      remedy: 'Use the version of Windlass that made the plan, or plan again.',
    };
  }
  const known = error instanceof Error ? error : new Error(String(error));
  return {
    code: 'WL-BUG',
    message: `unexpected: ${known.message}`,
    remedy: 'This is a fault of Windlass: report it with the journal. The node is as the last look found it.',
    output: (known.stack ?? '').split('\n').slice(0, 8).join('\n'),
  };
}

function isFaultCode(code: string): code is Fault['code'] {
  return code.startsWith('WL-');
}

/** A journaled fault as one again, with the step it stopped. */
export function recordedFault(step: string, record: FaultRecord): Fault {
  const { code, message, remedy, node, output } = record;
  return {
    code: isFaultCode(code) ? code : `WL-${code}`,
    message,
    remedy,
    step,
    ...(node === undefined ? {} : { node }),
    ...(output === undefined ? {} : { output }),
  };
}
