// A person looking at a guest's screen: a VNC session through the VIP, as noVNC in a browser would have it.
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { cloudApi, readJson } from '../../src/lab/cloud-api.ts';
import { type Lab, labGuests } from '../../src/lab/index.ts';

const Console = z.object({ remote_console: z.object({ url: z.url() }) });
const VERSION = 'RFB 003.008\n';
/** Asks for the pixel at 0,0 anew, not only for what has changed: every question has an answer. */
const LOOK = Uint8Array.of(3, 0, 0, 0, 0, 0, 0, 1, 0, 1);

/** What the server sends, as a stream of bytes to be taken in pieces of known length. */
class Wire {
  readonly #socket: WebSocket;
  #bytes = new Uint8Array();
  #gone: string | undefined;
  readonly #wake = new Set<() => void>();

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('message', ({ data }) => {
      if (!(data instanceof ArrayBuffer)) return;
      const more = new Uint8Array(this.#bytes.length + data.byteLength);
      more.set(this.#bytes);
      more.set(new Uint8Array(data), this.#bytes.length);
      this.#bytes = more;
      this.#tell();
    });
    socket.addEventListener('close', ({ code, reason }) => {
      this.#gone = `closed with ${code} ${reason}`;
      this.#tell();
    });
  }

  #tell(): void {
    for (const wake of this.#wake) wake();
    this.#wake.clear();
  }

  /** Throws when the session was closed, or after half a minute. */
  async take(length: number): Promise<Uint8Array> {
    const patience = AbortSignal.timeout(30_000);
    while (this.#bytes.length < length) {
      if (this.#gone !== undefined) throw new Error(`the console session was ${this.#gone}`);
      patience.throwIfAborted();
      await new Promise<void>((resolve) => {
        this.#wake.add(resolve);
        patience.addEventListener('abort', () => resolve(), { once: true });
      });
    }
    const taken = this.#bytes.slice(0, length);
    this.#bytes = this.#bytes.slice(length);
    return taken;
  }

  send(bytes: Uint8Array<ArrayBuffer>): void {
    this.#socket.send(bytes);
  }
}

const text = (bytes: Uint8Array): string => new TextDecoder('latin1').decode(bytes);
const number = (bytes: Uint8Array, at = 0): number => new DataView(bytes.buffer).getUint32(at);

/** Opens the screen of the first guest and looks at it once a second for so long. Gives how often it answered. */
export async function watchConsole(lab: Lab, seconds: number): Promise<{ looks: number; name: string }> {
  const api = await cloudApi(lab.site);
  const [guest] = labGuests(lab);
  if (guest === undefined) throw new Error('the lab has no guest');
  const answer = await api.call('nova', `/v2.1/servers/${guest.id}/remote-consoles`, {
    method: 'POST',
    headers: { 'OpenStack-API-Version': 'compute 2.6' },
    json: { remote_console: { protocol: 'vnc', type: 'novnc' } },
  });
  const url = new URL(readJson(answer, Console).remote_console.url);
  const path = url.searchParams.get('path') ?? url.search;
  const socket = new WebSocket(`ws://${url.host}/${path.replace(/^\//, '')}`, ['binary']);
  const wire = new Wire(socket);
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve(), { once: true });
    socket.addEventListener('error', () => reject(new Error(`no console at ${url.host}`)), { once: true });
  });
  const { name, pixel } = await greet(wire);
  let looks = 0;
  for (const until = performance.now() + seconds * 1000; performance.now() < until; looks += 1) {
    wire.send(LOOK);
    await answered(wire, pixel);
    await sleep(1000);
  }
  socket.close();
  return { looks, name };
}

/** RFC 6143, 7.1 to 7.3: version, no authentication, shared, and what the server says of its screen. */
async function greet(wire: Wire): Promise<{ name: string; pixel: number }> {
  if (!text(await wire.take(12)).startsWith('RFB ')) throw new Error('no VNC server behind the console');
  wire.send(new TextEncoder().encode(VERSION));
  const [count = 0] = await wire.take(1);
  if (!(await wire.take(count)).includes(1)) throw new Error('the console wants another authentication');
  wire.send(Uint8Array.of(1));
  if (number(await wire.take(4)) !== 0) throw new Error('the console refused');
  wire.send(Uint8Array.of(1));
  const screen = await wire.take(24);
  const name = text(await wire.take(number(screen, 20)));
  // Raw pixels only, so that an answer's length is known; the screen is as the server has it.
  wire.send(Uint8Array.of(2, 0, 0, 1, 0, 0, 0, 0));
  return { name, pixel: (screen[4] ?? 32) / 8 };
}

/** RFC 6143, 7.6: one update of the screen, whatever else comes before it. */
async function answered(wire: Wire, pixel: number): Promise<void> {
  for (;;) {
    const [kind] = await wire.take(1);
    if (kind === 2) continue;
    if (kind === 3) {
      await wire.take(3);
      await wire.take(number(await wire.take(4)));
      continue;
    }
    if (kind !== 0) throw new Error(`the console said ${kind}`);
    const head = await wire.take(3);
    for (let left = new DataView(head.buffer).getUint16(1); left > 0; left -= 1) {
      const size = new DataView((await wire.take(12)).buffer);
      await wire.take(size.getUint16(4) * size.getUint16(6) * pixel);
    }
    return;
  }
}
