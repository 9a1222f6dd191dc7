// The way back of a finished run, on a real cloud: what rolling.test.ts leaves of lab `cloud-leap` (bookworm, Zed to Epoxy)
// is brought back to Zed while its guests run on. A guest born since the checkpoint is named before anything is stopped.
// Run rolling.test.ts -t zed first; `WINDLASS_BACK_LAB=name` takes another lab that went the same way.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type Lab, openLab } from '../../src/lab/index.ts';
import { exercise } from '../lab/exercise.ts';
import { answerOf, windlass } from '../lab/operator.ts';
import { lostData } from './lost-data.ts';
import { newGuest } from './new-guest.ts';

const NAME = process.env.WINDLASS_BACK_LAB ?? 'cloud-leap';
const REPO = 'epoxy-bookworm';
const NODES = ['ctl1', 'ctl2', 'ctl3', 'cmp1', 'cmp2'];
/** Upstream's major version of nova in Zed. */
const NOVA = 26;
/** What source 002 needs at most. */
const LIMIT = 600;

const say = (message: string): void => console.log(`${new Date().toISOString().slice(11, 19)} ${message}`);
const Marks = z.array(z.string());
let lab: Lab;
let file: string;
let state: string;
const here = (...args: string[]): string[] => [...args, '--cluster', file, '--state', state];
const ask = (node: string, ...command: string[]): Promise<string> => answerOf(lab, node, ...command);

beforeAll(() => {
  lab = openLab(NAME);
  file = join(lab.place.folder, `${REPO}.yaml`);
  state = join(lab.place.folder, `.windlass-${REPO}`);
});

describe('a finished run is taken back', () => {
  test('it says what is lost, brings every node back in time, and guests run on', async () => {
    const { id } = await newGuest(lab, 'born-since');

    const shown = await windlass(...here('rollback'));
    expect(shown.code, shown.err).toBe(0);
    say(shown.out);
    expect(shown.out + shown.err).toContain(id);

    const from = performance.now();
    const ran = await windlass(...here('rollback', '--yes'));
    const seconds = Math.round((performance.now() - from) / 1000);
    expect(ran.code, ran.err.slice(-4000)).toBe(0);
    say(ran.out);
    say(`back after ${seconds} s`);
    expect(seconds).toBeLessThan(LIMIT);
  });

  test('every node is old and clean, marks and data are as before, and everything works', async () => {
    for (const node of NODES) {
      const version = await ask(node, 'dpkg-query', '-W', '-f', '$' + '{Version}', 'python3-nova');
      expect(version, node).toMatch(new RegExp(`^\\d+:${NOVA}\\.`));
      expect(await ask(node, 'dpkg', '--audit')).toBe('');
      expect(await ask(node, 'systemctl', 'list-units', '--state=failed', '--plain', '--no-legend')).toBe('');
    }
    const marks = await Promise.all(NODES.map((node) => ask(node, 'apt-mark', 'showmanual')));
    expect(marks).toEqual(Marks.parse(JSON.parse(readFileSync(join(state, 'marks.json'), 'utf8'))));
    expect(await lostData(lab)).toEqual([]);
    say(`after: ${JSON.stringify(await exercise(lab))}`);
  });

  test('there is nothing to come back from any more', async () => {
    const again = await windlass(...here('rollback'));
    expect(again.code).toBe(2);
    expect(again.err).toContain('WL-ROLLBACK-DONE');
  });
});
