import { describe, expect, test } from 'vitest';
import { assumedFacts } from '../../../src/catalog/assume.ts';
import { mustCutOver, servicesNamed } from '../../../src/catalog/services/index.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { showPlan } from '../../../src/plan/show.ts';
import { EPOXY_HERE, GAZPACHO_HERE, HIBISCUS_HERE, rolled, type Shape, WHOLE, ZED_HERE } from './rolled.ts';
import { ancestors, planOf } from './shapes.ts';

const whole: Shape = { controllers: 1, computes: 1, services: WHOLE };
/** Five releases at once, on one controller. */
const leap = (shape: Shape = whole): Plan => {
  const cluster = rolled(shape);
  return planOf(cluster, assumedFacts(cluster), EPOXY_HERE);
};

describe('one controller carries everything, and its system stays (004)', () => {
  test('the plan', async () => {
    const made = leap();
    expect(made.route[0]?.strategy).toBe('in-place');
    const text = showPlan(made).replace(/^Plan sha256:[0-9a-f]+/, 'Plan sha256:…');
    await expect(text).toMatchFileSnapshot('./golden/in-place.txt');
  });

  test('nothing waits for another server: there is none', () => {
    const kinds = leap().steps.flatMap(({ guards }) => guards.map(({ kind }) => kind));
    expect(kinds).not.toContain('haproxy.others-up');
  });

  test('whose APIs are away, and from which step on, is said', () => {
    const drain = leap().steps.find(({ id }) => id === 'ctl1/haproxy/drain');
    expect(drain?.impact.apis).toEqual(WHOLE);
  });

  test('each service is given back as soon as it answers: the next ones ask it to start', () => {
    const made = leap();
    for (const [service, before] of [
      ['glance', 'keystone'],
      ['nova', 'placement'],
      ['neutron', 'nova'],
    ])
      expect(ancestors(made, `ctl1/${service}/start`)).toContain(`ctl1/haproxy/enable-${before}`);
  });

  test('everything has stopped, so every database command runs, also what wants every process stopped', () => {
    const made = leap();
    const commands = made.steps.filter(({ kind }) => kind === 'database.migrate');
    expect(commands.filter(({ params }) => params.forbidden !== undefined)).toEqual([]);
    for (const { id } of commands)
      if (!/online|contract|heal/.test(id)) expect(ancestors(made, id)).toContain('ctl1/openstack/stop');
  });

  test('libraries and services rise at once also where old services could run on the new libraries', () => {
    const cluster = rolled({ ...whole, from: GAZPACHO_HERE });
    const made = planOf(cluster, assumedFacts(cluster), HIBISCUS_HERE);
    expect(made.steps.map(({ id }) => id)).toContain('ctl1/openstack/raise');
    expect(made.steps.filter(({ id }) => id.startsWith('ctl1/libraries'))).toEqual([]);
  });

  test('what takes over without a pause elsewhere has nobody to take over from here', () => {
    const nova = servicesNamed(['nova'])[0];
    expect(nova && mustCutOver(nova, ZED_HERE, EPOXY_HERE)).toBe(false);
    expect(leap().steps.filter(({ id }) => /make-way|made-way|leave|turn-/.test(id))).toEqual([]);
  });

  test('neither system, bus, database, cluster nor guests are touched', () => {
    for (const { kind } of leap().steps)
      expect(kind).not.toMatch(
        /^(apt\.dist-upgrade|node\.reboot|galera\.|rabbitmq\.(?!export|backlog)|pacemaker\.(?!keep)|guests\.)/,
      );
  });
});
