import type { Command, Query } from '../model/command.ts';
import { complaint, lines } from './text.ts';

/**
 * Beside a kept package's file, its files as they lie on the node: unpacked, configured, compiled, with dpkg's own notes
 * of them. To put those back costs a node a twentieth of what dpkg's unpacking, its scripts and Python's compiler do
 * (docs/rollback.md), and the result is asked of `dpkg --verify`. What dpkg, Python, tar and systemd stand on is never
 * put back under themselves: of it only the package's file is kept. Standard library only, from Python 3.4 on.
 */
export const FILES = String.raw`import io, json, os, re, subprocess, sys
DPKG = '/var/lib/dpkg'
INFO = DPKG + '/info'

def read(path):
    if not os.path.exists(path):
        return ''
    with io.open(path, encoding='utf-8', errors='surrogateescape', newline='\n') as data:
        return data.read()

def write(path, text):
    """As a whole or not at all."""
    with io.open(path + '.new', 'w', encoding='utf-8', errors='surrogateescape', newline='\n') as data:
        data.write(text)
        data.flush()
        os.fsync(data.fileno())
    os.rename(path + '.new', path)

def rows(name):
    return [line.split('\t') for line in read(os.path.join(keep, name)).splitlines() if line.strip()]

def field(stanza, name):
    found = re.search('^' + name + ': *(.*)$', stanza, re.M)
    return found.group(1) if found else ''

def stem(name, arch):
    """What dpkg's notes of a package begin with: some have the architecture in it."""
    full = name + ':' + arch
    return full if os.path.exists(INFO + '/' + full + '.list') else name

def notes(of):
    return [INFO + '/' + one for one in os.listdir(INFO) if one.rsplit('.', 1)[0] == of]

def stanzas():
    return [one for one in read(DPKG + '/status').strip('\n').split('\n\n') if one]

def keyed(stanza, native):
    name, arch = field(stanza, 'Package'), field(stanza, 'Architecture')
    return name if arch in (native, 'all') else name + ':' + arch

def ours(path):
    """Configuration comes back by other means, and what lies below /var has changed since."""
    if path in ('', '/.', '/etc') or path.startswith('/etc/'):
        return False
    return not path.startswith('/var/') or (os.path.isdir(path) and not os.path.islink(path))

def listed(of):
    """Its own files and folders. A link to a folder is its own where it has nothing below it; else somebody made it one."""
    paths = read(INFO + '/' + of + '.list').splitlines()
    above = set(path.rsplit('/', 1)[0] for path in paths)
    return [path for path in paths if ours(path) and not (path in above and os.path.islink(path))]

def compiled(paths):
    """What Python made of these sources, beside them."""
    found, seen = [], {}
    for path in paths:
        if not path.endswith('.py'):
            continue
        folder, name = os.path.split(path)
        cache = folder + '/__pycache__'
        if cache not in seen:
            seen[cache] = {}
            for one in os.listdir(cache) if os.path.isdir(cache) else []:
                made = re.match(r'(.*)\.[^.]+(\.opt-\d)?\.pyc$', one)
                if made:
                    seen[cache].setdefault(made.group(1), []).append(cache + '/' + one)
        found += seen[cache].get(name[:-3], [])
    return found

ALTERNATIVES = '/etc/alternatives'

def alternatives():
    """Each one's notes, and every link it makes."""
    found = {}
    place = DPKG + '/alternatives'
    for name in sorted(os.listdir(place)):
        text = read(place + '/' + name)
        head = text.split('\n\n', 1)[0].splitlines()[1:]
        pairs = [(name, head[0])] + list(zip(head[1::2], head[2::2])) if head else []
        links = [ALTERNATIVES + '/' + one for one, link in pairs] + [link for one, link in pairs]
        found[name] = [text, dict((link, os.readlink(link)) for link in links if os.path.islink(link))]
    return found
`;

