import { describe, expect, test } from 'vitest';
import { apiWarm } from '../../../src/steps/api.ts';
import { bad, judge, ok } from './seen.ts';

const params = {
  credentials: '/root/openrc',
  at: 'http://10.0.0.1:5000',
  path: '/v3/services?limit=1',
  login: true,
};
const took = (...seconds: number[]) => ({ warm: ok(JSON.stringify({ seconds })) });

describe('api.warm', () => {
  test('runs nothing: it only asks, as a client, the node itself', () => {
    expect(apiWarm.commands(params)).toEqual([]);
    expect(apiWarm.looks(params).warm?.argv.slice(-5)).toEqual([
      'warm',
      'http://10.0.0.1:5000',
      '--path',
      '/v3/services?limit=1',
      '--login',
    ]);
  });

  test('is done when every answer came at once, and waits while one did not', () => {
    expect(judge(apiWarm, params, took(0.2, 0.01, 0.01)).is).toBe('done');
    expect(judge(apiWarm, params, took(7.4, 0.01, 0.01))).toEqual({
      is: 'wait',
      because: 'http://10.0.0.1:5000 answered a list in 7.4, 0.01, 0.01 s',
    });
  });

  test('may take its time where nobody else serves', () => {
    const late = { ...params, within: 30 };
    expect(judge(apiWarm, late, took(16.7, 8.2, 3.4)).is).toBe('done');
    expect(judge(apiWarm, late, took(31, 0.1, 0.1)).is).toBe('wait');
    expect(apiWarm.looks(late)).toEqual(apiWarm.looks(params));
  });

  test('waits for an API that refuses, and says what it said', () => {
    const seen = bad(1, 'GET http://10.0.0.1:5000/v3/services?limit=1: 503 Service Unavailable');
    expect(judge(apiWarm, params, { warm: seen })).toMatchObject({
      is: 'wait',
      because: expect.stringContaining('503 Service Unavailable'),
    });
  });
});
