import type { Argv, Command, Look, Query } from '../model/command.ts';
import type { AptSource, Package } from '../model/facts.ts';
import { complaint, lines, sections } from './text.ts';

/**
 * Never ask, keep the operator's configuration files: without these dpkg stops at the first changed one
 * with `end of file on stdin at conffile prompt` (lab.md section 2).
 */
export const UNATTENDED: Argv = [
  '-o',
  'Dpkg::Options::=--force-confdef',
  '-o',
  'Dpkg::Options::=--force-confold',
];

/**
 * A node whose link or mirror is away for a moment is waited for: apt asks again after 1, 2, 4, 8, 16 and then every 30
 * seconds. Its own 3 retries are through after 7 s, and a cable pulled for a minute halted a run (lab); 6 took 61 s there,
 * so 10 take 181. apt before 2.3 (bullseye) asks again at once.
 */
export const PATIENT: Argv = ['-o', 'Acquire::Retries=10'];

/**
 * By these apt says that no way leads to the mirror. That it does not count among what its retries are for: with ten of
 * them it gave up after 0.1 s, where a refused connection got its 181 (apt 2.6.1; a pulled cable halted a run, lab). So the
 * command is run again: after 5 s and more each, together three minutes as well, with what apt itself takes on top.
 */
export const NO_WAY = {
  says: ['connect (100:', 'connect (101:', 'connect (113:'],
  times: 12,
};

/** Reads sources and writes lists elsewhere, so that a node is never left half switched while it prefetches. */
export function sourcesAside(dir: string): Argv {
  return [
    '-o',
    'Dir::Etc::SourceList=/dev/null',
    '-o',
    `Dir::Etc::SourceParts=${dir}/sources.d`,
    '-o',
    `Dir::State::Lists=${dir}/lists`,
  ];
}

export const update = (aside: Argv = []): Argv => [
  'apt-get',
  '-q',
  '-o',
  'APT::Update::Error-Mode=any',
  ...PATIENT,
  ...aside,
  'update',
];
export const download = (aside: Argv = []): Argv => [
  'apt-get',
  '-qy',
  '-d',
  ...PATIENT,
  ...aside,
  'dist-upgrade',
];
export const distUpgrade: Argv = [
  'apt-get',
  '-qy',
  '--fix-broken',
  ...PATIENT,
  ...UNATTENDED,
  'dist-upgrade',
];
export const autoremove: Argv = ['apt-get', '-qy', ...UNATTENDED, 'autoremove'];
/** `bare`: with what the packages cannot do without, and nothing that they only recommend. */
export const install = (packages: readonly string[], bare = false): Argv => [
  'apt-get',
  '-qy',
  '--fix-broken',
  ...PATIENT,
  ...UNATTENDED,
  'install',
  ...(bare ? ['--no-install-recommends'] : []),
  '--',
  ...packages,
];
/** Configuration files stay (`remove`, not `purge`): what comes back finds itself configured (000). */
export const remove = (packages: readonly string[]): Argv => [
  'apt-get',
  '-qy',
  ...UNATTENDED,
  'remove',
  '--',
  ...packages,
];
export const markAuto = (packages: readonly string[]): Argv => ['apt-mark', 'auto', '--', ...packages];
/**
 * What a run of dpkg that was cut off has left is brought to an end. A package whose unpacking was cut in half dpkg does not
 * configure ("package is in a very bad inconsistent state; you should reinstall it": a controller whose power was cut,
 * lab): its newest file in apt's cache, which it was being unpacked from, is unpacked again. What can only be configured
 * once more has been unpacked is left to the apt run that follows, which is given `--fix-broken` for it.
 */
export const settle: Command = {
  argv: ['sh', '-eus'],
  input: `export LC_ALL=C DEBIAN_FRONTEND=noninteractive
torn=$(dpkg-query -W -f '\${db:Status-Eflag} \${Package} \${Architecture}\\n' | sed -n 's/^reinstreq //p')
set --
while read -r name arch; do
  [ -n "$name" ] || continue
  best='' version=''
  for deb in /var/cache/apt/archives/"$name"_*_"$arch".deb /var/cache/apt/archives/"$name"_*_all.deb; do
    [ -e "$deb" ] || continue
    this=$(dpkg-deb -f "$deb" Version)
    if [ -z "$best" ] || dpkg --compare-versions "$this" gt "$version"; then best=$deb version=$this; fi
  done
  if [ -z "$best" ]; then
    echo "$name was cut in half while it was unpacked, and apt's cache has no file of it" >&2
    exit 13
  fi
  set -- "$@" "$best"
done <<TORN
$torn
TORN
if [ $# -gt 0 ]; then
  echo "cut in half while they were unpacked, and unpacked again: $*"
  dpkg --force-confdef --force-confold --auto-deconfigure --unpack "$@" </dev/null
fi
if dpkg --force-confdef --force-confold --configure -a </dev/null; then :; else
  echo "dpkg --configure -a ended with $?: apt goes on with what it left"
fi
`,
};

