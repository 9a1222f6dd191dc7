/** What the program of `cloud-program.ts` does with a compute and its guests. */
export const GUESTS = String.raw`def brief(server):
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

`;
