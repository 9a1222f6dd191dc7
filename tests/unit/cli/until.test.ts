import { expect, test } from 'vitest';
import { nextTime } from '../../../src/cli/until.ts';

const now = new Date(2026, 10, 21, 23, 15, 30);

test.each([
  ['23:16', new Date(2026, 10, 21, 23, 16)],
  ['5:30', new Date(2026, 10, 22, 5, 30)],
  ['23:15', new Date(2026, 10, 22, 23, 15)],
])('%s is the next time the clock says so', (word, at) => {
  expect(nextTime(word, now)).toBe(at.getTime());
});

test.each(['24:00', '5', '05:60', 'soon', '5:3'])('%s is no time of day', (word) => {
  expect(() => nextTime(word, now)).toThrow('It must be a time of day as 05:30.');
});
