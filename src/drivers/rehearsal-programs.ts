import { ADDRESSES } from './rehearsal-addresses.ts';

/** `look` tells the files that would change, `rewrite` changes them; $2 is how, as JSON. */
export const REWRITE = `${ADDRESSES}mode, how = sys.argv[1], json.loads(sys.argv[2])
left, count = [], 0
for path in files(how['places'] + how['credentials']):
    count += 1
    old = read(path)
    new = rewritten(path, old, how)
    if new == old:
        continue
    left.append(path)
    if mode == 'rewrite':
        write(path, new)
print(json.dumps({'files': count, 'left': left}))
`;

/**
 * Looks again in its own way, with none of the rules that rewrote: every line that has an address of the cluster, also in
 * a comment, and every option whose database, bus or HTTP address does not lead to this machine. Tells places, no values.
 */
export const SCAN = String.raw`import json, os, re, sys

how = json.loads(sys.argv[1])
HERE = ('127.0.0.1', 'localhost', '::1', '[::1]', '')
WEB = re.compile(r'''\bhttps?://([^/\s"',;]*)''', re.I)
# A bus's address has several hosts, a list of web addresses several addresses.
URL = re.compile(r'''\b(?:mysql|mariadb|postgres|postgresql|rabbit|kombu|amqps?|amqp1|kafka|zmq|pika)(?:\+\w+)?://([^/\s"']*)''', re.I)

def known(line, word):
    if ':' in word:
        return re.search(r'(?<![\w:])' + re.escape(word) + r'(?![\w:])', line)
    return re.search(r'(?<![\w.])' + re.escape(word) + r'(?![\w-]|\.\w)', line)

def away(authority):
    for one in authority.split(','):
        host = one.rsplit('@', 1)[-1]
        host = host if host.startswith('[') and host.endswith(']') else re.sub(r':\d*$', '', host)
        if host not in HERE:
            return True
    return False

named, count = [], 0
places = how['places'] + how['credentials']
paths = [place for place in places if os.path.isfile(place)]
for place in places:
    for folder, _, names in os.walk(place):
        paths += [os.path.join(folder, name) for name in names]
for path in sorted(path for path in paths if os.path.isfile(path)):
    count += 1
    options = path in how['credentials'] or path.endswith(('.conf', '.ini')) or path.startswith('/etc/default/')
    with open(path, 'rb') as held:
        text = held.read().decode('utf-8', 'replace')
    for number, line in enumerate(text.split('\n'), 1):
        plain = any(known(line, one) for one in how['addresses'])
        url = options and line.lstrip()[:1] not in '#;' and any(away(one) for one in URL.findall(line) + WEB.findall(line))
        if plain or url:
            named.append('%s:%d' % (path, number))
print(json.dumps({'files': count, 'named': named}))
`;

/** `look` tells how many cells lead elsewhere, `rewrite` turns them to this server and to no bus; $2 is Nova's API database. */
export const CELLS = `${ADDRESSES}mode, schema = sys.argv[1:3]
table, rows = cells(schema)
left = 0
for number, bus, url in rows:
    part = taken(url)
    # Filled in by Nova from its own configuration, which is turned to this machine.
    own = part is not None and '{hostname}' in (part['host'] or '')
    wanted = url if own or url == '' else database(url)
    if bus == 'none:///' and url == wanted:
        continue
    left += 1
    if mode == 'rewrite':
        sql("UPDATE %s SET transport_url = UNHEX('%s'), database_connection = UNHEX('%s') WHERE id = %d;" % (
            table, 'none:///'.encode().hex(), wanted.encode().hex(), int(number)))
print(json.dumps({'cells': len(rows), 'left': left}))
`;

/** `look` tells which accounts cannot enter this server, `give` makes them; $2 is how, as JSON. */
export const ACCOUNTS = `${ADDRESSES}from urllib.parse import unquote
mode, how = sys.argv[1], json.loads(sys.argv[2])
wanted = {}
urls = []
for path in files(how['places']):
    if path.endswith(('.conf', '.ini')):
        for line in read(path).split('\\n'):
            match = OPTION.match(line)
            if match and DATABASE.match(match.group(3)):
                urls.append(bare(match.group(3)))
if how['cells']:
    urls += [url for _, _, url in cells(how['cells'])[1]]
for url in urls:
    part = taken(url)
    if part and part['host'] == LOOP and part['user'] and '{' not in part['user']:
        wanted[unquote(part['user'])] = unquote(part['password'] or '')
if mode == 'give':
    for user in sorted(wanted):
        who = "%s@'%%'" % text_of(user)
        lines = ['CREATE USER IF NOT EXISTS %s;' % who, 'ALTER USER %s IDENTIFIED BY %s;' % (who, text_of(wanted[user]))]
        lines += ['GRANT ALL PRIVILEGES ON %s.* TO %s;' % (quoted(name), who) for name in how['databases']]
        sql('\\n'.join(lines))
shut = []
for user in sorted(wanted):
    # By the environment, which only root can read of a process of root.
    env = dict(os.environ, MYSQL_PWD=wanted[user])
    argv = ['mariadb', '--no-defaults', '--protocol=tcp', '--skip-ssl', '--host=' + LOOP, '--user=' + user, '-e', 'SELECT 1']
    if subprocess.run(argv, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode != 0:
        shut.append(user)
print(json.dumps({'accounts': len(wanted), 'shut': shut}))
`;

