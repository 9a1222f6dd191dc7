import type { Argv, Look, Query } from '../model/command.ts';
import type { AptSource, Package } from '../model/facts.ts';
import { complaint, lines, sections } from './text.ts';

/**
 * Never ask, keep the operator's configuration files: without these dpkg stops at the first changed one
 * with `end of file on stdin at conffile prompt` (lab.md section 2).
 */
const UNATTENDED: Argv = ['-o', 'Dpkg::Options::=--force-confdef', '-o', 'Dpkg::Options::=--force-confold'];

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
  ...aside,
  'update',
];
export const download = (aside: Argv = []): Argv => ['apt-get', '-qy', '-d', ...aside, 'dist-upgrade'];
export const distUpgrade: Argv = ['apt-get', '-qy', ...UNATTENDED, 'dist-upgrade'];
export const autoremove: Argv = ['apt-get', '-qy', ...UNATTENDED, 'autoremove'];
export const configureAll: Argv = ['dpkg', '--force-confdef', '--force-confold', '--configure', '-a'];

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

/**
 * The same source file for another suite: in `deb` lines and deb822 `Suites:` fields the codename is replaced
 * where it stands as a suite (`bookworm`, `bookworm-updates`, `bookworm-security`), nowhere else.
 */
export function moveSuite(content: string, from: string, to: string): string {
  const suite = new RegExp(`(^|\\s)${from}(?=$|\\s|-|/)`, 'g');
  return content
    .split('\n')
    .map((line) =>
      /^\s*deb(-src)?\s/.test(line) || /^Suites:/i.test(line) ? line.replace(suite, `$1${to}`) : line,
    )
    .join('\n');
}

/** Sha256 of files, for comparing them with what the plan wants. */
export function checksums(paths: readonly string[]): Look {
  return { argv: ['sha256sum', '--', ...paths] };
}
