import { describe, expect, test } from 'vitest';
import { withHostKey } from '../../../src/cli/machines.ts';

const KEY = 'ssh-ed25519 AAAA';

describe('host keys of machines that were made', () => {
  test('are one for each machine, the last one', () => {
    const one = withHostKey('', '192.0.2.99', 22, KEY);
    const two = withHostKey(one, '192.0.2.98', 2222, KEY);
    expect(two).toBe(`192.0.2.99 ${KEY}\n[192.0.2.98]:2222 ${KEY}\n`);
    expect(withHostKey(two, '192.0.2.99', 22, 'ssh-ed25519 BBBB')).toBe(
      `[192.0.2.98]:2222 ${KEY}\n192.0.2.99 ssh-ed25519 BBBB\n`,
    );
  });
});
