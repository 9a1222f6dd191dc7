import type { Argv, Command, Look } from '../model/command.ts';

/**
 * Configuration put back exactly as an archive of /etc has it, below the places named and nowhere else: the rest of
 * /etc holds what people and the system change by themselves (accounts, keys, addresses), and old accounts on new files
 * would lock people out. What came since below those places goes; what is there now is kept beside first. Only paths are
 * ever printed. Standard library only, from Python 3.4 on.
 */
const PROGRAM = `import json, os, shutil, stat, sys, tarfile
mode, archive, aside = sys.argv[1:4]
places, absent = json.loads(sys.argv[4]), json.loads(sys.argv[5])

def inside(path):
    return any(path == place or path.startswith(place + '/') for place in places) and path not in absent

tar = tarfile.open(archive)
members = tar.getmembers()
if not any(one.name == 'etc' or one.name.startswith('etc/') for one in members):
    sys.exit('%s holds no /etc' % archive)
want = dict(('/' + one.name.rstrip('/'), one) for one in members if inside('/' + one.name.rstrip('/')))

def content(one):
    with tar.extractfile(one) as data:
        return data.read()

def same(path, one):
    try:
        is_ = os.lstat(path)
    except OSError:
        return False
    if (is_.st_uid, is_.st_gid) != (one.uid, one.gid):
        return False
    if one.issym():
        return stat.S_ISLNK(is_.st_mode) and os.readlink(path) == one.linkname
    if not one.islnk() and stat.S_IMODE(is_.st_mode) != one.mode & 0o7777:
        return False
    if one.isdir():
        return stat.S_ISDIR(is_.st_mode)
    if not (one.isreg() or one.islnk()):
        return True
    if not stat.S_ISREG(is_.st_mode):
        return False
    with open(path, 'rb') as data:
        return data.read() == content(one)

def here():
    for place in places:
        if not os.path.lexists(place):
            continue
        yield place
        if os.path.isdir(place) and not os.path.islink(place):
            for folder, folders, files in os.walk(place):
                for name in folders + files:
                    yield os.path.join(folder, name)

def differs():
    put = sorted(path for path in want if not same(path, want[path]))
    gone = sorted((path for path in here() if path not in want), reverse=True)
    return put, gone + [path for path in absent if os.path.lexists(path) and path not in gone]

def remove(path):
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)

put, gone = differs()
if mode == 'look':
    for path in put:
        print('other ' + path)
    for path in gone:
        print('since ' + path)
    print('places %d' % len(want))
    sys.exit(0)
if not os.path.exists(aside):
    os.umask(0o077)
    with tarfile.open(aside + '.new', 'w:gz') as now:
        for place in places + absent:
            if os.path.lexists(place):
                now.add(place)
    os.rename(aside + '.new', aside)
os.umask(0o022)
for path in gone:
    remove(path)
for path in put:
    one = want[path]
    if one.isdir():
        if not os.path.isdir(path) or os.path.islink(path):
            remove(path)
            os.makedirs(path)
        os.chown(path, one.uid, one.gid)
        os.chmod(path, one.mode & 0o7777)
        continue
    folder = os.path.dirname(path)
    if not os.path.isdir(folder):
        os.makedirs(folder)
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    fresh = path + '.windlass-new'
    remove(fresh)
    if one.issym():
        os.symlink(one.linkname, fresh)
        os.lchown(fresh, one.uid, one.gid)
    elif one.isreg() or one.islnk():
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, 'wb') as data:
            data.write(content(one))
        os.chown(fresh, one.uid, one.gid)
        os.chmod(fresh, one.mode & 0o7777)
    else:
        continue
    os.rename(fresh, path)
print('told: %d files of /etc put back, %d that came since taken away' % (len(put), len(gone)))
`;

export interface EtcBack {
  /** The archive the checkpoint kept. */
  readonly path: string;
  /** Where what is there now is kept first. */
  readonly aside: string;
  readonly places: readonly string[];
  /** Files of the run that the archive may have caught: they go whatever it says. */
  readonly absent: readonly string[];
}

const argv = (mode: 'look' | 'put', { path, aside, places, absent }: EtcBack): Argv => [
  'python3',
  '-',
  mode,
  path,
  aside,
  JSON.stringify(places),
  JSON.stringify(absent),
];

export const etcLook = (back: EtcBack): Look => ({ argv: argv('look', back), input: PROGRAM });
export const putEtcBack = (back: EtcBack): Command => ({ argv: argv('put', back), input: PROGRAM });
