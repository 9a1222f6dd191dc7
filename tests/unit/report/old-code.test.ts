import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../../src/model/event.ts';
import { type OldKnown, type Plan, Plan as PlanSchema } from '../../../src/model/plan.ts';
import { Rehearsal } from '../../../src/model/rehearsal.ts';
import { rehearsalDocument, rehearsalText } from '../../../src/report/rehearsal.ts';

type Services = Record<string, { catalogue: OldKnown; because?: string }>;

const planOf = (services?: Services): Plan =>
  PlanSchema.parse({
    windlass: 1,
    id: `sha256:${'0'.repeat(64)}`,
    cluster: 'prod',
    facts: 'sha256:f',
    assumed: false,
    rehearsal: {
      host: 'rehearsal',
      round: '1',
      asShipped: false,
      fingerprints: { glance: 'sha256:g' },
      window: {},
      ...(services ? { old: { host: 'rehearsal-old', services } } : {}),
    },
    from: { os: 'bookworm', openstack: 'zed' },
    to: { os: 'bookworm', openstack: '2025.1' },
    route: [],
    complete: true,
    findings: [],
    policy: {},
    phases: [],
    steps: [],
    gates: [],
    checkpoints: [],
  });

type Phase = 'own' | 'expanded' | 'new';
const told = (service: string, phase: Phase, over: object = {}): RunEvent => ({
  type: 'step.finished',
  at: Date.parse('2026-11-21T15:30:00.000Z'),
  step: `rehearsal-old/${service}/old-${phase}`,
  outcome: 'done',
  because: 'asked',
  told: [JSON.stringify({ oldCode: { service, phase, ok: true, words: '', asked: 1, wrote: 2, ...over } })],
});

function documentOf(events: RunEvent[], services: Services = { glance: { catalogue: 'rolls' } }): Rehearsal {
  const document = rehearsalDocument(planOf(services), 'r1', events);
  if (document === undefined) throw new Error('no document');
  expect(Rehearsal.parse(document)).toEqual(document);
  return document;
}
const glance = (...events: RunEvent[]) => documentOf(events).old?.glance;

describe('what became of the old code', () => {
  test('it lives where it answered on its own schema and on the expanded one, and the new code reads its rows', () => {
    expect(glance(told('glance', 'own'), told('glance', 'expanded'), told('glance', 'new'))).toEqual({
      is: 'lives',
      says: '1 list and 2 kinds of rows, read by the new code',
      catalogue: 'rolls',
    });
  });

  test('it fails where it answers on its own schema alone, and is quoted', () => {
    expect(
      glance(told('glance', 'own'), told('glance', 'expanded', { ok: false, words: 'Unknown column' })),
    ).toEqual({ is: 'fails', says: 'Unknown column', catalogue: 'rolls' });
  });

  test('it fails too where the new code cannot read what it wrote', () => {
    const read = told('glance', 'new', { ok: false, words: '404' });
    expect(glance(told('glance', 'own'), told('glance', 'expanded'), read)).toMatchObject({
      is: 'fails',
      says: 'the new code does not read what it wrote: 404',
    });
  });

  test.each<[string, RunEvent[], RegExp]>([
    ['the rehearsal did not come to it', [], /did not come to it/],
    [
      'it does not work on its own schema either',
      [
        told('glance', 'own', { ok: false, words: 'no LDAP' }),
        told('glance', 'expanded', { ok: false, words: 'x' }),
      ],
      /not work on its own schema here: no LDAP/,
    ],
    ['nobody could be asked there', [told('glance', 'own', { ok: null, words: 'no ticket' })], /no ticket/],
    ['the ladder stopped before', [told('glance', 'own')], /did not come to the expanded schema/],
    [
      'something else was at fault',
      [
        told('glance', 'own'),
        told('glance', 'expanded', { ok: null, words: 'the clones could not be reached' }),
      ],
      /clones could not be reached/,
    ],
  ])('it was not tried where %s', (_, events, says) => {
    expect(glance(...events)).toEqual({
      is: 'not tried',
      says: expect.stringMatching(says),
      catalogue: 'rolls',
    });
  });

  test('it lives, and nobody knows of the new code, where that one was not asked or fails by itself', () => {
    const both = [told('glance', 'own'), told('glance', 'expanded')];
    expect(glance(...both)?.says).toMatch(/nobody asked the new code/);
    expect(glance(...both, told('glance', 'new', { ok: null, words: 'w' }))).toMatchObject({
      is: 'lives',
      says: expect.stringMatching(/of the new code nothing is known: w/),
    });
    expect(glance(told('glance', 'own'), told('glance', 'expanded', { wrote: 0 }))?.says).toBe(
      '1 list; nobody knows a row to write',
    );
  });

  test('its last word counts where a step was tried again', () => {
    expect(
      glance(
        told('glance', 'own', { ok: false, words: 'x' }),
        told('glance', 'own'),
        told('glance', 'expanded'),
      ),
    ).toMatchObject({ is: 'lives' });
  });

  test('what the plan did not ask says why', () => {
    const services: Services = { glance: { catalogue: 'unknown', because: 'nobody knows what to ask it' } };
    expect(documentOf([], services).old).toEqual({
      glance: { is: 'not tried', says: 'nobody knows what to ask it', catalogue: 'unknown' },
    });
  });
});

describe('as text', () => {
  const text = (catalogue: OldKnown, expanded: object = {}): string =>
    rehearsalText(
      documentOf([told('glance', 'own'), told('glance', 'expanded', expanded), told('glance', 'new')], {
        glance: { catalogue },
      }),
    );

  test('it is beside what the catalogue says', () => {
    expect(text('rolls')).toContain(
      "zed's glance on the expanded schema: lives: 1 list and 2 kinds of rows, read by the new code\n",
    );
    expect(text('rolls')).not.toMatch(/hint:|do:/);
    expect(text('unknown')).toMatch(/hint: the catalogue does not know glance on this way/);
    expect(text('cut-over')).toMatch(/hint: the plan cuts glance over/);
    const fails = { ok: false, words: 'Unknown column' };
    expect(text('cut-over', fails)).not.toMatch(/hint:|do:/);
    expect(text('rolls', fails)).toMatch(
      /fails: Unknown column\n {2}do: cut glance over: policy: \{cutover: \[glance\]\}; the catalogue says that it rolls/,
    );
    expect(text('unknown', fails)).toMatch(/the catalogue does not know it/);
  });

  test('without a machine for it, that is said', () => {
    const document = rehearsalDocument(planOf(), 'r1', []);
    expect(document?.old).toBeUndefined();
    expect(document && rehearsalText(document)).toContain('old code on the expanded schema: not tried');
  });
});
