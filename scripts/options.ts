// Writes src/catalog/options/SERIES.json: the options a series' services say they take (oslo.config's own metadata).
//   node scripts/options.ts SERIES SUITE           from a Debian suite's packages, in a root of its own, removed after
//   node scripts/options.ts SERIES SUITE --root R  from a root file system that has them, a node's for instance
// Packages are only unpacked, never configured: none of their scripts runs and nothing starts. Needs root and a mirror.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { type OptionDetail, type OptionSet, SeriesOptions } from '../src/catalog/options/metadata.ts';

/** Service -> Python packages whose options it alone takes. */
const SERVICES: Readonly<Record<string, readonly string[]>> = {
  keystone: ['keystone'],
  glance: ['glance'],
  placement: ['openstack_placement'],
  nova: ['nova'],
  neutron: ['neutron', 'neutron_dynamic_routing', 'neutron_vpnaas'],
  cinder: ['cinder'],
  heat: ['openstack_heat'],
  barbican: ['barbican'],
  designate: ['designate'],
  octavia: ['octavia'],
  aodh: ['aodh'],
  gnocchi: ['gnocchi'],
  ceilometer: ['ceilometer'],
  cloudkitty: ['cloudkitty'],
  magnum: ['magnum'],
  manila: ['manila'],
  ironic: ['ironic', 'ironic_inspector'],
};

const PACKAGES = [
  ...Object.keys(SERVICES),
  'ironic-inspector',
  'neutron-dynamic-routing',
  'neutron-vpnaas',
  // Barbican's plugins are listed only where their libraries are.
  'pykmip',
  'hvac',
].map((name) => `python3-${name}`);

/** What every Debian system has, and what libraries read when they are loaded. */
const SYSTEM = ['?essential', 'base-passwd', 'netbase', 'ca-certificates'];

/** Not a service's: options of clients' test suites. */
const LEFT_OUT = new Set(['python_manilaclient']);

/** Entry points that no package has the code of. */
const BROKEN = new Set(['magnum', 'heat_integrationtests.common.config']);

const REASON_LENGTH = 200;

const Told = z.strictObject({
  auth: z.array(z.string()),
  packages: z.record(
    z.string(),
    z.strictObject({
      version: z.string(),
      registers: z.array(z.string()),
      faults: z.record(z.string(), z.string()),
      options: z.array(
        z.strictObject({
          group: z.string(),
          name: z.string(),
          was: z.array(z.tuple([z.string(), z.string()])),
          leaves: z.boolean(),
          why: z.string().nullable(),
          since: z.string().nullable(),
          multi: z.boolean(),
          secret: z.boolean(),
          choices: z.array(z.string()),
        }),
      ),
    }),
  ),
});
type Told = z.infer<typeof Told>;
type Option = Told['packages'][string]['options'][number];

function run(argv: readonly string[], over: { input?: string; env?: Record<string, string> } = {}): string {
  const [program = '', ...rest] = argv;
  const done = spawnSync(program, rest, {
    encoding: 'utf8',
    input: over.input ?? '',
    env: { ...(over.env ?? {}), PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8' },
    maxBuffer: 1 << 28,
  });
  if (done.status !== 0)
    throw new Error(`${argv.slice(0, 4).join(' ')} ended ${done.status}: ${done.stderr.slice(-2000)}`);
  return done.stdout;
}

/** Unpacks the suite's packages and all they need into a new root. */
function unpack(suite: string, dir: string): string {
  const root = join(dir, 'root');
  for (const folder of [
    'apt/lists/partial',
    'apt/archives/partial',
    'apt/parts',
    'root/proc',
    'root/etc/ssl/certs',
  ]) {
    mkdirSync(join(dir, folder), { recursive: true });
  }
  writeFileSync(join(dir, 'apt/status'), '');
  writeFileSync(
    join(dir, 'apt/sources.list'),
    `deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian ${suite} main\n`,
  );
  writeFileSync(
    join(dir, 'apt.conf'),
    `Dir::Etc "${dir}/apt"; Dir::State "${dir}/apt"; Dir::State::status "${dir}/apt/status"; Dir::Cache "${dir}/apt";
Dir::Etc::parts "${dir}/apt/parts"; Dir::Etc::sourceparts "${dir}/apt/parts"; Dir::Etc::preferencesparts "${dir}/apt/parts";
APT::Install-Recommends "false"; APT::Sandbox::User "root"; Acquire::Languages "none";\n`,
  );
  const env = { APT_CONFIG: join(dir, 'apt.conf') };
  run(['apt-get', '-q', 'update'], { env });
  run(['apt-get', '-qy', '--download-only', 'install', ...SYSTEM, ...PACKAGES], { env });
  const archives = join(dir, 'apt/archives');
  const debs = readdirSync(archives).filter((name) => name.endsWith('.deb'));
  for (const deb of debs) {
    run([
      'sh',
      '-eu',
      '-c',
      'dpkg-deb --fsys-tarfile "$1" | tar -x --keep-directory-symlink -C "$2"',
      'sh',
      join(archives, deb),
      root,
    ]);
  }
  // What the packages' scripts would have made.
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    if (!existsSync(join(root, name))) symlinkSync(`usr/${name}`, join(root, name));
  }
  cpSync('/etc/ssl/certs/ca-certificates.crt', join(root, 'etc/ssl/certs/ca-certificates.crt'));
  mkdirSync(join(root, 'dev'), { recursive: true });
  if (!existsSync(join(root, 'dev/null'))) run(['mknod', join(root, 'dev/null'), 'c', '1', '3']);
  console.log(`${suite}: ${debs.length} packages unpacked`);
  return root;
}