export interface Simulation {
  readonly upgraded: number;
  readonly installed: number;
  readonly removed: number;
  readonly kept: number;
}

/** What apt would do, from its own simulation. Throws what apt says when it cannot say it. */
export function simulate(verb: 'dist-upgrade' | 'autoremove', aside: Argv = []): Query<Simulation | string> {
  return {
    look: { argv: ['apt-get', '-s', '-q', ...aside, verb] },
    read(seen) {
      const found =
        /^(\d+) upgraded, (\d+) newly installed, (?:\d+ downgraded, )?(\d+) to remove and (\d+) not upgraded/m.exec(
          seen.out,
        );
      if (seen.rc !== 0 || !found) return complaint(seen);
      const [, upgraded, installed, removed, kept] = found.map(Number);
      return {
        upgraded: upgraded ?? 0,
        installed: installed ?? 0,
        removed: removed ?? 0,
        kept: kept ?? 0,
      };
    },
  };
}

/** One package that would change: the version that goes and the one that comes. */
export interface Change {
  readonly name: string;
  readonly from?: string;
  readonly to?: string;
}
export interface Difference {
  readonly upgraded: readonly Change[];
  readonly installed: readonly Change[];
  readonly removed: readonly Change[];
}

/** The lines of apt's simulation: `Inst name [old] (new archive [arch])`, without `[old]` for new ones, `Remv name [old]`. */
export function differenceIn(out: string): Difference {
  const of = (pattern: RegExp): Change[] =>
    [...out.matchAll(pattern)]
      .map(({ groups = {} }) => ({
        name: groups.name ?? '',
        ...(groups.from === undefined ? {} : { from: groups.from }),
        ...(groups.to === undefined ? {} : { to: groups.to }),
      }))
      .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return {
    upgraded: of(/^Inst (?<name>\S+) \[(?<from>[^\]]+)\] \((?<to>\S+)/gm),
    installed: of(/^Inst (?<name>\S+) \((?<to>\S+)/gm),
    removed: of(/^Remv (?<name>\S+) \[(?<from>[^\]]+)\]/gm),
  };
}

/** Each package that a dist-upgrade would change; a string when apt cannot say. */
export function difference(aside: Argv = []): Query<Difference | string> {
  return {
    look: { argv: ['apt-get', '-s', '-q', ...aside, 'dist-upgrade'] },
    read: (seen) => (seen.rc === 0 ? differenceIn(seen.out) : complaint(seen)),
  };
}

/** Archives that a dist-upgrade still has to fetch. */
export function missingArchives(aside: Argv = []): Query<number | string> {
  return {
    look: { argv: ['apt-get', '-qq', '-y', '--print-uris', ...aside, 'dist-upgrade'] },
    read(seen) {
      if (seen.rc !== 0) return complaint(seen);
      return lines(seen.out).filter((line) => line.startsWith("'")).length;
    },
  };
}

/** Which of some packages are on the node in any way; a string when dpkg cannot say. It ends 1 for names it never met. */
export function installed(packages: readonly string[]): Query<ReadonlySet<string> | string> {
  return {
    look: { argv: ['dpkg-query', '-W', '-f', `\${Package}\\t\${db:Status-Status}\\n`, '--', ...packages] },
    read(seen) {
      if (seen.rc !== 0 && seen.rc !== 1) return complaint(seen);
      const rows = lines(seen.out).map((line) => line.split('\t'));
      return new Set(
        rows.flatMap(([name = '', state]) =>
          state === 'not-installed' || state === 'config-files' ? [] : [name],
        ),
      );
    },
  };
}

/** What would go if some packages were removed, by apt's own simulation; a string when it cannot say. */
export function removal(packages: readonly string[]): Query<readonly string[] | string> {
  return {
    look: { argv: ['apt-get', '-s', '-q', 'remove', '--', ...packages] },
    read: (seen) =>
      seen.rc === 0
        ? [...seen.out.matchAll(/^Remv ([^\s:]+)/gm)].map((found) => found[1] ?? '')
        : complaint(seen),
  };
}

/** `dpkg --audit`: nothing said means nothing is broken. */
export const audit: Query<string> = {
  look: { argv: ['dpkg', '--audit'] },
  read: (seen) => seen.out.trim() || (seen.rc === 0 ? '' : complaint(seen)),
};

