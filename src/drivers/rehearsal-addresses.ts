/**
 * How configuration that was copied from a live controller is turned to the rehearsal's own machine, in Python: shared by
 * the programs that write and that only look. A database's address keeps its user, password and name; a bus's becomes the
 * one given; every other address of the cluster becomes the loopback. What is already so stays as it is, so that looking
 * is: would anything change?
 */
export const ADDRESSES = String.raw`import json, os, re, stat, subprocess, sys

LOOP = '127.0.0.1'
DATABASE = re.compile(r'''^['"]?(?:mysql|mariadb|postgres|postgresql)(?:\+\w+)?://''', re.I)
BUS = re.compile(r'''^['"]?(?:rabbit|kombu|amqps?|amqp1|kafka|zmq|pika)(?:\+\w+)?://''', re.I)
# As SQLAlchemy takes an address apart (sqlalchemy/engine/url.py); a cell's may hold {scheme}, {hostname} and the like.
ADDRESS = re.compile(r'''^(?P<scheme>[\w+{}]+)://(?:(?P<user>[^:/]*)(?::(?P<password>[^@]*))?@)?(?P<host>\[[^/?]+\]|[^/:?]*)(?::(?P<port>[^/?]*))?(?:/(?P<name>[^?]*))?(?:\?(?P<query>.*))?$''')
LOGIN = ('auth_url', 'www_authenticate_uri', 'auth_uri', 'identity_uri')
CACHE = ('memcached_servers', 'memcache_servers')
HTTP = re.compile(r'''\bhttps?://(?:[^\s/@]*@)?(?:\[[^\]\s]*\]|[^\s/:,;"'?#]+)''')
OPTION = re.compile(r'^([A-Za-z_][\w.-]*)(\s*[=:]\s*)(.*?)\s*$')
BIGGEST = 4 * 1024 * 1024

def taken(url):
    match = ADDRESS.match(url)
    return match.groupdict() if match else None

def database(url):
    part = taken(url)
    if part is None:
        raise ValueError('a database address that is none')
    scheme = 'mysql+pymysql' if part['scheme'].lower().startswith(('mysql', 'mariadb')) else part['scheme']
    who = '' if part['user'] is None else part['user'] + ('' if part['password'] is None else ':' + part['password']) + '@'
    # Certificates, sockets and time-outs are the live server's; the character set is the client's own.
    kept = [one for one in (part['query'] or '').split('&') if one.startswith('charset=')]
    return '%s://%s%s/%s%s' % (scheme, who, LOOP, part['name'] or '', '?' + kept[0] if kept else '')

def patterns(how):
    each = lambda words: '|'.join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    found = []
    six = [one for one in how['addresses'] if ':' in one]
    four = [one for one in how['addresses'] if ':' not in one]
    if four:
        found.append(r'(?<![\w.])(?:%s)(?![\w-]|\.\w)' % each(four))
    if six:
        found.append(r'(?<![\w:])(?:%s)(?![\w:])' % each(six))
    if how['names']:
        names = each(how['names'])
        found += [r'(?<![\w.-])(?:%s)(?=:\d)' % names, r'(?<=//)(?:%s)(?![\w.-])' % names, r'(?<=@)(?:%s)(?![\w.-])' % names]
    return [re.compile(one) for one in found]

def bare(value):
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in '"\'' else value

# What an option's value has to be, whatever it is; None where only addresses in it matter.
def ruled(section, name, value, how):
    if name in LOGIN:
        return how['identity']
    if name == 'transport_url' or BUS.match(value):
        return how['bus']
    if DATABASE.match(value):
        return database(bare(value))
    if name in CACHE:
        return LOOP + ':11211'
    if section == 'oslo_messaging_rabbit' and name in ('ssl', 'rabbit_use_ssl'):
        return 'false'
    if name in ('rabbit_host', 'rabbit_hosts'):
        return LOOP
    return None

def rewritten(path, text, how):
    login = path in how['credentials']
    options = not login and (path.endswith(('.conf', '.ini')) or path.startswith('/etc/default/'))
    everywhere = patterns(how)
    out, section, replaced = [], 'DEFAULT', False
    for line in text.split('\n'):
        comment = line[:1] in '#;' and line != ''
        if login:
            # The live cloud's certificate is not here, and nothing here has one.
            line = re.sub(r'\bOS_CACERT=', 'OS_CACERT_LIVE=', line)
            line = re.sub(r'''(\bOS_AUTH_URL=)("[^"]*"|'[^']*'|[^\s;]*)''', lambda found: found.group(1) + how['identity'], line)
        elif options and line[:1] in ' \t' and line.strip():
            # An option's value goes on; where that was exchanged the rest of it goes.
            if replaced:
                continue
        elif options and not comment:
            replaced = False
            head = re.match(r'^\[(.*)\]', line)
            if head:
                section = head.group(1)
            match = OPTION.match(line)
            value = ruled(section, match.group(1), match.group(3), how) if match else None
            if value is not None:
                line, replaced = match.group(1) + match.group(2) + value, True
        if options and not comment:
            line = HTTP.sub('http://' + LOOP, line)
        for pattern in everywhere:
            line = pattern.sub(LOOP, line)
        out.append(line)
    return '\n'.join(out)

def files(places):
    for place in places:
        if os.path.isfile(place):
            yield place
        for folder, inner, names in os.walk(place):
            inner.sort()
            for name in sorted(names):
                path = os.path.join(folder, name)
                if os.path.isfile(path) and os.path.getsize(path) <= BIGGEST:
                    yield path

def read(path):
    with open(path, encoding='utf-8', errors='surrogateescape', newline='') as held:
        return held.read()

def write(path, text):
    kept, aside = os.stat(path), path + '.windlass-new'
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(handle, 'w', encoding='utf-8', errors='surrogateescape', newline='') as new:
        new.write(text)
        new.flush()
        os.fchown(new.fileno(), kept.st_uid, kept.st_gid)
        os.fchmod(new.fileno(), stat.S_IMODE(kept.st_mode))
        os.fsync(new.fileno())
    os.replace(aside, path)

def quoted(name):
    return chr(96) + name.replace(chr(96), chr(96) * 2) + chr(96)

def text_of(value):
    return "'" + value.replace('\\', '\\\\').replace("'", "''") + "'"

def sql(statements):
    client = ['mariadb', '--batch', '--skip-column-names']
    ran = subprocess.run(client, input=statements.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if ran.returncode != 0:
        # The client says where, not what: a statement may hold a password.
        sys.exit(re.sub(r"near '.*", 'near …', ran.stderr.decode('utf-8', 'replace'), flags=re.S).strip())
    return [line.split('\t') for line in ran.stdout.decode('utf-8', 'surrogateescape').split('\n') if line]

def cells(schema):
    table = quoted(schema) + '.cell_mappings'
    found = sql("SELECT id, HEX(COALESCE(transport_url, '')), HEX(COALESCE(database_connection, '')) FROM %s;" % table)
    return table, [[one[0]] + [bytes.fromhex(field).decode() for field in (one + ['', ''])[1:3]] for one in found]

`;
