/**
 * The program by which a controller asks and changes the cloud through its own APIs. Standard library only, so that
 * Python 3.5 of stretch and 3.13 of trixie run it, and so that it goes on while client libraries are exchanged.
 * It is written to the controllers once, as a step of the plan; every later step is one short line that calls it.
 * The password is read here, on the controller, from the operator's own credentials file, and goes nowhere else.
 */
export const CLOUD_PROGRAM = String.raw`#!/usr/bin/env python3
# Written by Windlass: asks and changes the cloud through its own APIs. See --help.
import argparse, errno, http.client, json, os, re, ssl, sys, time, urllib.error, urllib.parse, urllib.request

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

def quoted(text):
    return urllib.parse.quote(text, safe='')

class Cloud(object):
    def __init__(self, path):
        self.env = credentials(path)
        self.token, self.catalog = None, []
        self.context = ssl.create_default_context(cafile=self.env.get('OS_CACERT'))

    def send(self, method, url, body=None, headers=None, login=False):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data=data, method=method)
        request.add_header('Accept', 'application/json')
        request.add_header('Content-Type', 'application/json')
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        # An API that is being taken over by another controller is asked again, for a minute; a change is only sent
        # again when it cannot have been taken (no connection). A token may be asked for as often as one likes.
        harmless = method == 'GET' or login
        for left in reversed(range(20)):
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

    def login(self):
        env = self.env
        domain = lambda kind: {'id': env['OS_%s_DOMAIN_ID' % kind]} if 'OS_%s_DOMAIN_ID' % kind in env \
            else {'name': env.get('OS_%s_DOMAIN_NAME' % kind, 'Default')}
        project = {'id': env['OS_PROJECT_ID']} if 'OS_PROJECT_ID' in env else \
            {'name': env['OS_PROJECT_NAME'], 'domain': domain('PROJECT')}
        base = env['OS_AUTH_URL'].rstrip('/')
        base = base if base.endswith('/v3') else base + '/v3'
        body = {'auth': {'identity': {'methods': ['password'], 'password': {'user': {
            'name': env['OS_USERNAME'], 'domain': domain('USER'), 'password': env['OS_PASSWORD']}}},
            'scope': {'project': project}}}
        answer, said = self.send('POST', base + '/auth/tokens', body, login=True)
        self.token, self.catalog = answer.headers['X-Subject-Token'], said['token']['catalog']

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

    def server(self, ident):
        return self.nova('GET', '/servers/' + ident)['server']

    def agents(self, host=None):
        return self.every('network', '/agents' + ('?host=' + quoted(host) if host else ''), 'agents')

def brief(server):
    return {'id': server['id'], 'name': server['name'], 'status': server['status'],
            'task': server.get('OS-EXT-STS:task_state'), 'power': server.get('OS-EXT-STS:power_state'),
            'tag': server.get('metadata', {}).get(STAY)}

def runs(server):
    return server.get('OS-EXT-STS:power_state') in (1, 3) or server.get('OS-EXT-STS:task_state') is not None

def stays(server, args):
    return runs(server) and server['name'] != canary_name(args)

def marked(server, mark, args):
    return server.get('metadata', {}).get(mark) == args.host

# What is on a host: read-only.
def host(cloud, args):
    service = cloud.service(args.host)
    servers = cloud.servers(args.host)
    print(json.dumps({'host': args.host, 'state': service['state'], 'status': service['status'],
                      'reason': service.get('disabled_reason'),
                      'canary': [brief(one) for one in servers if one['name'] == canary_name(args)],
                      'running': [brief(one) for one in servers if stays(one, args) and not marked(one, KEPT, args)],
                      'kept': [brief(one) for one in servers if marked(one, KEPT, args)],
                      'stopped': [brief(one) for one in servers if marked(one, STOPPED, args)],
                      'agents': [{'type': one['agent_type'], 'alive': one['alive'], 'up': one['admin_state_up']}
                                 for one in cloud.agents(args.host)]}, sort_keys=True))

def disable(cloud, args):
    service = cloud.service(args.host)
    if service['status'] == 'disabled' and service.get('disabled_reason') != args.reason:
        fail('%s is disabled already, with another reason: %s' % (args.host, service.get('disabled_reason')))
    cloud.nova('PUT', '/os-services/' + service['id'], {'status': 'disabled', 'disabled_reason': args.reason})

def enable(cloud, args):
    cloud.nova('PUT', '/os-services/' + cloud.service(args.host)['id'], {'status': 'enabled'})

def until(seconds, ask):
    end = time.time() + seconds
    while True:
        found = ask()
        if found or time.time() > end:
            return found
        time.sleep(CALM)

def stop(cloud, server, args):
    cloud.nova('POST', '/servers/%s/metadata' % server['id'], {'metadata': {STOPPED: args.host}})
    cloud.nova('POST', '/servers/%s/action' % server['id'], {'os-stop': None})
    if not until(args.timeout, lambda: cloud.server(server['id'])['status'] == 'SHUTOFF'):
        return 'did not shut off within %d s' % args.timeout
    told(server, 'shut off', on=args.host)

def move(cloud, server, args):
    ident = server['id']
    if server.get('OS-EXT-STS:task_state') != 'migrating':
        try:
            cloud.nova('POST', '/servers/%s/action' % ident,
                       {'os-migrateLive': {'host': None, 'block_migration': args.block == 'always' or 'auto'
                                           if args.block != 'never' else False}})
        except Refused as refused:
            return str(refused)
    start = time.time()
    def over():
        now = cloud.server(ident)
        here = now.get('OS-EXT-SRV-ATTR:host') == args.host
        if now.get('OS-EXT-STS:task_state') is None and (not here or time.time() - start > 10):
            return now
    now = until(args.timeout, over)
    if now is None:
        for one in cloud.nova('GET', '/servers/%s/migrations' % ident)['migrations']:
            cloud.nova('DELETE', '/servers/%s/migrations/%s' % (ident, one['id']))
        until(60, over)
        return 'did not arrive within %d s: the migration was called off' % args.timeout
    if now.get('OS-EXT-SRV-ATTR:host') == args.host:
        moves = cloud.nova('GET', '/os-migrations?instance_uuid=' + ident)['migrations']
        last = max(moves, key=lambda one: one['id']) if moves else {'status': 'none'}
        return 'is still there: its last migration ended as %s' % last['status']
    if now['status'] not in ('ACTIVE', 'PAUSED'):
        return 'arrived as %s' % now['status']
    told(now, 'moved', on=args.host, to=now['OS-EXT-SRV-ATTR:host'], seconds=round(time.time() - start))

# Takes every running guest off a host, one after the other.
def empty(cloud, args):
    failed = {}
    end = time.time() + args.patience
    while True:
        todo = [one for one in cloud.servers(args.host) if stays(one, args) and not marked(one, KEPT, args)
                and (one['id'] not in failed or args.stuck == 'wait')]
        if not todo:
            break
        for server in todo:
            tag = server.get('metadata', {}).get(STAY)
            if tag == 'poweroff':
                why = stop(cloud, server, args)
            elif tag == 'notify':
                why = 'its owner tagged it %s=notify: it is not to be moved' % STAY
            else:
                # A first try can fail for a reason that it takes away itself: it is made once more.
                why = move(cloud, server, args) and move(cloud, cloud.server(server['id']), args)
            if why and args.stuck == 'stop' and tag != 'notify':
                say('%s %s: %s; it is shut off instead' % (server['id'], server['name'], why))
                why = stop(cloud, server, args)
            if why and args.stuck == 'skip':
                cloud.nova('POST', '/servers/%s/metadata' % server['id'], {'metadata': {KEPT: args.host}})
                told(server, 'kept', on=args.host, why=why)
            elif why:
                failed[server['id']] = '%s %s: %s' % (server['id'], server['name'], why)
                say(failed[server['id']])
            else:
                failed.pop(server['id'], None)
        if failed and (args.stuck in ('fail', 'stop') or (args.stuck == 'wait' and time.time() > end)):
            fail('guests that did not leave %s:\n%s' % (args.host, '\n'.join(failed.values())))
        if failed and args.stuck == 'wait':
            time.sleep(15)

# Starts again what was shut off for this host's sake, and takes our marks off.
def start(cloud, args):
    for server in cloud.servers(args.host):
        if marked(server, KEPT, args):
            cloud.nova('DELETE', '/servers/%s/metadata/%s' % (server['id'], KEPT))
        if not marked(server, STOPPED, args):
            continue
        if server['status'] == 'SHUTOFF':
            cloud.nova('POST', '/servers/%s/action' % server['id'], {'os-start': None})
            if not until(args.timeout, lambda: cloud.server(server['id'])['status'] == 'ACTIVE'):
                fail('%s %s did not start within %d s' % (server['id'], server['name'], args.timeout))
        cloud.nova('DELETE', '/servers/%s/metadata/%s' % (server['id'], STOPPED))
        told(server, 'started', on=args.host)

def canary_name(args):
    return 'windlass-canary-' + args.host

# A disabled host bears a trait that keeps every guest away, also one that is sent to it by name. It is taken off for
# the canary's own scheduling; tenants stay away all the same, because the scheduler's filter knows the service.
def open_door(cloud, name):
    for provider in cloud.call('placement', 'GET', '/resource_providers?name=' + name)['resource_providers']:
        path = '/resource_providers/%s/traits' % provider['uuid']
        held = cloud.call('placement', 'GET', path)
        rest = [one for one in held['traits'] if one != 'COMPUTE_STATUS_DISABLED']
        if len(rest) < len(held['traits']):
            cloud.call('placement', 'PUT', path, {'resource_provider_generation': held['resource_provider_generation'], 'traits': rest})

def named(items, wanted, what):
    for one in items:
        if wanted in (one['id'], one.get('name')):
            return one['id']
    fail('there is no %s called %s' % (what, wanted))

def canary(cloud, args):
    name = canary_name(args)
    for old in [one for one in cloud.servers(args.host) if one['name'] == name and one['status'] != 'ACTIVE']:
        remove(cloud, old['id'])
    for old in cloud.every('compute', '/servers/detail?all_tenants=1&name=' + quoted('^%s$' % name), 'servers'):
        if old.get('OS-EXT-SRV-ATTR:host') != args.host or old['status'] != 'ACTIVE':
            remove(cloud, old['id'])
        else:
            return
    node = [one for one in cloud.every('compute', '/os-hypervisors/detail', 'hypervisors') if one['service']['host'] == args.host]
    if len(node) != 1:
        fail('%d hypervisors belong to %s' % (len(node), args.host))
    flavor = named(cloud.every('compute', '/flavors/detail?is_public=None', 'flavors'), args.flavor, 'flavor')
    image = named(cloud.every('image', '/v2/images?limit=1000', 'images'), args.image, 'image')
    nets = 'none' if not args.network else [{'uuid': named(cloud.every('network', '/networks', 'networks'), args.network, 'network')}]
    open_door(cloud, node[0]['hypervisor_hostname'])
    made = cloud.nova('POST', '/servers', {'server': {'name': name, 'flavorRef': flavor, 'imageRef': image,
                      'networks': nets, 'availability_zone': cloud.service(args.host)['zone'] + ':' + args.host}})['server']
    over = until(args.timeout, lambda: cloud.server(made['id']) if cloud.server(made['id'])['status'] in ('ACTIVE', 'ERROR') else None)
    if over is None or over['status'] != 'ACTIVE':
        last = over or cloud.server(made['id'])
        fail('the canary guest on %s is %s: %s' % (args.host, last['status'], last.get('fault', {}).get('message', 'no fault told')))
    say('the canary guest %s is ACTIVE on %s' % (made['id'], args.host))

def remove(cloud, ident):
    cloud.nova('DELETE', '/servers/' + ident)
    def gone():
        try:
            cloud.server(ident)
        except Refused as refused:
            if refused.code == 404:
                return True
            raise
    if not until(120, gone):
        fail('server %s is not gone after 120 s' % ident)

def uncanary(cloud, args):
    for old in cloud.every('compute', '/servers/detail?all_tenants=1&name=' + quoted('^%s$' % canary_name(args)), 'servers'):
        remove(cloud, old['id'])

L3, DHCP = 'L3 agent', 'DHCP agent'

def carried(cloud, agent):
    if agent['agent_type'] == L3:
        return [one['id'] for one in cloud.neutron('GET', '/agents/%s/l3-routers' % agent['id'])['routers']]
    return [one['id'] for one in cloud.neutron('GET', '/agents/%s/dhcp-networks' % agent['id'])['networks']]

def schedulers(cloud, host):
    return [one for one in cloud.agents(host) if one['agent_type'] in (L3, DHCP)]

# What the agents of a host carry, and who else could: read-only.
def agents(cloud, args):
    everyone = [one for one in cloud.agents() if one['agent_type'] in (L3, DHCP)]
    print(json.dumps({'host': args.host, 'agents': [
        {'type': one['agent_type'], 'alive': one['alive'], 'up': one['admin_state_up'], 'carries': carried(cloud, one),
         'others': sorted(two['host'] for two in everyone if two['agent_type'] == one['agent_type']
                          and two['host'] != args.host and two['alive'] and two['admin_state_up'])}
        for one in everyone if one['host'] == args.host]}, sort_keys=True))

PATHS = {L3: ('l3-routers', 'router_id'), DHCP: ('dhcp-networks', 'network_id')}

def take(cloud, agent, thing):
    path, key = PATHS[agent['agent_type']]
    try:
        cloud.neutron('POST', '/agents/%s/%s' % (agent['id'], path), {key: thing})
    except Refused as refused:
        if refused.code != 409:
            raise

def drop(cloud, agent, thing):
    try:
        cloud.neutron('DELETE', '/agents/%s/%s/%s' % (agent['id'], PATHS[agent['agent_type']][0], thing))
    except Refused as refused:
        if refused.code not in (404, 409):
            raise

# Routers and DHCP go to the least busy living agent elsewhere, one after the other, before the host is worked on.
def leave(cloud, args):
    for agent in schedulers(cloud, args.host):
        others = [one for one in cloud.agents() if one['agent_type'] == agent['agent_type']
                  and one['host'] != args.host and one['alive'] and one['admin_state_up']]
        mine = carried(cloud, agent)
        if mine and not others:
            fail('no other living %s can take what %s carries' % (agent['agent_type'], args.host))
        cloud.neutron('PUT', '/agents/' + agent['id'], {'agent': {'admin_state_up': False}})
        for thing in mine:
            load = dict((one['id'], carried(cloud, one)) for one in others)
            to = None if any(thing in held for held in load.values()) else min(others, key=lambda one: (len(load[one['id']]), one['host']))
            if agent['agent_type'] == L3:
                drop(cloud, agent, thing)
                if to: take(cloud, to, thing)
            else:
                if to: take(cloud, to, thing)
                drop(cloud, agent, thing)
            say('%s %s: %s' % (agent['agent_type'], thing, 'now at ' + to['host'] if to else 'served elsewhere already'))

# The host's agents may carry again; what it carried before comes back from where it is now.
def comeback(cloud, args):
    for agent in schedulers(cloud, args.host):
        cloud.neutron('PUT', '/agents/' + agent['id'], {'agent': {'admin_state_up': True}})
        wanted = args.routers if agent['agent_type'] == L3 else args.networks
        for thing in [one for one in wanted if one not in carried(cloud, agent)]:
            others = [one for one in cloud.agents() if one['agent_type'] == agent['agent_type'] and one['host'] != args.host]
            holders = [one for one in others if thing in carried(cloud, one)]
            if agent['agent_type'] == L3:
                for one in holders[:1]: drop(cloud, one, thing)
                take(cloud, agent, thing)
            else:
                take(cloud, agent, thing)
                for one in holders[:1]: drop(cloud, one, thing)
            say('%s %s: back at %s' % (agent['agent_type'], thing, args.host))

def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--credentials', required=True)
    verbs = parser.add_subparsers(dest='verb')
    verbs.required = True
    for act in (host, disable, enable, empty, start, canary, uncanary, agents, leave, comeback):
        verb = verbs.add_parser(act.__name__)
        verb.set_defaults(act=act)
        verb.add_argument('host')
        if act is disable:
            verb.add_argument('--reason', required=True)
        if act in (empty, start, canary):
            verb.add_argument('--timeout', type=float, default=600)
        if act is empty:
            verb.add_argument('--stuck', choices=('wait', 'stop', 'skip', 'fail'), default='fail')
            verb.add_argument('--block', choices=('auto', 'always', 'never'), default='auto')
            verb.add_argument('--patience', type=float, default=3600)
        if act is canary:
            for name in ('image', 'flavor', 'network'):
                verb.add_argument('--' + name, default='')
        if act is comeback:
            verb.add_argument('--routers', nargs='*', default=[])
            verb.add_argument('--networks', nargs='*', default=[])
    args = parser.parse_args()
    try:
        args.act(Cloud(args.credentials), args)
    except Refused as refused:
        fail(str(refused))

main()
`;