/** Every package with version, state, hold and manual/auto mark, apt sources, and who holds dpkg's lock. */
export const inventory: Query<{
  packages: Record<string, Package>;
  sources: AptSource[];
  audit: string;
  lock: string | undefined;
}> = {
  look: {
    argv: ['sh', '-us'],
    input: `echo '== packages'
dpkg-query -W -f '\${Package}\\t\${Version}\\t\${db:Status-Status}\\t\${db:Status-Want}\\n'
echo '== auto'
apt-mark showauto
echo '== audit'
dpkg --audit
echo '== lock'
inode=$(stat -c %i /var/lib/dpkg/lock-frontend 2>/dev/null)
for pid in $(awk -v inode=":$inode" 'index($6, inode) && $6 ~ inode "$" { print $5 }' /proc/locks); do
  echo "pid $pid $(tr '\\0' ' ' </proc/$pid/cmdline 2>/dev/null)"
done
echo '== sources'
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
  [ -f "$file" ] || continue
  echo "@@ $file"
  cat "$file"
  echo
done
`,
  },
  read(seen) {
    const part = sections(seen.out);
    const auto = new Set(lines(part.auto ?? '').map((name) => name.replace(/:.*/, '')));
    const packages: Record<string, Package> = {};
    for (const line of lines(part.packages ?? '')) {
      const [name = '', version = '', state = '', want = ''] = line.split('\t');
      if (state === 'not-installed' || state === 'config-files') continue;
      packages[name] = {
        version,
        auto: auto.has(name),
        ...(state === 'installed' ? {} : { state }),
        ...(want === 'hold' ? { held: true } : {}),
      };
    }
    const sources: AptSource[] = [];
    for (const line of (part.sources ?? '').split('\n')) {
      const head = /^@@ (.*)$/.exec(line);
      if (head?.[1]) sources.push({ path: head[1], content: '' });
      else {
        const last = sources.pop();
        if (last) sources.push({ path: last.path, content: `${last.content}${line}\n` });
      }
    }
    return {
      packages,
      sources: sources.map(({ path, content }) => ({ path, content: `${content.trimEnd()}\n` })),
      audit: (part.audit ?? '').trim(),
      lock: lines(part.lock ?? '')[0],
    };
  },
};

const isEntry = (line: string): boolean => /^\s*deb(-src)?\s/.test(line);

/**
 * The same source file for another release: in `deb` lines and deb822 `Suites:` fields the codename is replaced where a
 * suite begins with it (`bookworm`, `bookworm-updates`, `stretch-rocky-backports`), nowhere else; `renamed` are suites
 * that the new release calls otherwise. Neither a file's own name nor a host's is changed (000 renames
 * stretch-rocky.list): apt reads every *.list and *.sources whatever it is called, and stretch-rocky.debian.net is the
 * host that has buster's suite too.
 */
export function moveSuite(
  content: string,
  from: string,
  to: string,
  renamed: Readonly<Record<string, string>> = {},
): string {
  const suite = new RegExp(`(^|\\s)(${from}(?:[-/]\\S*)?)(?=\\s|$)`, 'g');
  const moved = (_: string, before: string, name: string): string =>
    `${before}${renamed[name] ?? `${to}${name.slice(from.length)}`}`;
  return content
    .split('\n')
    .map((line) => (isEntry(line) || /^Suites:/i.test(line) ? line.replace(suite, moved) : line))
    .join('\n');
}

/** Begins a line that Windlass took out of a source file. */
const TAKEN_OUT = '# taken out by Windlass: ';

/**
 * The same source file without what comes from one archive: `deb` lines become comments, deb822 stanzas are disabled.
 * The file stays, so that its owner finds what was there.
 */
export function takeOut(content: string, archive: string): string {
  const same = (uri: string): boolean => uri.replace(/\/+$/, '') === archive.replace(/\/+$/, '');
  if (/^Types:/im.test(content)) {
    return content
      .split(/\n(?=[ \t]*\n)/)
      .map((stanza) =>
        (/^URIs:[ \t]*(.*)$/im.exec(stanza)?.[1] ?? '').split(/\s+/).some(same) && !/^Enabled:/im.test(stanza)
          ? stanza.replace(/^(Types:)/im, 'Enabled: no\n$1')
          : stanza,
      )
      .join('\n');
  }
  return content
    .split('\n')
    .map((line) => (isEntry(line) && line.split(/\s+/).some(same) ? `${TAKEN_OUT}${line}` : line))
    .join('\n');
}

/** Sha256 of files, for comparing them with what the plan wants. */
export function checksums(paths: readonly string[]): Look {
  return { argv: ['sha256sum', '--', ...paths] };
}
