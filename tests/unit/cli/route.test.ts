import { describe, expect, test } from 'vitest';
import { check } from '../../../src/check/index.ts';
import { checkText } from '../../../src/cli/check.ts';
import { routeText } from '../../../src/cli/route.ts';
import { route } from '../../../src/route/index.ts';
import { cleanCluster, cleanFacts, node } from '../check/fixture.ts';

const ZED = { os: 'bookworm', openstack: 'zed' };
const EPOXY = { os: 'trixie', openstack: '2025.1' };

describe('route as text', () => {
  test('tells the way, what it costs, other ways and what is to be known', () => {
    const text = routeText(ZED, EPOXY, route(ZED, EPOXY, cleanCluster()));
    expect(text).toContain('bookworm/zed to trixie/2025.1 (epoxy): one hop');
    expect(text).toContain('1. os-roll: bookworm/zed to trixie/2025.1 (epoxy)');
    expect(text).toContain('away: bus 4 s, sql 1.2 s, api 1 s, vip 1 s');
    expect(text).toContain(
      'other legal ways:\n  rolling: bookworm/zed to bookworm/2025.1 (epoxy); then os-roll:',
    );
    expect(text).toContain('WL-RULE-SLURP');
  });

  test('tells when nothing is to be done', () => {
    expect(routeText(EPOXY, EPOXY, route(EPOXY, EPOXY, cleanCluster()))).toBe(
      'trixie/2025.1 (epoxy): it stands there already',
    );
  });

  test('tells why a shorter way is not legal', () => {
    const to = { os: 'trixie', openstack: '2026.2' };
    const text = routeText(EPOXY, to, route(EPOXY, to, cleanCluster()));
    expect(text).toMatch(
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
