import { orAborted } from './attempt.ts';

/** One long-lived connection that many attempts share, opened when needed and again after it broke. */
export interface Session<C> {
  use(signal: AbortSignal, work: (client: C) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/**
 * A session as clients keep one. When the connection breaks, the attempts under way fail with it; when none was
 * under way the next one fails, so that every break is seen. After that, attempts wait for the new connection for
 * as long as their own time allows. An attempt that runs out of time gives the connection up.
 */
export function keepSession<C>(options: {
  /** Connects; calls `lost` when the connection breaks later on. */
  readonly open: (lost: (why: string) => void) => Promise<C>;
  readonly drop: (client: C) => void;
  readonly end: (client: C) => Promise<void>;
}): Session<C> {
  let current: { readonly client: C; readonly broken: AbortController } | undefined;
  let opening: Promise<void> | undefined;
  let unseen: string | undefined;
  let under = 0;

  const lose = (link: typeof current, why: string): void => {
    if (link === undefined || link !== current) return;
    current = undefined;
    if (under === 0) unseen = why;
    link.broken.abort(new Error(why));
    options.drop(link.client);
  };
  const open = async (): Promise<void> => {
    let link: typeof current;
    let early: string | undefined;
    const client = await options.open((why) => {
      if (link === undefined) early = why;
      else lose(link, why);
    });
    if (early !== undefined) {
      options.drop(client);
      throw new Error(early);
    }
    link = { client, broken: new AbortController() };
    current = link;
  };

  return {
    async use(signal, work) {
      if (unseen !== undefined) {
        const why = unseen;
        unseen = undefined;
        throw new Error(why);
      }
      if (current === undefined) {
        opening ??= open().finally(() => {
          opening = undefined;
        });
        await orAborted(opening, signal);
      }
      const link = current;
      if (link === undefined) throw new Error('the connection broke as soon as it was open');
      under += 1;
      try {
        await orAborted(orAborted(work(link.client), link.broken.signal), signal);
      } catch (error) {
        if (signal.aborted) lose(link, 'connection given up after an attempt ran out of time');
        throw error;
      } finally {
        under -= 1;
      }
    },
    async close() {
      // A connection that is still being opened is bounded by its own time limit and closed when it is there.
      await opening?.catch(() => undefined);
      const link = current;
      current = undefined;
      if (link !== undefined) await options.end(link.client);
    },
  };
}
