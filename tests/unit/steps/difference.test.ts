import { describe, expect, test } from 'vitest';
import { aptDifference, archiveDifference } from '../../../src/steps/difference.ts';
import { bad, ok } from './seen.ts';

/** As apt 2.6 says it on a bookworm compute. */
const SAID = `Reading package lists...
Inst libc6 [2.36-9+deb12u10] (2.41-12 Debian:13.1/stable [amd64]) []
Remv neutron-linuxbridge-agent [2:21.0.0-7]
Inst nova-compute [2:26.2.2-1] (2:31.0.0-6 Debian:13.1/stable [all])
Inst python3-oslo.metrics (0.11.0-2 Debian:13.1/stable [all])
Conf libc6 (2.41-12 Debian:13.1/stable [amd64])
12 upgraded, 1 newly installed, 1 to remove and 0 not upgraded.
`;
const archive = { archive: '/etc/apt/sources.list.d/windlass-2025.1.list', held: ['glance'] };

describe('what would change on a test node', () => {
  test('is told package by package with versions: what goes, what comes, what rises', () => {
    const seen = { difference: ok(SAID) };
    expect(aptDifference.judge({ dir: '/x' }, seen)).toEqual({
      is: 'done',
      because: '2 upgraded, 1 new, 1 removed',
    });
    expect(aptDifference.tells?.({ dir: '/x' }, seen)).toEqual([
      'removed neutron-linuxbridge-agent 2:21.0.0-7',
      'new python3-oslo.metrics 0.11.0-2',
      'upgraded libc6 2.36-9+deb12u10 to 2.41-12',
      'upgraded nova-compute 2:26.2.2-1 to 2:31.0.0-6',
    ]);
    expect(archiveDifference.tells?.(archive, seen)).toHaveLength(4);
  });

  test('is asked of apt’s simulation alone: nothing is run to change the node', () => {
    expect(aptDifference.commands({ dir: '/x' })).toEqual([]);
    expect(aptDifference.looks({ dir: '/x' }).difference?.argv.slice(0, 2)).toEqual(['apt-get', '-s']);
    expect(archiveDifference.commands(archive)).toEqual([]);
    const { input = '' } = archiveDifference.looks(archive).difference ?? {};
    const asks = input.split('\n').filter((line) => line.startsWith('$apt '));
    expect(asks).toEqual(['$apt -s $verb >"$dir/plan"']);
  });

  test('is never taken for nothing where apt cannot say', () => {
    for (const kind of [
      aptDifference.judge({ dir: '/x' }, { difference: bad(100, 'E: broken') }),
      archiveDifference.judge(archive, { difference: bad(10, 'no package list') }),
    ]) {
      expect(kind.is).toBe('refuse');
    }
    expect(aptDifference.tells?.({ dir: '/x' }, { difference: bad(100) })).toEqual([]);
  });
});
