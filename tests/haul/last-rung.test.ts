// The last rung of the ladder, unattended, on a control plane of three: `ha3-gazpacho` (trixie, Gazpacho, glance of Epoxy, and
// heat) goes to Hibiscus while every API is asked through the VIP all the time. A whole cloud's is rolling.test.ts.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { cloudApi } from '../../src/lab/cloud-api.ts';
import { type Lab, labRepo, labUp, openLab, REPO_KEY_ON_NODE } from '../../src/lab/index.ts';
import { API_PORTS } from '../../src/lab/services/haproxy.ts';
import { Plan } from '../../src/model/plan.ts';
import { answerOf, windlass } from '../lab/operator.ts';
import { lostData } from './lost-data.ts';
import { Report } from './report.ts';

const LAB = 'ha3-gazpacho';
const RELEASE = '2026.2';
/** Upstream's major versions of what rises; sid has keystone and glance of Gazpacho still. */
const MAJOR = { 'python3-glance': 33, 'python3-heat': 27, 'python3-placement': 16 };

const say = (message: string): void => console.log(`${new Date().toISOString().slice(11, 19)} ${message}`);
let lab: Lab;
let file: string;
let state: string;
const here = (...args: string[]): string[] => [...args, '--cluster', file, '--state', state];
const ask = (node: string, ...command: string[]): Promise<string> => answerOf(lab, node, ...command);

beforeAll(async () => {
  await labUp({ topology: LAB, io: say });
  lab = openLab(LAB);
  const made = await labRepo({ name: 'hibiscus-trixie', io: say });
  const key = { path: REPO_KEY_ON_NODE, content: readFileSync(made.keyFile, 'utf8') };
  const said = z
    .looseObject({ probes: z.record(z.string(), z.looseObject({})) })
    .parse(parse(readFileSync(lab.place.clusterFile, 'utf8')));
  const { project } = await cloudApi(lab.site);
  const heat = `http://${lab.site.vip}:${API_PORTS.heat}`;
  const probes = {
    ...said.probes,
    heat: { kind: 'http', url: `${heat}/`, expect: [300] },
    'heat-list': { ...said.probes['keystone-list'], url: `${heat}/v1/${project}/stacks` },
  };
  file = join(lab.place.folder, 'last-rung.yaml');
  state = join(lab.place.folder, '.windlass-last-rung');
  writeFileSync(file, stringify({ ...said, probes, archives: { [RELEASE]: { source: made.sources, key } } }));
});

describe('Gazpacho to Hibiscus on three controllers', () => {
  test('nobody touches it, and no request fails but what a stopping engine takes along', async () => {
    expect(await lostData(lab)).toEqual([]);
    const planned = await windlass(...here('plan', '--openstack', RELEASE));
    expect(planned.code, planned.err).toBe(0);
    const plan = Plan.parse(JSON.parse(readFileSync(join(state, 'plan.json'), 'utf8')));
    expect(plan.route[0]?.strategy).toBe('rolling');
    const ran = await windlass(...here('run', '--yes'));
    expect(ran.code, ran.err.slice(-3000)).toBe(0);
    say(ran.out);
    const told = await windlass(...here('report', '--format', 'json'));
    const { things } = Report.parse(JSON.parse(told.out));
    for (const { name, outage, longestGap, failed, total } of things)
      say(`${name}: away ${outage} s, longest gap ${longestGap} s, ${failed} of ${total} failed`);
    const apis = things.filter(({ kind }) => kind === 'api' || kind === 'http');
    expect(apis.map(({ name }) => name).sort()).toEqual([
      'glance',
      'glance-list',
      'heat',
      'heat-list',
      'keystone',
      'keystone-list',
      'placement',
      'placement-list',
    ]);
    // A heat-engine that is told to stop can take along a request it had from the bus: only that, and only then.
    const lost = ({ name, spans }: (typeof apis)[number]): boolean =>
      name === 'heat-list' &&
      spans.length > 0 &&
      spans.every(({ steps }) => steps.some((step) => step.endsWith('/openstack/stop')));
    const away = apis.filter(({ failed, outage }) => failed > 0 || outage > 0);
    for (const { name, spans } of away) say(`${name} was away in ${JSON.stringify(spans)}`);
    expect(away.filter((api) => !lost(api))).toEqual([]);
  });

  test('every node is new and clean, heat seeks the identity server where it is, data stay, nothing is left to do', async () => {
    for (const { name: node } of lab.site.controllers) {
      for (const [name, major] of Object.entries(MAJOR)) {
        const version = await ask(node, 'dpkg-query', '-W', '-f', '$' + '{Version}', name);
        expect([node, name, version]).toEqual([
          node,
          name,
          expect.stringMatching(new RegExp(`^(\\d+:)?${major}\\.`)),
        ]);
      }
      expect(await ask(node, 'dpkg', '--audit')).toBe('');
      expect(await ask(node, 'systemctl', 'list-units', '--state=failed', '--plain', '--no-legend')).toBe('');
      // Hibiscus's package lays its own region over the operator's file.
      expect(await ask(node, 'sed', '-n', 's/^region_name *= *//p', '/etc/heat/heat.conf')).not.toContain(
        'regionOne',
      );
    }
    expect(await lostData(lab)).toEqual([]);
    const again = await windlass(...here('plan', '--openstack', RELEASE));
    expect(again.out).toContain('Nothing to do');
  });
});
