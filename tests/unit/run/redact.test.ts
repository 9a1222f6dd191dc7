import { expect, test } from 'vitest';
import { redact } from '../../../src/run/index.ts';

test('masks what looks like a credential, and nothing else', () => {
  for (const [text, shown] of [
    [
      'connection = mysql+pymysql://nova:s3cr%21et@10.0.0.1/nova',
      'connection = mysql+pymysql://nova:*****@10.0.0.1/nova',
    ],
    ["CREATE USER nova IDENTIFIED BY 'it is secret'", "CREATE USER nova IDENTIFIED BY '*****'"],
    ['admin_password=abc, next', 'admin_password=*****, next'],
    ['{"password": "a b", "x": 1}', '{"password": *****, "x": 1}'],
    ['OS_PASSWORD: abc', 'OS_PASSWORD: *****'],
    ['see http://10.0.0.1:5000/v3', 'see http://10.0.0.1:5000/v3'],
    ['E: dpkg was interrupted', 'E: dpkg was interrupted'],
  ] as const) {
    expect(redact(text)).toBe(shown);
  }
});
