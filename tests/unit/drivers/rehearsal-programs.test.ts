import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  ACCOUNTS,
  CELLS,
  ENDPOINTS,
  REWRITE,
  SCAN,
  STATUS,
} from '../../../src/drivers/rehearsal-programs.ts';
import { fakeMariadb } from './fake-mariadb.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'windlass-rehearsal-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

function run(program: string, words: readonly string[], path = process.env.PATH) {
  const ran = spawnSync('python3', ['-', ...words], {
    input: program,
    encoding: 'utf8',
    env: { PATH: path, LC_ALL: 'C.UTF-8' },
  });
  return { rc: ran.status, out: ran.stdout, err: ran.stderr };
}

const json = (program: string, words: readonly string[], path?: string): unknown => {
  const ran = run(program, words, path);
  expect([ran.rc, ran.err]).toEqual([0, '']);
  return JSON.parse(ran.out);
};

const BUS = 'rabbit://guest:guest@127.0.0.1:5672//';
const IDENTITY = 'http://127.0.0.1:5000/v3';
const how = () => ({
  places: [join(dir, 'etc')],
  credentials: [join(dir, 'openrc')],
  addresses: ['192.0.2.10', '192.0.2.1', '192.0.2.11', '2001:db8::11'],
  names: ['ctl1', 'ctl1.example.com'],
  bus: BUS,
  identity: IDENTITY,
});

