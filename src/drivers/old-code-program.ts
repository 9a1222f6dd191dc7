import { ASK } from './cloud-program-ask.ts';

/** How units are started anew, and whether those without an API have a hand on the database. */
const UNITS = `import glob, socket, subprocess

CALM = 1

# What a service said is not its service's fault: no token, no way to the clones.
class Aside(Exception):
    pass

def run(*argv):
    ran = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    return ran.returncode, ran.stdout.decode('utf-8', 'replace').strip()

def unit_state(unit):
    _, said = run('systemctl', 'show', '--property=ActiveState,NRestarts', '--', unit)
    return dict(line.split('=', 1) for line in said.splitlines() if '=' in line)

def restart(units):
    for unit in units:
        if run('systemctl', '-q', 'is-failed', '--', unit)[0] == 0:
            run('systemctl', 'reset-failed', '--', unit)
        rc, said = run('systemctl', 'restart', '--', unit)
        if rc != 0:
            raise Refused(rc, '%s does not start: %s' % (unit, said[-200:]))

def serves(web, patience):
    until, last = time.monotonic() + patience, ''
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(web['url'], timeout=30) as answer:
                code = answer.getcode()
        except urllib.error.HTTPError as error:
            code = error.code
        except (OSError, http.client.HTTPException) as error:
            code = error
        if code in web['expect']:
            return
        last = str(code)
        time.sleep(CALM)
    raise Refused(0, '%s answers %s' % (web['url'], last))

# Old units that stay up and are not restarted by systemd; where the service lists them, each has written its row since.
def beating(api, how, begun, patience):
    waits = dict.fromkeys(how['engines'])
    until = time.monotonic() + patience
    while how['beats'] and waits:
        age = time.time() - begun
        for row in api('GET', how['beats'])['services']:
            seen = since(row.get('updated_at'))
            if row['binary'] in waits and row.get('state') == 'up' and seen is not None and seen <= age:
                del waits[row['binary']]
        if not waits:
            break
        if time.monotonic() > until:
            raise Refused(0, '%s started and wrote nothing for %d s' % (', '.join(sorted(waits)), patience))
        time.sleep(CALM)
    for unit in how['engines']:
        state = unit_state(unit)
        if state.get('ActiveState') != 'active' or state.get('NRestarts', '0') != '0':
            raise Refused(0, '%s is %s after %s restarts' % (unit, state.get('ActiveState'), state.get('NRestarts')))

`;

/** Rows made, read back and taken away again; each found by its name, so that what an earlier try left goes first. */
const ROWS = String.raw`def filled(value, words):
    if isinstance(value, dict):
        return {key: filled(one, words) for key, one in value.items()}
    if isinstance(value, list):
        return [filled(one, words) for one in value]
    if isinstance(value, str):
        return re.sub(r'\{([a-z ]+)\}', lambda found: words.get(found.group(1), found.group(0)), value)
    return value

def entries(api, row, words):
    found = api('GET', filled(row['find'], words))[row['list']]
    found = [one.get(row['wrapped'], one) if row.get('wrapped') else one for one in found]
    return [one[row['id']] for one in found if one.get(row.get('named', 'name')) == words['name']]

def place(row, words, ident):
    return filled(row['at'], dict(words, id=ident))

# The same word for the rows of one service: a port names its network's id.
def known(api, rows, words):
    have = dict(words)
    for row in rows:
        found = entries(api, row, have)
        if len(found) != 1:
            raise Refused(404, '%d of %s are called %s' % (len(found), row['what'], words['name']))
        have[row['what']] = found[0]
        read(api, row, have, found[0])
    return have

def read(api, row, words, ident):
    until = time.monotonic() + 180
    while True:
        said = api('GET', place(row, words, ident))
        ready = row.get('ready')
        if not ready:
            return
        state = said[ready['in']][ready['is']]
        if state == ready['good']:
            return
        if state == ready['bad'] or time.monotonic() > until:
            raise Refused(0, '%s is %s: %s' % (row['what'], state, said[ready['in']].get(ready['is'] + '_reason', '')))
        time.sleep(CALM)

def make(api, rows, words):
    have = dict(words)
    for row in rows:
        api('POST', filled(row['make'], have), filled(row['body'], have))
        found = entries(api, row, have)
        if len(found) != 1:
            raise Refused(404, '%s was made, and %d are found' % (row['what'], len(found)))
        have[row['what']] = found[0]
        read(api, row, have, found[0])
    return have

def clear(api, rows, words):
    for row in reversed(rows):
        for ident in entries(api, row, words):
            api('DELETE', place(row, words, ident))
    until = time.monotonic() + 180
    for row in rows:
        while entries(api, row, words):
            if time.monotonic() > until:
                raise Refused(0, '%s does not go' % row['what'])
            time.sleep(CALM)

`;