const KEEP = String.raw`${FILES}
keep = sys.argv[1]
made = {}
for word in sys.argv[2:]:
    key, path = word.split('=', 1)
    made.setdefault(key, []).append(path)
os.umask(0o077)
place = keep + '/files'
if not os.path.isdir(place):
    os.makedirs(place)
if not os.path.exists(place + '/alternatives.json'):
    write(place + '/alternatives.json', json.dumps(alternatives()))
native = subprocess.check_output(['dpkg', '--print-architecture']).decode().strip()
now = dict((keyed(one, native), one) for one in stanzas())

def stands_on(names):
    found, left = set(), list(names)
    while left:
        name = left.pop()
        if name in found:
            continue
        found.add(name)
        needs = field(now.get(name, ''), 'Depends') + ',' + field(now.get(name, ''), 'Pre-Depends')
        left += [one for one in re.findall(r'(?:^|[,|]) *([a-z0-9][a-z0-9+.-]+)', needs) if one in now]
    return found

ground = stands_on(['dpkg', 'apt', 'tar', 'python3-minimal', 'systemd', 'bash', 'coreutils'])
diverted = set(line for line in read(DPKG + '/diversions').splitlines())
todo = []
for key, arch, version in rows('wanted'):
    if os.path.exists(place + '/' + key + '.json') or os.path.exists(place + '/' + key + '.without'):
        continue
    stanza = now.get(key, '')
    of = stem(key.split(':')[0], arch)
    paths = [path for path in listed(of) if os.path.lexists(path)]
    if key in ground or field(stanza, 'Essential') == 'yes':
        why = 'what puts it back stands on it'
    elif field(stanza, 'Version') != version or not field(stanza, 'Status').endswith(' ok installed'):
        why = 'it was not installed whole at %s when files were kept' % version
    elif any(path in diverted for path in paths):
        why = 'files of it are diverted'
    else:
        why = ''
    todo.append((key, of, stanza, why, paths + compiled(paths) + notes(of)))

def below(top):
    return [os.path.join(place, one) for place, folders, files in os.walk(top) for one in files]

made = dict((key, [path for path in made.get(key, []) if os.path.isdir(path)]) for key, of, stanza, why, files in todo)
size = sum(
    os.lstat(one).st_size + 1024
    for key, of, stanza, why, files in todo
    if not why
    for one in files + [one for path in made[key] for one in below(path)]
)
# What rises next needs room too, and dpkg that runs out of it cannot be continued.
disk = os.statvfs(place)
if disk.f_bavail * disk.f_frsize < size + 2**30:
    todo = [(key, of, stanza, why or 'no room for %d MB when files were kept' % (size // 2**20), files) for key, of, stanza, why, files in todo]
for key, of, stanza, why, files in todo:
    if why:
        write(place + '/' + key + '.without', why + '\n')
        continue
    names = [one.lstrip('/') for one in files]
    argv = ['tar', '-C', '/', '--no-recursion', '--xattrs', '--xattrs-include=security.*', '--null', '-cf', place + '/' + key + '.tar', '-T', '-']
    tar = subprocess.Popen(argv, stdin=subprocess.PIPE)
    tar.communicate(b'\0'.join(name.encode('utf-8', 'surrogateescape') for name in names))
    if tar.returncode != 0:
        sys.exit('tar ended with %d: the files of %s are not kept' % (tar.returncode, key))
    if made[key]:
        argv = ['tar', '-C', '/', '-cf', place + '/' + key + '.made.tar', '--'] + [path.lstrip('/') for path in made[key]]
        if subprocess.call(argv) != 0:
            sys.exit('what %s has made could not be kept' % key)
    write(place + '/' + key + '.json', json.dumps({'stem': of, 'stanza': stanza, 'names': names, 'made': made[key]}))
subprocess.check_call(['sync', '-f', place])
without = [one for one in todo if one[3]]
print('told: the files of %d packages are kept%s' % (len(todo) - len(without), ', not those of ' + ', '.join(one[0] for one in without) if without else ''))
`;

const CHECK = `keep=$1
[ -s "$keep/files/alternatives.json" ] || { echo 'no files are kept yet'; exit 0; }
cut -f1 "$keep/wanted" | while read -r key; do
  if ! { [ -s "$keep/files/$key.json" ] && [ -s "$keep/files/$key.tar" ]; } && ! [ -s "$keep/files/$key.without" ]; then
    echo "no files of $key"
  fi
done
`;

/** A folder that a package's scripts make, by the package's name. */
export interface MadeBy {
  readonly package: string;
  readonly path: string;
}

export const keepFiles = (dir: string, made: readonly MadeBy[] = []): Command => ({
  argv: ['python3', '-', dir, ...made.map((one) => `${one.package}=${one.path}`)],
  input: KEEP,
});

/** Where such folders of a package are kept. */
export const madeTar = (dir: string, name: string): string => `${dir}/files/${name}.made.tar`;

/** Empty where the files of every package that is to come back are kept, or why they cannot be; else what is missing. */
export const keptFiles = (dir: string): Query<string> => ({
  look: { argv: ['sh', '-eus', '--', dir], input: CHECK },
  read: (seen) => (seen.rc === 0 ? lines(seen.out).join(', ') : complaint(seen)),
});
