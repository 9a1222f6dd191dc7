import { describe, expect, it } from 'vitest';
import { Echoes } from '../../../src/watch/probes/echoes.ts';

const answer = (seq: number, ms = '0.2') => `64 bytes from 10.78.1.154: icmp_seq=${seq} ttl=64 time=${ms} ms`;
const open = (seq: number) => `no answer yet for icmp_seq=${seq}`;

describe('what a steady ping says', () => {
  it('is what became of each request', () => {
    const echoes = new Echoes(100, 0);
    expect(echoes.heard('PING 10.78.1.154 (10.78.1.154) 56(84) bytes of data.', 4)).toBeUndefined();
    expect(echoes.heard(answer(1), 5)).toEqual({ is: 'answered', seq: 1 });
    expect(echoes.heard(open(2), 205)).toBeUndefined();
    expect(echoes.heard('From 10.77.1.11 icmp_seq=3 Destination Host Unreachable', 206)).toEqual({
      is: 'refused',
      seq: 3,
      why: 'Destination Host Unreachable',
    });
    expect(echoes.heard(`${answer(1)} (DUP!)`, 207)).toEqual({ is: 'answered', seq: 1 });
  });

  it('an attempt stands for the first request sent after it began, also before any is known of', () => {
    const echoes = new Echoes(100, 0);
    expect([echoes.wanted(0), echoes.wanted(150)]).toEqual([1, 1]);
    echoes.heard(answer(1), 5);
    expect(echoes.wanted(5)).toBe(2);
    expect(echoes.wanted(99)).toBe(2);
    // By the clock the second is on its way: its answer would tell of a moment before this attempt.
    expect(echoes.wanted(110)).toBe(3);
  });

  it('goes by when a request was sent, not by when its slow answer came', () => {
    const echoes = new Echoes(100, 0);
    echoes.heard(answer(1, '80'), 90);
    expect(echoes.wanted(95)).toBe(2);
    expect(echoes.wanted(115)).toBe(3);
  });

  it('one request lost is one attempt failed, wherever in the period attempts begin', () => {
    for (const phase of [1, 50, 99]) {
      const echoes = new Echoes(100, 0);
      const wanted: number[] = [];
      // Request N is sent at (N - 1) * 100; the third is lost.
      for (let at = phase; at < 600; at += 1) {
        if (at % 100 === 0) {
          const seq = at / 100 + 1;
          if (seq === 4) echoes.heard(open(3), at);
          if (seq !== 3) echoes.heard(answer(seq), at);
        }
        if (at > 100 && at % 100 === phase % 100) wanted.push(echoes.wanted(at));
      }
      expect(wanted.filter((seq) => seq === 3).length, `phase ${phase}`).toBe(1);
    }
  });

  it('begins anew after 65535 without taking the new numbers for old ones', () => {
    const echoes = new Echoes(100, 0);
    for (const [seq, at] of [
      [32767, 0],
      [65534, 100],
      [65535, 200],
    ] as const)
      echoes.heard(answer(seq), at);
    expect(echoes.wanted(201)).toBe(0);
    echoes.heard(answer(0), 300);
    expect(echoes.wanted(301)).toBe(1);
    echoes.heard(answer(65535), 302);
    expect(echoes.wanted(303)).toBe(1);
  });
});
