import { describe, expect, test } from 'vitest';
import { check } from '../../../src/check/index.ts';
import { checkText } from '../../../src/cli/check.ts';
import { priced, routeText } from '../../../src/cli/route.ts';
import type { Standing } from '../../../src/model/target.ts';
import { route } from '../../../src/route/index.ts';
import { cleanCluster, cleanFacts, node } from '../check/fixture.ts';

const ZED = { os: 'bookworm', openstack: 'zed' };
const EPOXY = { os: 'trixie', openstack: '2025.1' };

/** As the command prints it. */
const text = (from: Standing, to: Standing, rules = false): string =>
  routeText(from, to, priced(route(from, to, cleanCluster()), cleanCluster()), { rules });

describe('route as text', () => {
  test('tells the way, what it costs, other ways and what is to be known', () => {
    const told = text(ZED, EPOXY);
    expect(told).toContain('bookworm/zed to trixie/2025.1 (epoxy): one hop');
    expect(told).toContain('1. os-roll: bookworm/zed to trixie/2025.1 (epoxy)');
    expect(told).toContain('away: bus 4 s, sql 1.2 s, api 1 s, vip 1 s');
    expect(told).toContain(
      'other legal ways:\n  rolling: bookworm/zed to bookworm/2025.1 (epoxy); then os-roll:',
    );
    expect(told).toContain('WL-RULE-SLURP');
    expect(told).toMatch(/takes about \d+ min/);
    // Of each other way too: how long it takes in all, and what is away.
    expect(told).toMatch(/then os-roll: .*\n {4}takes about \d+ min.*; away: bus 4 s/);
    expect(told).not.toContain('nothing against it');
  });

  test('tells, when asked, why it is legal: every rule that holds, with its source', () => {
    const told = text(EPOXY, { os: 'trixie', openstack: '2026.1' }, true);
    expect(told).toContain('asked, and nothing against it:');
    expect(told).toContain('WL-RULE-SLURP: 2025.1 epoxy to 2026.1 gazpacho is a jump from one SLURP release');
    expect(told).toContain('WL-RULE-ARCHIVE: 2026.1 gazpacho for trixie comes from forky');
  });

  test('tells when nothing is to be done', () => {
    expect(text(EPOXY, EPOXY)).toBe('trixie/2025.1 (epoxy): it stands there already');
  });

  test('tells why a shorter way is not legal', () => {
    const to = { os: 'trixie', openstack: '2026.2' };
    const told = text(EPOXY, to);
    expect(told).toMatch(
      /not legal:\n {2}trixie\/2025\.1 \(epoxy\) to trixie\/2026\.2 \(hibiscus\)\n {4}WL-RULE-SLURP: /,
    );
  });
});

describe('findings as text', () => {
  test('none', () => {
    expect(checkText([])).toBe('nothing found');
  });

  test('evidence, remedy and how many', () => {
    const facts = cleanFacts();
    node(facts, 'ctl1').rebootRequired = true;
    const text = checkText(check(cleanCluster(), facts, EPOXY));
    expect(text).toContain('WL-CHECK-REBOOT ctl1: A reboot is pending');
    expect(text).toContain('seen: /run/reboot-required is there on ctl1');
    expect(text).toMatch(/do: {3}Drain ctl1/);
    expect(text).toMatch(/0 block, 1 warn, 0 note$/);
  });
});