/** What its log says of it, without what a statement or an address may hold. */
const WORDS = String.raw`def sizes(places):
    return {path: os.path.getsize(path) for place in places for path in glob.glob(place + '/*.log')}

def telling(places, before, units, begun):
    text = ''
    for path in sorted(sizes(places)):
        with open(path, 'rb') as log:
            log.seek(max(before.get(path, 0), os.path.getsize(path) - 2 ** 20) if os.path.getsize(path) >= before.get(path, 0) else 0)
            text += log.read().decode('utf-8', 'replace') + '\n'
    for unit in units:
        text += run('journalctl', '--no-pager', '-o', 'cat', '--since', '@%d' % begun, '-u', unit)[1] + '\n'
    lines = [line.strip() for line in text.splitlines()]
    for sign in (r'\(\w+\.err\.\w+\)', r'\b[A-Z]\w*(Error|Exception)\b', r'\bERROR\b'):
        found = [line for line in lines if re.search(sign, line)]
        if found:
            at = re.search(sign, found[0])
            return found[0][at.start():][:300]
    return ''

# As the engine redacts it: what it would cut out of the middle of a line is cut out here, or the line is no JSON any more.
def clean(text):
    text = re.sub(r'://[^\s/@]*@', '://…@', ' '.join(text.split()))
    text = re.sub(r'\b(IDENTIFIED|AUTHENTICATED)\s+(BY|VIA)\b.*', r'\1 …', text, flags=re.I)
    return re.sub(r'''(?i)([\w-]*(?:password|passwd|secret|token)[\w-]*)["']?\s*[=:]\s*("[^"]*"|'[^']*'|[^\s,;&]+)''', r'\1 …', text)

`;

const MAIN = `def login(cloud, how):
    if how['login']:
        cloud.env['OS_AUTH_URL'] = how['at']
    try:
        cloud.login()
    except Refused as refused:
        if how['login']:
            raise
        raise Aside('Keystone gives no ticket: %s' % refused)

# A first answer of a cold API may be slow; one that refuses is asked again twice, since a pool may be filling.
def asker(cloud, how):
    def api(method, path, body=None):
        headers = {'X-Auth-Token': cloud.token, 'OpenStack-API-Version': 'placement 1.20'} if how['service'] == 'placement' else {'X-Auth-Token': cloud.token}
        return cloud.send(method, how['at'] + filled(path, {'project': cloud.project}), body, headers, tries=3)[1]
    return api

def trial(how, begun, done):
    restart(how['units'])
    if how['http']:
        serves(how['http'], how['patience'])
    cloud = Cloud(how['credentials'])
    login(cloud, how)
    api = asker(cloud, how)
    words = {'name': 'windlass-' + how['phase'], 'project': cloud.project}
    left = dict(words, name='windlass-left')
    for path in how['reads']:
        api('GET', path)
        done['asked'] += 1
    rows = how['writes']
    done['at'] = 'writes'
    clear(api, rows, words)
    make(api, rows, words)
    clear(api, rows, words)
    done['wrote'] = len(rows)
    beating(api, how, begun, how['patience'])
    if how['phase'] == 'expanded':
        clear(api, rows, left)
        make(api, rows, left)
    if how['phase'] == 'new':
        # Up to here the new code was asked about itself.
        done['at'] = 'left'
        known(api, rows, left)
        clear(api, rows, left)

def clones(port):
    try:
        socket.create_connection(('127.0.0.1', port), timeout=10).close()
        return True
    except OSError:
        return False

def main():
    how = json.loads(sys.argv[1])
    before, begun = sizes(how['logs']), time.time()
    done = {'asked': 0, 'wrote': 0, 'at': 'lists'}
    ok, words = True, ''
    try:
        trial(how, begun, done)
    except Aside as aside:
        ok, words = None, str(aside)
    except (Refused, KeyError, TypeError, ValueError) as error:
        ok, words = False, str(error) if isinstance(error, Refused) else 'an answer of another shape: %r' % error
        log = telling(how['logs'], before, how['units'], begun)
        words = (words[:400] + ('; ' + log if log and log not in words else '')) or type(error).__name__
        if not clones(how['clones']):
            ok, words = None, 'the clones could not be reached: ' + words
        elif how['phase'] == 'new' and done['at'] != 'left':
            ok, words = None, 'the new code fails on its own: ' + words
    result = {'service': how['service'], 'phase': how['phase'], 'ok': ok, 'words': clean(words)[:600],
              'asked': done['asked'], 'wrote': done['wrote']}
    with open(how['path'] + '.new', 'w') as kept:
        json.dump(result, kept, sort_keys=True)
    os.replace(how['path'] + '.new', how['path'])

main()
`;

/**
 * Starts a service's old units on the clones and asks it, for its lists and by rows that it writes, reads and deletes;
 * keeps what came of it, and ends well whatever came of it: a service that fails is an answer. `expanded` leaves a set of
 * rows behind, which `new` finds, reads and deletes by the new code. $1 is how, as JSON; it holds no secret: the password
 * is read from the credentials file on the machine, as the program of `cloud-program.ts` does.
 */
export const OLD_CODE = `${ASK}${UNITS}${ROWS}${WORDS}${MAIN}`;
