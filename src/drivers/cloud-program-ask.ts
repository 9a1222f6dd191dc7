/** How the program of `cloud-program.ts` asks: credentials, token, catalogue, pages, and what to do on a bad way. */
export const ASK = String.raw`#!/usr/bin/env python3
# Written by Windlass: asks and changes the cloud through its own APIs. See --help.
import argparse, calendar, errno, http.client, json, os, re, ssl, sys, time, urllib.error, urllib.parse, urllib.request

CALM = float(os.environ.get('WINDLASS_CALM', 3))  # seconds between two looks at the same thing

STAY = 'maintenance_action'      # a guest's own word: live_migrate (as if unsaid), poweroff, notify
STOPPED = 'windlass_stopped_on'  # our mark on a guest that was shut off for its host's sake
KEPT = 'windlass_kept_on'        # our mark on a guest that could not be moved and goes on running there

class Refused(Exception):
    def __init__(self, code, text):
        Exception.__init__(self, text)
        self.code = code

def fail(text):
    sys.stdout.flush()
    sys.stderr.write(text + '\n')
    sys.exit(1)

# A unit has no locale: what a terminal of ASCII cannot show is escaped, and no name ends the program.
def say(text):
    coding = sys.stdout.encoding or 'ascii'
    print(text.encode(coding, 'backslashreplace').decode(coding))
    sys.stdout.flush()

# What is waited for, for whoever looks on: the engine tells it while this is the last line.
def waits(text):
    say('waits: ' + text)

# What the report must know of: the engine keeps lines that begin so.
def told(server, what, **more):
    say('told: ' + json.dumps(dict(more, guest=server['id'], name=server['name'], what=what), sort_keys=True))

# The shell's own words, as far as such files have them: export, quotes, a comment behind.
def credentials(path):
    found = {}
    try:
        with open(path, encoding='utf-8') as lines:
            text = lines.read()
    except (OSError, UnicodeDecodeError) as error:
        fail('the credentials cannot be read: %s' % error)
    word = r"""(?:^|\s)#.*|\b(OS_\w+)=(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|((?:[^\s;\\]|\\.)*))"""
    for line in text.splitlines():
        for match in re.finditer(word, line):
            name, double, single, bare = match.groups()
            value = single or re.sub(r'\\(["\\$\x60])', r'\1', double or '') or re.sub(r'\\(.)', r'\1', bare or '')
            if name and value:
                found[name] = value
    if 'OS_PROJECT_ID' not in found and 'OS_TENANT_NAME' in found:
        found.setdefault('OS_PROJECT_NAME', found['OS_TENANT_NAME'])
    wanted = ['OS_AUTH_URL', 'OS_USERNAME', 'OS_PASSWORD'] + ([] if 'OS_PROJECT_ID' in found else ['OS_PROJECT_NAME'])
    if not all(name in found for name in wanted):
        fail('%s does not say %s' % (path, ', '.join(name for name in wanted if name not in found)))
    return found

# What a service says of a refusal. Not asked of a login: it could quote the password.
def words(error):
    try:
        return error.read().decode(errors='replace')[:400]
    except (OSError, http.client.HTTPException):
        return error.reason

def unreached(error):
    return isinstance(error, urllib.error.URLError) and getattr(error.reason, 'errno', None) in (
        errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH)

# Seconds since a moment as nova and neutron write it (UTC, with a T or a space); None where they say nothing.
def since(moment):
    if not moment:
        return None
    stamp = moment[:19].replace('T', ' ')
    return max(0, round(time.time() - calendar.timegm(time.strptime(stamp, '%Y-%m-%d %H:%M:%S'))))

def quoted(text):
    return urllib.parse.quote(text, safe='')

class Cloud(object):
    def __init__(self, path):
        self.env = credentials(path)
        self.token, self.catalog, self.project = None, [], None
        self.context = ssl.create_default_context(cafile=self.env.get('OS_CACERT'))

    def send(self, method, url, body=None, headers=None, login=False, tries=20):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data=data, method=method)
        request.add_header('Accept', 'application/json')
        request.add_header('Content-Type', 'application/json')
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        # An API that is being taken over by another controller is asked again, for a minute; a change is only sent
        # again when it cannot have been taken (no connection). A token may be asked for as often as one likes.
        harmless = method == 'GET' or login
        for left in reversed(range(tries)):
            try:
                with urllib.request.urlopen(request, timeout=60, context=self.context) as answer:
                    text = answer.read().decode()
                    return answer, (json.loads(text) if text.strip() else {})
            except urllib.error.HTTPError as error:
                refused = Refused(error.code, '%s %s: %s %s' % (method, url, error.code, error.reason if login else words(error)))
                if not harmless or error.code not in (500, 502, 503, 504) or left == 0:
                    raise refused
            except (OSError, http.client.HTTPException, ValueError) as error:
                refused = Refused(0, '%s %s: %s' % (method, url, error or type(error).__name__))
                if not (harmless or unreached(error)) or left == 0:
                    raise refused
            time.sleep(CALM)

    # Credentials of old clouds name Keystone's v2.0, which has no users of other domains; v3 is beside it.
    def identity(self):
        base = self.env['OS_AUTH_URL'].rstrip('/')
        base = base[:-len('/v2.0')] if base.endswith('/v2.0') else base
        return base if base.endswith('/v3') else base + '/v3'

    def login(self):
        env = self.env
        domain = lambda kind: {'id': env['OS_%s_DOMAIN_ID' % kind]} if 'OS_%s_DOMAIN_ID' % kind in env \
            else {'name': env.get('OS_%s_DOMAIN_NAME' % kind, 'Default')}
        project = {'id': env['OS_PROJECT_ID']} if 'OS_PROJECT_ID' in env else \
            {'name': env['OS_PROJECT_NAME'], 'domain': domain('PROJECT')}
        body = {'auth': {'identity': {'methods': ['password'], 'password': {'user': {
            'name': env['OS_USERNAME'], 'domain': domain('USER'), 'password': env['OS_PASSWORD']}}},
            'scope': {'project': project}}}
        answer, said = self.send('POST', self.identity() + '/auth/tokens', body, login=True)
        self.token, self.catalog = answer.headers['X-Subject-Token'], said['token']['catalog']
        self.project = said['token']['project']['id']

    def url(self, kind):
        wanted = self.env.get('OS_INTERFACE', self.env.get('OS_ENDPOINT_TYPE', 'public')).replace('URL', '')
        for service in self.catalog:
            if service['type'] == kind:
                for end in service['endpoints']:
                    if end['interface'] == wanted and end.get('region') == self.env.get('OS_REGION_NAME', end.get('region')):
                        return end['url'].rstrip('/')
        fail('the catalogue has no %s endpoint for %s in region %s' % (wanted, kind, self.env.get('OS_REGION_NAME', 'any')))

    def call(self, kind, method, path, body=None):
        if self.token is None:
            self.login()
        for again in (False, True):
            headers = {'X-Auth-Token': self.token, 'OpenStack-API-Version': 'compute 2.60' if kind == 'compute' else 'placement 1.10'}
            base = self.url(kind)
            if kind == 'network' and not base.endswith('/v2.0'):
                base += '/v2.0'
            try:
                return self.send(method, base + path, body, headers)[1]
            except Refused as refused:
                if refused.code != 401 or again:
                    raise
                self.login()

    def nova(self, method, path, body=None):
        return self.call('compute', method, path, body)

    def neutron(self, method, path, body=None):
        return self.call('network', method, path, body)

    # Every page of a list. Only the question is taken from a service's link: behind a balancer it may think it stands
    # elsewhere. Pages are shorter than we ask for where max_limit says so.
    def every(self, kind, path, key):
        found = []
        while True:
            page = self.call(kind, 'GET', path)
            found += page[key]
            links = [one['href'] for one in page.get(key + '_links', []) if one['rel'] == 'next']
            links += [page['next']] if page.get('next') else []
            if not links or not page[key]:
                return found
            path = path.split('?')[0] + '?' + urllib.parse.urlsplit(links[0]).query

    def service(self, host):
        found = self.nova('GET', '/os-services?binary=nova-compute&host=' + quoted(host))['services']
        if len(found) != 1:
            fail('%d nova-compute services are called %s' % (len(found), host))
        return found[0]

    def servers(self, host):
        found = self.every('compute', '/servers/detail?all_tenants=1&limit=1000&host=' + quoted(host), 'servers')
        return [one for one in found if one.get('OS-EXT-SRV-ATTR:host') == host]

    # One that nova does not know (any more) is nowhere, and nothing is done with it.
    def server(self, ident):
        try:
            return self.nova('GET', '/servers/' + ident)['server']
        except Refused as refused:
            if refused.code != 404:
                raise
            return {'id': ident, 'name': '', 'status': 'DELETED'}

    def agents(self, host=None):
        return self.every('network', '/agents' + ('?host=' + quoted(host) if host else ''), 'agents')

`;
