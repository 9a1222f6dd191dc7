/** How one kind of thing is tried. */
export interface Prober {
  /** Resolves when the thing served us, rejects when it did not. `signal` aborts when time is up. */
  attempt(signal: AbortSignal): Promise<void>;
  /** Ends connections and removes what the probe left in the thing. */
  close(): Promise<void>;
}

/** A promise that rejects when the signal aborts, and takes its listener away when it is not needed any more. */
export async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let onAbort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** An error in one line of bounded length, the same for equal causes so that they can be counted. */
export function describe(error: unknown): string {
  const text = words(error).replaceAll(/\s+/g, ' ').trim();
  return text.length > 240 ? `${text.slice(0, 239)}…` : text || 'failed without a word';
}

function words(error: unknown): string {
  // Several addresses were tried: the first refusal says as much as all of them.
  if (error instanceof AggregateError) return words(error.errors[0] ?? error.message);
  if (error instanceof Error) return error.message || error.name;
  return String(error);
}
