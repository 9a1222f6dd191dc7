import { describe, expect, it } from 'vitest';
import { keepSession } from '../../../src/watch/session.ts';

interface Wire {
  readonly id: number;
  breaks(why: string): void;
}

/** A server whose connections can be opened, refused and broken from outside. */
function wires() {
  const opened: Wire[] = [];
  const dropped: number[] = [];
  const ended: number[] = [];
  let refuse: string | undefined;
  const session = keepSession<Wire>({
    async open(lost) {
      if (refuse !== undefined) throw new Error(refuse);
      const wire = { id: opened.length, breaks: lost };
      opened.push(wire);
      return wire;
    },
    drop: (wire) => dropped.push(wire.id),
    end: async (wire) => {
      ended.push(wire.id);
    },
  });
  return { session, opened, dropped, ended, refuse: (why: string | undefined) => (refuse = why) };
}

const patient = (): AbortSignal => new AbortController().signal;
const ok = async (): Promise<void> => undefined;

describe('a session', () => {
  it('is opened once for attempts side by side', async () => {
    const { session, opened } = wires();
    await Promise.all([session.use(patient(), ok), session.use(patient(), ok), session.use(patient(), ok)]);
    expect(opened).toHaveLength(1);
  });

  it('fails the attempts under way when the connection breaks, and no later one', async () => {
    const { session, opened, dropped } = wires();
    await session.use(patient(), ok);
    const hanging = session.use(patient(), async () => await new Promise(() => undefined));
    const seen = expect(hanging).rejects.toThrow('reset by peer');
    await Promise.resolve();
    opened[0]?.breaks('reset by peer');
    await seen;
    await session.use(patient(), ok);
    expect(opened).toHaveLength(2);
    expect(dropped).toEqual([0]);
  });

  it('fails the next attempt when it broke while nobody looked', async () => {
    const { session, opened } = wires();
    await session.use(patient(), ok);
    opened[0]?.breaks('server shut down');
    await expect(session.use(patient(), ok)).rejects.toThrow('server shut down');
    await session.use(patient(), ok);
    expect(opened).toHaveLength(2);
  });

  it('says why it cannot connect, and tries again with the next attempt', async () => {
    const { session, refuse } = wires();
    refuse('ECONNREFUSED');
    await expect(session.use(patient(), ok)).rejects.toThrow('ECONNREFUSED');
    refuse(undefined);
    await session.use(patient(), ok);
  });

  it('gives a connection up that did not answer in time', async () => {
    const { session, opened, dropped } = wires();
    const limit = new AbortController();
    const hanging = session.use(limit.signal, async () => await new Promise(() => undefined));
    const seen = expect(hanging).rejects.toThrow('time is up');
    await new Promise((resolve) => setImmediate(resolve));
    limit.abort(new Error('time is up'));
    await seen;
    expect(dropped).toEqual([0]);
    await session.use(patient(), ok);
    expect(opened).toHaveLength(2);
  });

  it('keeps the connection when the work failed in itself', async () => {
    const { session, opened } = wires();
    await expect(
      session.use(patient(), async () => {
        throw new Error('deadlock found');
      }),
    ).rejects.toThrow('deadlock found');
    await session.use(patient(), ok);
    expect(opened).toHaveLength(1);
  });

  it('ends the connection in good order', async () => {
    const { session, ended } = wires();
    await session.use(patient(), ok);
    await session.close();
    expect(ended).toEqual([0]);
  });
});
