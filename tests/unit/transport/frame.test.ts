import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Cut, StreamCutter } from '../../../src/transport/frame.ts';

const MARK = 'windlass-abc';

/** Feeds bytes in pieces of the given sizes and gives the first frame. */
function feed(cutter: StreamCutter, bytes: Buffer, sizes: readonly number[]): Cut | undefined {
  let at = 0;
  for (let piece = 0; at < bytes.length; piece += 1) {
    const size = sizes[piece % sizes.length] ?? 1;
    const cut = cutter.push(bytes.subarray(at, at + size));
    at += size;
    if (cut !== undefined) return cut;
  }
  return undefined;
}

describe('a frame', () => {
  test('is cut to the byte however the stream is chopped', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 400 }),
        fc.uint8Array({ maxLength: 40 }),
        fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 0, max: 255 }),
        (body, before, sizes, rc) => {
          const cutter = new StreamCutter(MARK, 10_000);
          cutter.expect(7);
          const bytes = Buffer.concat([
            before,
            Buffer.from(`\n${MARK} b 7\n`),
            body,
            Buffer.from(`\n${MARK} e 7 ${rc}\n`),
            Buffer.from('late'),
          ]);
          const cut = feed(cutter, bytes, sizes);
          expect(cut?.bytes.equals(Buffer.from(body))).toBe(true);
          expect(cut?.tail).toBe(String(rc));
          expect(cut?.over).toBe(false);
        },
      ),
    );
  });

  test('does not end at the marker of another frame', () => {
    const cutter = new StreamCutter(MARK, 1000);
    cutter.expect(8);
    const text = `\n${MARK} b 8\nx\n${MARK} e 7 0\ny\n${MARK} e 8 1\n`;
    expect(cutter.push(Buffer.from(text))?.bytes.toString()).toBe(`x\n${MARK} e 7 0\ny`);
  });

  test('that is longer than the limit says so and still ends', () => {
    const cutter = new StreamCutter(MARK, 10);
    cutter.expect(1);
    expect(cutter.push(Buffer.from(`\n${MARK} b 1\n${'a'.repeat(500)}`))).toBeUndefined();
    expect(cutter.push(Buffer.from(`\n${MARK} e 1 0\n`))).toMatchObject({ over: true, tail: '0' });
  });
});
