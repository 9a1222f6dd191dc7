import { z } from 'zod';
import type { Command, Look, Seen } from '../model/command.ts';
import { UNATTENDED } from './apt.ts';
import { lowerArgv } from './kept-packages.ts';
import { PUT_FILES } from './put-files.ts';
import { complaint, json } from './text.ts';

/**
 * What of a node's packages is not as the checkpoint kept it, and the way back: their files as they lay there, where they
 * were kept and dpkg has nothing half done (put-files.ts); else one transaction of apt on the kept packages alone, without
 * any archive. Then marks and holds. What changed otherwise since then (`other`: neither foretold nor
 * brought by the run) is told and left. Nothing is purged. Standard library only, from Python 3.4 on.
 */
const PROGRAM = `${PUT_FILES}
import hashlib
mode, keep = sys.argv[1:3]
UNDER_WAY = keep + '/files/under-way'
os.environ.update(LC_ALL='C', DEBIAN_FRONTEND='noninteractive')
UNATTENDED = ${JSON.stringify(UNATTENDED)}

def out(*argv):
    return subprocess.check_output(argv).decode('utf-8', 'replace')

native = out('dpkg', '--print-architecture').strip()
kept = dict((key, version) for key, arch, version in rows('installed'))
wanted = dict((key, (arch, version)) for key, arch, version in rows('wanted'))
brought = [row[0] for row in rows('brought')]
sums = dict((name.strip().lstrip('*'), digest) for digest, name in (row[0].split(' ', 1) for row in rows('sums')))

def present():
    found = {}
    form = '\${Package}\\t\${Architecture}\\t\${Version}\\t\${db:Status-Status}\\t\${db:Status-Eflag}\\n'
    for line in out('dpkg-query', '-W', '-f', form).splitlines():
        name, arch, version, state, flag = line.split('\\t')
        if state in ('not-installed', 'config-files'):
            continue
        key = name if arch in (native, 'all') else name + ':' + arch
        found[key] = version if (state, flag) == ('installed', 'ok') else version + ' (' + state + ')'
    return found

def deb(key):
    arch, version = wanted[key]
    return os.path.join(keep, 'debs', '%s_%s_%s.deb' % (key, version.replace(':', '.'), arch))

def lacks(key):
    path = deb(key)
    if not os.path.exists(path):
        return True
    with open(path, 'rb') as data:
        return hashlib.sha256(data.read()).hexdigest() != sums.get('./' + os.path.basename(path))

def names(*argv):
    return set(line.strip() for line in out(*argv).splitlines() if line.strip())

def look():
    now = present()
    begun = read(UNDER_WAY).split()
    put = sorted(key for key in wanted if now.get(key) != wanted[key][1] or key in begun)
    gone = sorted(key for key in set(brought) if key in now and key not in kept)
    rest = [key for key in set(kept) | set(now) if key not in wanted and key not in brought]
    autos, holds = set(row[0] for row in rows('auto')), set(row[0] for row in rows('hold'))
    auto, hold = names('apt-mark', 'showauto'), names('apt-mark', 'showhold')
    here = [key for key in sorted(kept) if key in now]
    return {
        'put': [[key, now.get(key), wanted[key][1]] for key in put],
        'gone': [[key, now[key]] for key in gone],
        'auto': [key for key in here if key in autos and key not in auto],
        'manual': [key for key in here if key not in autos and key in auto],
        'hold': [key for key in here if key in holds and key not in hold],
        'unhold': [key for key in here if key not in holds and key in hold],
        'other': [[key, kept.get(key), now.get(key)] for key in sorted(rest) if kept.get(key) != now.get(key)],
        'lacks': [key for key in put if lacks(key)],
        'kept': len(wanted),
    }

def run(*argv):
    sys.stdout.flush()
    return subprocess.call(argv, stdin=subprocess.DEVNULL)

if mode == 'look':
    print(json.dumps(look(), sort_keys=True))
    sys.exit(0)
half = run('dpkg', '--force-confdef', '--force-confold', '--configure', '-a')
if half != 0:
    print('dpkg --configure -a ended with %d: what it leaves half done is put back whole' % half)
found = look()
if found['lacks']:
    sys.exit('the kept packages of %s are not there, or not what they were' % ', '.join(found['lacks']))
if found['put']:
    why = put_files(found, native)
    if why:
        print('not by files: ' + why)
    found = look()
if found['put'] or found['gone']:
    words = ['apt-get', '-qy', '--fix-broken', '--allow-downgrades', '--allow-change-held-packages', '--reinstall', '--no-install-recommends']
    words += UNATTENDED + ['-o', 'APT::Get::AutomaticRemove=false', '-o', 'DPkg::Lock::Timeout=120']
    words += ['-o', 'Dir::Etc::SourceList=/dev/null', '-o', 'Dir::Etc::SourceParts=/dev/null', 'install', '--']
    words += [deb(key) for key, now, was in found['put']] + [key + '-' for key, now in found['gone']]
    away = [line.split()[1] for line in out(words[0], '-s', *words[1:]).splitlines() if line.startswith('Remv ')]
    more = sorted(set(away) - set(key for key, now in found['gone']) - set(key for key, now, was in found['put']))
    if more:
        sys.exit('this would also remove %s: nothing was changed' % ', '.join(more))
    ended = run(*words)
    if ended != 0:
        sys.exit(ended)
    if os.path.exists(UNDER_WAY):
        os.unlink(UNDER_WAY)
found = look()
for word in ('auto', 'manual', 'hold', 'unhold'):
    if found[word]:
        ended = run('apt-mark', word, '--', *found[word])
        if ended != 0:
            sys.exit(ended)
print('told: %d packages are back at their kept versions, %d that came since are gone' % (len(wanted), len(brought)))
`;

const Row = z.tuple([z.string(), z.string().nullable(), z.string().nullable()]);
const Told = z.strictObject({
  /** Key, version now, version kept. */
  put: z.array(Row),
  gone: z.array(z.tuple([z.string(), z.string()])),
  auto: z.array(z.string()),
  manual: z.array(z.string()),
  hold: z.array(z.string()),
  unhold: z.array(z.string()),
  /** Changed since, and not by the run: key, version kept, version now. */
  other: z.array(Row),
  /** Of `put`, those whose file is not there or not what it was. */
  lacks: z.array(z.string()),
  kept: z.int(),
});
/** What differs on one node from what its checkpoint kept. */
export type Differs = z.infer<typeof Told>;

export const differsLook = (dir: string): Look => ({ argv: lowerArgv('look', dir), input: PROGRAM });

/** A string with the complaint where the node cannot say. */
export function readDiffers(seen: Seen): Differs | string {
  if (seen.lost) return 'node does not answer';
  if (seen.rc !== 0) return complaint(seen);
  const parsed = Told.safeParse(json(seen.out));
  return parsed.success ? parsed.data : `the node said something else: ${seen.out.slice(0, 200)}`;
}

/** How many packages and marks are not as they were kept. */
export const distance = ({ put, gone, auto, manual, hold, unhold }: Differs): number =>
  put.length + gone.length + auto.length + manual.length + hold.length + unhold.length;

export const lowerPackages = (dir: string): Command => ({
  argv: lowerArgv('lower', dir),
  input: PROGRAM,
});