/** Asks the root's own Python, without a network. */
function ask(root: string): Told {
  const inside = 'mount -t proc proc "$1/proc" && exec chroot "$1" /usr/bin/python3 -W ignore -';
  const text = run(
    ['unshare', '--net', '--mount', '--pid', '--fork', 'sh', '-eu', '-c', inside, 'sh', root],
    {
      input: readFileSync(resolve(import.meta.dirname, 'options.py'), 'utf8'),
      env: {
        HOME: '/root',
        PYTHONDONTWRITEBYTECODE: '1',
        // numpy's libraries are found through alternatives, which only a configured package has.
        LD_LIBRARY_PATH: '/usr/lib/x86_64-linux-gnu/blas:/usr/lib/x86_64-linux-gnu/lapack',
      },
    },
  );
  return Told.parse(JSON.parse(text));
}

const words = (list: Iterable<string>): string => [...new Set(list)].sort().join(' ');

function detailOf(option: Option): OptionDetail | undefined {
  // oslo.config adds the same name with underscores for each that has a dash.
  const was = option.was
    .filter(([group, name]) => !name.includes('-') && !(group === option.group && name === option.name))
    .map(([group, name]) => `${group}/${name}`);
  const why = [option.since, option.why].filter((one) => one !== null && one !== '').join(': ');
  const detail: OptionDetail = {
    ...(was.length > 0 ? { was: [...new Set(was)].sort() } : {}),
    ...(was.length > 0 && option.multi ? { multi: true } : {}),
    ...(option.leaves ? { leaves: shorten(why.replace(/\s+/g, ' ').trim()) } : {}),
    ...(option.choices.length > 0 ? { choices: [...option.choices].sort() } : {}),
  };
  return Object.keys(detail).length > 0 ? detail : undefined;
}

const shorten = (text: string): string =>
  text.length <= REASON_LENGTH ? text : `${text.slice(0, REASON_LENGTH).replace(/\s+\S*$/, '')} …`;

function optionSet(told: Told, packages: readonly string[], listed: ReadonlySet<string>): OptionSet {
  const groups = new Map<string, Set<string>>();
  const details = new Map<string, OptionDetail>();
  const registers = new Set<string>();
  for (const name of packages) {
    for (const option of told.packages[name]?.options ?? []) {
      groups.set(option.group, (groups.get(option.group) ?? new Set()).add(option.name));
      const detail = detailOf(option);
      if (detail) details.set(`${option.group}/${option.name}`, detail);
    }
    for (const one of told.packages[name]?.registers ?? []) registers.add(one);
  }
  const byName = <T>(map: ReadonlyMap<string, T>): [string, T][] =>
    [...map].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    source: packages
      .flatMap((name) => (told.packages[name] ? [`${name} ${told.packages[name].version}`] : []))
      .join(', '),
    groups: Object.fromEntries(byName(groups).map(([group, names]) => [group, words(names)])),
    details: Object.fromEntries(byName(details)),
    unlisted: words([...registers].filter((name) => !listed.has(name))),
  };
}

/** The data file of one series. A list that could not be read is a fault: what it holds would look removed. */
function compact(series: string, suite: string, told: Told): SeriesOptions {
  const faults = Object.values(told.packages).flatMap((one) => Object.entries(one.faults));
  const bad = faults.filter(([name]) => !BROKEN.has(name));
  if (bad.length > 0) throw new Error(`could not be read: ${JSON.stringify(bad)}`);
  const own = new Set(Object.values(SERVICES).flat());
  const missing = [...own].filter((name) => told.packages[name] === undefined);
  if (missing.length > 0) throw new Error(`not in the root: ${missing.join(', ')}`);
  const common = Object.keys(told.packages)
    .filter((name) => !own.has(name) && !LEFT_OUT.has(name))
    .sort();
  const listedBy = (packages: readonly string[]): string[] =>
    packages.flatMap((name) =>
      (told.packages[name]?.options ?? []).flatMap((one) => [one.name, ...one.was.map(([, old]) => old)]),
    );
  const shared = listedBy(common);
  return SeriesOptions.parse({
    series,
    source: `oslo.config.opts of Debian ${suite}'s packages, read by scripts/options.ts`,
    auth: words(told.auth.map((name) => name.replaceAll('-', '_'))),
    common: optionSet(told, common, new Set(shared)),
    services: Object.fromEntries(
      Object.entries(SERVICES).map(([service, packages]) => [
        service,
        optionSet(told, packages, new Set([...shared, ...listedBy(packages)])),
      ]),
    ),
  });
}

const { values, positionals } = parseArgs({ options: { root: { type: 'string' } }, allowPositionals: true });
const [series, suite] = positionals;
if (series === undefined || suite === undefined) {
  console.error('usage: node scripts/options.ts SERIES SUITE [--root DIR]');
  process.exit(2);
}
const dir = values.root === undefined ? mkdtempSync('/var/tmp/windlass-options-') : undefined;
try {
  const root = dir === undefined ? (values.root ?? '/') : unpack(suite, dir);
  const data = compact(series, suite, ask(root));
  const path = resolve(import.meta.dirname, `../src/catalog/options/${series}.json`);
  writeFileSync(path, `${JSON.stringify(data)}\n`);
  console.log(`wrote ${path}; npx biome check --write ${path}`);
} finally {
  if (dir !== undefined) rmSync(dir, { recursive: true, force: true });
}