/** `look` tells which endpoints lead elsewhere, `rewrite` turns them; $2 is Keystone's database, $3 type -> URL as JSON. */
export const ENDPOINTS = `${ADDRESSES}mode, schema, urls = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
table = quoted(schema)
rows = sql('SELECT e.id, HEX(e.url), HEX(s.type) FROM %s.endpoint e JOIN %s.service s ON s.id = e.service_id;' % (table, table))
left = 0
for ident, url, kind in rows:
    wanted = urls.get(bytes.fromhex(kind).decode(), 'http://%s:1' % LOOP)
    if bytes.fromhex(url).decode() == wanted:
        continue
    left += 1
    if mode == 'rewrite':
        sql('UPDATE %s.endpoint SET url = UNHEX(%s) WHERE id = %s;' % (table, text_of(wanted.encode().hex()), text_of(ident)))
print(json.dumps({'endpoints': len(rows), 'left': left}))
`;

/**
 * `look` tells which addresses can be reached from here, and which are this machine's own; `raise` makes them unreachable
 * by a route of the kernel's, so that also what nobody thought of cannot go there. Never one that we are spoken to from.
 */
export const WALL = String.raw`import json, re, socket, subprocess, sys

mode, words = sys.argv[1], sys.argv[2:]

def run(*argv):
    return subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)

def addresses(word):
    try:
        return sorted({found[4][0] for found in socket.getaddrinfo(word, None)})
    except socket.gaierror:
        return []

peers = set()
for line in run('ss', '-Htnp', 'state', 'established').stdout.splitlines():
    if 'sshd' in line:
        field = line.split()
        peers.add(re.sub(r'^\[|\](?=:\d+$)|:\d+$', '', field[3]).replace('::ffff:', '') if len(field) > 3 else '')
reached, own, spoken = [], [], []
for word in words:
    for address in addresses(word):
        family = '-6' if ':' in address else '-4'
        if address in peers:
            spoken.append(address)
            continue
        if mode == 'raise':
            run('ip', family, 'route', 'replace', 'unreachable', address)
        told = run('ip', family, 'route', 'get', address)
        if re.match(r'\s*local\b', told.stdout):
            own.append(address)
        elif told.returncode == 0 and 'unreachable' not in told.stdout:
            reached.append(address)
print(json.dumps({'asked': len(words), 'reached': reached, 'own': own, 'spoken': spoken}))
`;

/** Takes the wall down again. */
export const UNWALL = `import socket, subprocess, sys
for word in sys.argv[1:]:
    for address in sorted({found[4][0] for found in socket.getaddrinfo(word, None)}):
        subprocess.call(['ip', '-6' if ':' in address else '-4', 'route', 'del', 'unreachable', address])
`;

/**
 * The configuration of services as a compressed archive on standard output, read on a live controller: what dpkg knows as
 * untouched is left out, since an upgrade would bring the new release's own there. Writes nothing.
 */
export const CONFIGURATION = `import hashlib, os, subprocess, sys, tarfile

untouched = {}
said = subprocess.check_output(['dpkg-query', '-W', '-f', '\${Conffiles}\\n']).decode('utf-8', 'replace')
for line in said.split('\\n'):
    field = line.split()
    if len(field) >= 2 and len(field[1]) == 32:
        untouched[field[0]] = field[1]

def wanted(member):
    path = '/' + member.name
    if member.isfile() and path in untouched:
        with open(path, 'rb') as held:
            if hashlib.md5(held.read()).hexdigest() == untouched[path]:
                return None
    return member if member.isfile() or member.isdir() else None

# A link's file comes with it: what it leads to may not be among the places.
with tarfile.open(fileobj=sys.stdout.buffer, mode='w|gz', dereference=True) as archive:
    for place in sys.argv[1:]:
        if os.path.exists(place):
            archive.add(place, arcname=place.lstrip('/'), filter=wanted)
`;

/** What the target's own check of a service says, check by check; $1 is where it is kept, then who runs it and what. */
export const STATUS = `import json, os, re, subprocess, sys

path, user, argv = sys.argv[1], sys.argv[2], sys.argv[3:]
ran = subprocess.run(['runuser', '-u', user, '--'] + argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
checks, now = [], None
for line in ran.stdout.splitlines():
    cell = re.match(r'^\\|\\s?(.*?)\\s*\\|$', line)
    if not cell:
        now = None
        continue
    field = re.match(r'^(Check|Result|Details):\\s*(.*)$', cell.group(1).strip())
    if field and field.group(1) == 'Check':
        checks.append({'check': field.group(2), 'result': '', 'details': ''})
        now = None
    elif field and checks:
        now = field.group(1).lower()
        checks[-1][now] = field.group(2)
    elif checks and now == 'details':
        checks[-1]['details'] += ' ' + cell.group(1).strip()
for one in checks:
    if one['result'] != 'Success':
        print('told: ' + json.dumps(dict(one, by=argv[0]), sort_keys=True))
words = (ran.stderr.strip() or ran.stdout.strip())[-2000:]
with open(path + '.new', 'w') as kept:
    json.dump({'rc': ran.returncode, 'checks': checks, 'words': '' if checks else words}, kept)
os.replace(path + '.new', path)
`;

/** Versions of packages and of the server, kept at $1 and told. */
export const VERSIONS = `import json, os, subprocess, sys

def out(*argv):
    ran = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, universal_newlines=True)
    return ran.stdout.strip() if ran.returncode == 0 else ''

path, packages = sys.argv[1], sys.argv[2:]
found = {name: out('dpkg-query', '-W', '-f', '\${Version}', name) for name in packages}
found['MariaDB'] = out('mariadb', '--batch', '--skip-column-names', '-e', 'SELECT VERSION()')
found = {name: version for name, version in found.items() if version}
print('told: ' + json.dumps({'versions': found}, sort_keys=True))
with open(path + '.new', 'w') as kept:
    json.dump(found, kept, sort_keys=True)
os.replace(path + '.new', path)
`;
