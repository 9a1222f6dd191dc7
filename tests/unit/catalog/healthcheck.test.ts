import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { healthcheckAsApp } from '../../../src/catalog/services/healthcheck.ts';

let dir = '';
let paste = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'windlass-paste-'));
  paste = join(dir, 'api-paste.ini');
});
afterEach(() => rmSync(dir, { recursive: true }));

function run(verb: 'ask' | 'do'): number {
  const { argv, input, check } = healthcheckAsApp('glance-common', paste);
  const [program = '', ...rest] = verb === 'ask' ? check.argv : argv;
  const text = verb === 'ask' ? check.input : input;
  const { status, stderr } = spawnSync(program, rest, { input: text ?? '', encoding: 'utf8' });
  expect(stderr).toBe('');
  return status ?? 255;
}

/** What the file is after it was mended; it is whole then. */
function mended(text: string): string {
  writeFileSync(paste, text, { mode: 0o640 });
  expect(run('ask')).toBe(10);
  expect(run('do')).toBe(0);
  expect(run('ask')).toBe(0);
  expect(statSync(paste).mode & 0o777).toBe(0o640);
  return readFileSync(paste, 'utf8');
}

describe("oslo.middleware's health check", () => {
  test('a pipeline that had it as a filter answers its path beside it', () => {
    const old = `# DEFAULT
[pipeline:glance-api]
pipeline = cors healthcheck http_proxy_to_wsgi rootapp

[filter:healthcheck]
paste.filter_factory = oslo_middleware:Healthcheck.factory
backends = disable_by_file
disable_by_file_path = /etc/glance/healthcheck_disable
`;
    expect(mended(old)).toBe(`# DEFAULT
[composite:glance-api]
use = egg:Paste#urlmap
/: glance-api-behind-healthcheck
/healthcheck: healthcheck

[pipeline:glance-api-behind-healthcheck]
pipeline = cors http_proxy_to_wsgi rootapp

[app:healthcheck]
paste.app_factory = oslo_middleware:Healthcheck.app_factory
backends = disable_by_file
disable_by_file_path = /etc/glance/healthcheck_disable
`);
  });

  test("a list for a service's own factory leaves it out; the mounts beside it stay", () => {
    const old = `[composite:osapi]
use = call:nova.api.auth:pipeline_factory_v21
keystone = healthcheck cors authtoken app
/healthcheck: other

[filter:healthcheck]
use = egg:oslo.middleware#healthcheck
`;
    expect(mended(old)).toBe(`[composite:osapi]
use = call:nova.api.auth:pipeline_factory_v21
keystone = cors authtoken app
/healthcheck: other

[app:healthcheck]
paste.app_factory = oslo_middleware:Healthcheck.app_factory
`);
  });

  test('another name, another path, and a pipeline over several lines', () => {
    const old = `[pipeline:api]
pipeline =
  alive
  cors
  app
[filter:alive]
paste.filter_factory = oslo_middleware.healthcheck:Healthcheck.factory
path = /alive`;
    const now = mended(old);
    expect(now).toContain('/alive: alive\n');
    expect(now).toMatch(/\[pipeline:api-behind-healthcheck\]\npipeline =\n\s+cors\n\s+app\n/);
    expect(now).toContain('[app:alive]\n');
  });

  test.each([
    [
      'an application already',
      '[app:healthcheck]\npaste.app_factory = oslo_middleware:Healthcheck.app_factory\n',
    ],
    ['no health check', '[pipeline:api]\npipeline = cors app\n'],
    ['another filter of that name', '[filter:healthcheck]\npaste.filter_factory = site:Mine.factory\n'],
  ])('%s is left as it is', (_, text) => {
    writeFileSync(paste, text);
    expect(run('ask')).toBe(0);
    expect(run('do')).toBe(0);
    expect(readFileSync(paste, 'utf8')).toBe(text);
  });

  test('where there is no such file there is nothing to do', () => {
    expect(run('ask')).toBe(0);
  });
});
