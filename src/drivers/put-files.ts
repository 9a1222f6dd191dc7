import { FILES } from './kept-files.ts';

/**
 * Packages put back by their kept files (kept-files.ts): files that came since go, those of before come, then dpkg is told,
 * and asked whether they are what it remembers. It gives why it could not be done; then apt does it with the packages
 * themselves. Cut off anywhere it is done again from its beginning: dpkg has the packages as half installed meanwhile, and
 * `under-way` names them until they are known to be whole.
 */
export const PUT_FILES = String.raw`${FILES}import fcntl, time

def kept_of(key):
    text = read(keep + '/files/' + key + '.json')
    return json.loads(text) if text else None

def interests(of):
    """What a package waits for to be changed, as dpkg's notes and its own have it."""
    found = set()
    for line in read(INFO + '/' + of + '.triggers').splitlines():
        words = line.split('#')[0].split()
        if len(words) == 2 and words[0].startswith('interest'):
            found.add((words[1], of + ('/noawait' if words[0] == 'interest-noawait' else '')))
    return found

def set_interests(old, new):
    """dpkg notes paths in one file, and every other word in one of its own."""
    for gone, (word, who) in [(True, one) for one in old - new] + [(False, one) for one in new - old]:
        path, line = (DPKG + '/triggers/File', word + ' ' + who) if word.startswith('/') else (DPKG + '/triggers/' + word, who)
        there = [one for one in read(path).splitlines() if one != line]
        write(path, ''.join(one + '\n' for one in there + ([] if gone else [line])))

def locked(name):
    held = open(DPKG + '/' + name, 'w')
    until = time.time() + 120
    while True:
        try:
            fcntl.lockf(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return held
        except (IOError, OSError):
            if time.time() > until:
                raise
            time.sleep(1)

def set_status(texts, native):
    """Stanzas by their keys; one that was not there comes at the end."""
    left, out = dict(texts), []
    with locked('lock'):
        for one in stanzas():
            out.append(left.pop(keyed(one, native), one))
        out += [left[key] for key in sorted(left)]
        write(DPKG + '/status', ''.join(one + '\n\n' for one in out))

def put_alternatives(changed):
    """Of those that choose among files which changed, notes and links as they were."""
    was, now = json.loads(read(keep + '/files/alternatives.json')), alternatives()
    for name in sorted(set(was) | set(now)):
        (text, links), (today, here) = was.get(name, ['', {}]), now.get(name, ['', {}])
        if text == today and links == here or not changed.intersection((text + '\n' + today).split('\n')):
            continue
        for link in here:
            if link not in links:
                os.unlink(link)
        for link in links:
            if here.get(link) != links[link]:
                os.symlink(links[link], link + '.windlass')
                os.rename(link + '.windlass', link)
        if text:
            write(DPKG + '/alternatives/' + name, text)
        else:
            os.unlink(DPKG + '/alternatives/' + name)

def marked(stanza, status):
    return re.sub('(?m)^Status: .*$', 'Status: ' + status, stanza)

class Failed(Exception):
    pass

def must(*argv):
    ended = run(*argv)
    if ended != 0:
        raise Failed('%s ended with %d' % (' '.join(argv[:4]), ended))

def waiting(word):
    """Packages that wait for a word, by their names."""
    lines = [line.split() for line in read(DPKG + '/triggers/File').splitlines()] if word.startswith('/') else [
        [word, line] for line in read(DPKG + '/triggers/' + word).splitlines()]
    return set(who.split('/')[0] for at, who in lines if at == word)

def put_made(key, paths):
    """What a package's scripts had made of its files: as it was, and not made anew."""
    for path in paths:
        must('find', path, '-xdev', '-mindepth', '1', '-delete')
    must('tar', '-C', '/', '-xpf', '%s/files/%s.made.tar' % (keep, key), '--numeric-owner', '--same-owner')

def wake(of, changed, made):
    """What waits for files that changed, and what these packages' own notes wake; not whose work has come back whole."""
    above = set(changed)
    for path in changed:
        while path.count('/') > 1:
            path = path.rsplit('/', 1)[0]
            above.add(path)
    words = set(line.split()[0] for line in read(DPKG + '/triggers/File').splitlines() if line.split()[0] in above)
    for one in of:
        for line in read(INFO + '/' + one + '.triggers').splitlines():
            told = line.split('#')[0].split()
            if len(told) == 2 and told[0].startswith('activate'):
                words.add(told[1])
    for word in sorted(words):
        if waiting(word) and not waiting(word) - made:
            continue
        must('dpkg-trigger', '--by-package=' + of[0], '--no-await', word)

def exchange(found, native, kept, there, stems, came):
    # Before the files of others come: where one was taken over, dpkg would take it away with who took it.
    if found['gone']:
        must('dpkg', '--force-depends', '--no-triggers', '--remove', *[key for key, now in found['gone']])
    old = set('/' + name for one in kept.values() for name in one['names'])
    new = set(path for paths in came.values() for path in paths)
    before = set(one for key in stems for one in interests(stems[key]))
    set_status(dict((key, marked(there[key], 'install reinstreq half-installed')) for key in stems), native)
    for path in compiled(new) + sorted(new - old, reverse=True):
        if os.path.islink(path) or os.path.isfile(path):
            os.unlink(path)
            continue
        for folder in (path + '/__pycache__', path):
            if os.path.isdir(folder) and not os.listdir(folder):
                os.rmdir(folder)
    for key in sorted(kept):
        for path in notes(stems[key]) if key in stems else []:
            if path not in old and not path.endswith('.list'):
                os.unlink(path)
        tar = ['tar', '-C', '/', '-xpf', '%s/files/%s.tar' % (keep, key), '--numeric-owner', '--same-owner']
        must(*(tar + ['--keep-directory-symlink', '--xattrs', '--xattrs-include=security.*']))
    set_interests(before, set(one for key in kept for one in interests(kept[key]['stem'])))
    put_alternatives(old | new)
    set_status(dict((key, one['stanza']) for key, one in kept.items()), native)
    must('ldconfig')
    wake([one['stem'] for one in kept.values()], old | new, set(one['stem'] for one in kept.values() if one.get('made')))
    must('dpkg', '--configure', '--pending')
    # Last: where others wait for the same files its own scripts were woken along with theirs.
    for key, one in kept.items():
        if one.get('made'):
            put_made(key, one['made'])
    subprocess.check_call(['sync'])

def put_files(found, native):
    if not os.path.isdir(keep + '/files'):
        return 'no files were kept'
    if found['other']:
        return '%s changed since, and not by the run' % found['other'][0][0]
    kept = {}
    for key, now, was in found['put']:
        one = kept_of(key)
        if one is None:
            return '%s: %s' % (key, read(keep + '/files/' + key + '.without').strip() or 'its files are not kept')
        kept[key] = one
    there = dict((keyed(one, native), one) for one in stanzas())
    if not os.path.exists(UNDER_WAY):
        for key, stanza in there.items():
            if not re.search(r' ok (installed|config-files|not-installed)$', field(stanza, 'Status')):
                return '%s is %s' % (key, field(stanza, 'Status'))
    stems = dict((key, stem(key.split(':')[0], field(there[key], 'Architecture'))) for key in kept if key in there)
    came = dict((key, listed(stems[key])) for key in stems)
    diverted = set(read(DPKG + '/diversions').splitlines())
    for key, paths in came.items():
        if any(path in diverted for path in paths):
            return '%s: files of it are diverted' % key
    print('%d packages are put back by their files' % len(kept))
    with locked('lock-frontend'):
        os.environ['DPKG_FRONTEND_LOCKED'] = '1'
        write(UNDER_WAY, ''.join(key + '\n' for key in sorted(kept)))
        try:
            exchange(found, native, kept, there, stems, came)
        except Failed as failed:
            # Of what dpkg calls half installed apt wants the archive it came from, and nothing else will do.
            set_status(dict((key, marked(there[key], 'install ok half-configured')) for key in stems), native)
            return str(failed)
        finally:
            del os.environ['DPKG_FRONTEND_LOCKED']
    verify = subprocess.Popen(['dpkg', '--verify'] + sorted(kept), stdout=subprocess.PIPE)
    told = verify.communicate()[0].decode('utf-8', 'replace').splitlines()
    bad = [line for line in told if ' c /' not in line]
    if bad or verify.returncode not in (0, 1):
        return 'dpkg --verify says that they are not as they were: ' + '; '.join(bad[:5])
    os.unlink(UNDER_WAY)
    return None
`;