const put = (name: string, text: string): string => {
  const path = join(dir, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
};
const rewrite = () => json(REWRITE, ['rewrite', JSON.stringify(how())]);
const left = () => json(REWRITE, ['look', JSON.stringify(how())]);
const named = () => json(SCAN, [JSON.stringify(how())]);

/** A file's text once it was rewritten; both programs then say that nothing is left. */
function rewritten(name: string, text: string): string {
  const path = put(name, text);
  rewrite();
  expect(left()).toMatchObject({ left: [] });
  expect(named()).toMatchObject({ named: [] });
  return readFileSync(path, 'utf8');
}

describe('a database address', () => {
  test.each([
    [
      'of SQLAlchemy',
      'mysql+pymysql://nova:s3cret@192.0.2.10/nova?charset=utf8',
      'mysql+pymysql://nova:s3cret@127.0.0.1/nova?charset=utf8',
    ],
    [
      'without a driver',
      'mysql://nova:s3cret@db.example.com:3307/nova',
      'mysql+pymysql://nova:s3cret@127.0.0.1/nova',
    ],
    [
      'with certificates and time-outs of the live server',
      'mysql+pymysql://n:p@ctl1/nova?ssl_ca=/etc/ssl/ca.pem&charset=utf8mb4&read_timeout=60',
      'mysql+pymysql://n:p@127.0.0.1/nova?charset=utf8mb4',
    ],
    [
      'with a password that needs quoting',
      'mysql+pymysql://n:p%40ss%2F%23:x@[2001:db8::11]:3306/nova',
      'mysql+pymysql://n:p%40ss%2F%23:x@127.0.0.1/nova',
    ],
    ['in quotes', '"mysql+mysqldb://n:p@192.0.2.10/nova"', 'mysql+pymysql://n:p@127.0.0.1/nova'],
    ['of a file', 'sqlite:////var/lib/nova/nova.sqlite', 'sqlite:////var/lib/nova/nova.sqlite'],
  ])('%s', (_, before, after) => {
    expect(rewritten('etc/nova/nova.conf', `[database]\nconnection = ${before}\n`)).toBe(
      `[database]\nconnection = ${after}\n`,
    );
  });

  test('under whatever name: api_database, slaves, cells, sections of plug-ins, conf.d', () => {
    const url = 'mysql+pymysql://n:p@192.0.2.10/nova_api';
    const here = 'mysql+pymysql://n:p@127.0.0.1/nova_api';
    const text = (of: string): string =>
      `[api_database]\nconnection=${of}\nslave_connection : ${of}\n[cell_one]\nconnection = ${of}\n[storage:sqlalchemy]\nconnection = ${of}\n`;
    expect(rewritten('etc/nova/nova.conf.d/10-db.conf', text(url))).toBe(text(here));
  });
});

describe('a bus address', () => {
  test('with several hosts becomes the one that is said', () => {
    const text =
      '[DEFAULT]\ntransport_url = rabbit://o:p@ctl1:5672,o:p@192.0.2.11:5672/vhost\nrpc_timeout = 60\n';
    expect(rewritten('etc/nova/nova.conf', text)).toBe(
      `[DEFAULT]\ntransport_url = ${BUS}\nrpc_timeout = 60\n`,
    );
  });

  test('that goes on over lines goes with all of them', () => {
    const text =
      '[oslo_messaging_notifications]\ntransport_url = rabbit://o:p@ctl1:5672,\n    o:p@ctl2:5672/\ndriver = noop\n';
    expect(rewritten('etc/nova/nova.conf', text)).toBe(
      `[oslo_messaging_notifications]\ntransport_url = ${BUS}\ndriver = noop\n`,
    );
  });

  test('does not ask this machine for TLS', () => {
    const text =
      '[oslo_messaging_rabbit]\nssl = true\nrabbit_hosts = ctl1:5672,ctl2:5672\n[ssl]\nssl = true\n';
    expect(rewritten('etc/heat/heat.conf', text)).toBe(
      '[oslo_messaging_rabbit]\nssl = false\nrabbit_hosts = 127.0.0.1\n[ssl]\nssl = true\n',
    );
  });
});

describe('everything else that leads to the cluster', () => {
  test('Keystone, its cache, other APIs with TLS and names of their own, own addresses', () => {
    const text = `[DEFAULT]
my_ip = 192.0.2.11
host = ctl1
glance_api_servers = https://images.example.com:9292,http://192.0.2.10:9292
[keystone_authtoken]
auth_url = https://cloud.example.com/identity
www_authenticate_uri=http://192.0.2.10:5000
memcached_servers = ctl1:11211,192.0.2.11:11211
password = s3cret
`;
    expect(rewritten('etc/cinder/cinder.conf', text)).toBe(`[DEFAULT]
my_ip = 127.0.0.1
host = ctl1
glance_api_servers = http://127.0.0.1:9292,http://127.0.0.1:9292
[keystone_authtoken]
auth_url = ${IDENTITY}
www_authenticate_uri=${IDENTITY}
memcached_servers = 127.0.0.1:11211
password = s3cret
`);
  });

  test('addresses in comments, in files that are no options, and next to a port', () => {
    expect(
      rewritten('etc/nova/rootwrap.d/x.filters', 'ip: CommandFilter, 192.0.2.11:22, ctl1:22 ctl1-a\n'),
    ).toBe('ip: CommandFilter, 127.0.0.1:22, 127.0.0.1:22 ctl1-a\n');
    expect(rewritten('etc/nova/nova.conf', '# was 192.0.2.10.\n[a]\nx = 1192.0.2.10\n')).toBe(
      '# was 127.0.0.1.\n[a]\nx = 1192.0.2.10\n',
    );
  });

  test('an address is not a part of a longer one', () => {
    expect(rewritten('etc/a.conf', '[a]\none = 192.0.2.100\ntwo = 192.0.2.1\nnet = 10.192.0.2.1\n')).toBe(
      '[a]\none = 192.0.2.100\ntwo = 127.0.0.1\nnet = 10.192.0.2.1\n',
    );
  });

  test("an operator's credentials ask this machine's Keystone; the password stays as it is quoted", () => {
    const path = put(
      'openrc',
      'export OS_AUTH_URL="https://cloud.example.com:5000/v3" OS_PASSWORD=\'p"w\' OS_CACERT=/x # x\n',
    );
    put('etc/a.conf', '[a]\n');
    rewrite();
    expect(readFileSync(path, 'utf8')).toBe(
      `export OS_AUTH_URL=${IDENTITY} OS_PASSWORD='p"w' OS_CACERT_LIVE=/x # x\n`,
    );
    expect(named()).toMatchObject({ named: [] });
  });

  test('keys and bytes that are no text stay to the byte, and so do owner and mode', () => {
    const key = put('etc/keystone/fernet-keys/0', 'x');
    const bytes = Buffer.from([0, 255, 254, 10, 13, 128]);
    writeFileSync(key, bytes);
    const file = put(
      'etc/keystone/keystone.conf',
      '[database]\nconnection = mysql://k:p@192.0.2.10/keystone\n',
    );
    chmodSync(file, 0o640);
    rewrite();
    expect(readFileSync(key)).toEqual(bytes);
    expect(statSync(file).mode & 0o777).toBe(0o640);
  });
});

describe('the program that only looks', () => {
  test('names files, and never a value', () => {
    const path = put('etc/nova/nova.conf', '[database]\nconnection = mysql://nova:s3cret@192.0.2.10/nova\n');
    const ran = run(REWRITE, ['look', JSON.stringify(how())]);
    expect(JSON.parse(ran.out)).toEqual({ files: 1, left: [path] });
    expect(ran.out + ran.err).not.toContain('s3cret');
    expect(readFileSync(path, 'utf8')).toContain('192.0.2.10');
  });

  test('the proof finds by itself what rewriting would have passed over', () => {
    const path = put(
      'etc/nova/nova.conf',
      '[a]\nx = 1\nodd = see mysql+pymysql://u:s3cret@elsewhere/nova\ny = rabbit://a:b@127.0.0.1:1,a:b@far:5672/\nz = 192.0.2.11\n# http://docs.example.com\n',
    );
    const ran = run(SCAN, [JSON.stringify(how())]);
    expect(JSON.parse(ran.out)).toEqual({ files: 1, named: [3, 4, 5].map((line) => `${path}:${line}`) });
    expect(ran.out).not.toContain('s3cret');
  });

  test('whatever stands in a file, once rewritten it is rewritten, and leads nowhere else', () => {
    const host = fc.constantFrom('192.0.2.10', 'ctl1', 'db.example.com', '[2001:db8::11]', '127.0.0.1');
    const word = fc.stringMatching(/^[A-Za-z0-9%_.-]{1,12}$/);
    const line = fc.oneof(
      fc
        .tuple(word, word, host, word)
        .map(([u, p, h, d]) => `connection = mysql+pymysql://${u}:${p}@${h}/${d}?charset=utf8`),
      fc
        .tuple(word, host, host)
        .map(([p, a, b]) => `transport_url = rabbit://o:${p}@${a}:5672,o:${p}@${b}:5672/`),
      fc.tuple(word, host).map(([name, h]) => `${name} = https://${h}:8443/x`),
      host.map((h) => `# ${h} was here`),
      fc.constantFrom('', '[DEFAULT]', '   goes on', 'plain = 1'),
    );
    fc.assert(
      fc.property(fc.array(line, { minLength: 10, maxLength: 40 }), (lines) => {
        rewritten('etc/x.conf', `[one]\n${lines.join('\n')}\n`);
      }),
      { numRuns: 6 },
    );
  });
});

describe("Nova's cells", () => {
  const rows = [
    { id: 1, bus: 'none:///', url: 'mysql+pymysql://nova:s3cret@192.0.2.10/nova_cell0?charset=utf8' },
    { id: 2, bus: 'rabbit://o:s3cret@ctl1:5672/', url: 'mysql+pymysql://nova:s3cret@192.0.2.10/nova' },
    {
      id: 3,
      bus: '{scheme}://{username}:{password}@{hostname}:{port}/',
      url: '{scheme}://{username}:{password}@{hostname}:{port}/nova?{query}',
    },
  ];

  test('lead to the clones, with no bus; templates stay, and nothing is printed of them', () => {
    const server = fakeMariadb(dir, { cells: rows });
    expect(json(CELLS, ['look', 'nova_api'], server.path)).toEqual({ cells: 3, left: 3 });
    const ran = run(CELLS, ['rewrite', 'nova_api'], server.path);
    expect(ran.out + ran.err).not.toContain('s3cret');
    expect(server.state().cells).toEqual([
      { id: 1, bus: 'none:///', url: 'mysql+pymysql://nova:s3cret@127.0.0.1/nova_cell0?charset=utf8' },
      { id: 2, bus: 'none:///', url: 'mysql+pymysql://nova:s3cret@127.0.0.1/nova' },
      { id: 3, bus: 'none:///', url: rows[2]?.url },
    ]);
    expect(json(CELLS, ['look', 'nova_api'], server.path)).toEqual({ cells: 3, left: 0 });
  });
});

describe('accounts', () => {
  test('are those of the configuration, passwords unquoted, for the clones alone', () => {
    put('etc/nova/nova.conf', "[database]\nconnection = mysql+pymysql://nova:p%40s'%5Cs@127.0.0.1/nova\n");
    put('etc/glance/glance.conf', '[database]\nconnection = mysql+pymysql://far:x@192.0.2.10/glance\n');
    const server = fakeMariadb(dir);
    const given = { places: [join(dir, 'etc')], databases: ['nova', 'nova_cell0'], cells: null };
    expect(json(ACCOUNTS, ['look', JSON.stringify(given)], server.path)).toEqual({
      accounts: 1,
      shut: ['nova'],
    });
    expect(json(ACCOUNTS, ['give', JSON.stringify(given)], server.path)).toEqual({ accounts: 1, shut: [] });
    expect(server.state().accounts).toEqual({ nova: "p@s'\\s" });
    expect(server.state().grants).toEqual([
      "GRANT ALL PRIVILEGES ON `nova`.* TO 'nova'@'%'",
      "GRANT ALL PRIVILEGES ON `nova_cell0`.* TO 'nova'@'%'",
    ]);
  });
});

describe('endpoints', () => {
  test('of known types lead to the loopback, others to nobody', () => {
    const server = fakeMariadb(dir, {
      endpoints: [
        { id: 'a1', type: 'identity', url: 'https://cloud.example.com/identity' },
        { id: 'a2', type: 'object-store', url: 'https://swift.example.com/v1' },
      ],
    });
    const words = ['keystone', JSON.stringify({ identity: IDENTITY })];
    expect(json(ENDPOINTS, ['look', ...words], server.path)).toEqual({ endpoints: 2, left: 2 });
    run(ENDPOINTS, ['rewrite', ...words], server.path);
    expect(server.state().endpoints.map(({ url }) => url)).toEqual([IDENTITY, 'http://127.0.0.1:1']);
    expect(json(ENDPOINTS, ['look', ...words], server.path)).toEqual({ endpoints: 2, left: 0 });
  });
});

describe('the status check', () => {
  const TABLE = `+------------------------------------------+
| Upgrade Check Results                    |
+------------------------------------------+
| Check: Cells v2                          |
| Result: Success                          |
| Details: None                            |
+------------------------------------------+
| Check: Older than N-1 computes           |
| Result: Failure                          |
| Details: Current Nova version does not   |
|   support computes older than Caracal    |
+------------------------------------------+
`;
  test('is read check by check; what is no success is told', () => {
    const fake = put('bin/runuser', `#!/bin/sh\ncat <<'EOF'\n${TABLE}EOF\nexit 2\n`);
    chmodSync(fake, 0o755);
    const kept = join(dir, 'status-nova');
    const ran = run(
      STATUS,
      [kept, 'nova', 'nova-status', 'upgrade', 'check'],
      `${dirname(fake)}:${process.env.PATH}`,
    );
    const older = {
      check: 'Older than N-1 computes',
      result: 'Failure',
      details: 'Current Nova version does not support computes older than Caracal',
    };
    expect(JSON.parse(readFileSync(kept, 'utf8'))).toEqual({
      rc: 2,
      words: '',
      checks: [{ check: 'Cells v2', result: 'Success', details: 'None' }, older],
    });
    expect(JSON.parse(ran.out.replace('told: ', ''))).toEqual({ ...older, by: 'nova-status' });
  });
});
