import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../../src/lab/command.ts';
import { type Lab, labDown, labGuests, labStatus, openLab, verifyData } from '../../src/lab/index.ts';
import { exercise } from '../lab/exercise.ts';
import { freshLab } from '../lab/fresh-lab.ts';

// A lab of its own name, beside any that stands.
const NAME = 'labtest-cloud';

const say = (message: string): void => console.log(`${new Date().toISOString().slice(11, 19)} ${message}`);

describe('a whole cloud on one controller and one compute', () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await freshLab('cloud-small', NAME, say);
  });
  afterAll(() => labDown(openLab(NAME, say), { purge: true }));

  test('is whole, with all its data, its volumes and its guests', async () => {
    expect((await labStatus(lab)).health.filter((one) => !one.ok)).toEqual([]);
    expect((await verifyData(lab)).lines.filter((line) => !line.ok)).toEqual([]);
  });

  test('has guests that answer this machine ten times a second', async () => {
    const guests = labGuests(lab);
    expect(guests).toHaveLength(2);
    for (const { address } of guests) {
      const { stdout } = await run(['ping', '-n', '-q', '-c', '30', '-i', '0.1', address]);
      expect(stdout).toContain('30 packets transmitted, 30 received');
    }
  });

  test('lets a guest be made, met, given a volume, resized and deleted, and holds what it held before', async () => {
    expect(Object.keys(await exercise(lab))).toEqual(['create', 'attach', 'resize', 'delete']);
    expect((await verifyData(lab)).lines.filter((line) => !line.ok)).toEqual([]);
  });
});
