/** What the program of `cloud-program.ts` does with a compute and its guests. */
export const GUESTS = String.raw`TASK, POWER, HOST = 'OS-EXT-STS:task_state', 'OS-EXT-STS:power_state', 'OS-EXT-SRV-ATTR:host'

def tag(server):
    return server.get('metadata', {}).get(STAY)

def brief(server):
    return {'id': server['id'], 'name': server['name'], 'status': server['status'], 'task': server.get(TASK),
            'power': server.get(POWER), 'tag': tag(server)}

def runs(server):
    return server.get(POWER) in (1, 3) or server.get(TASK) is not None

def marked(server, mark, args):
    return server.get('metadata', {}).get(mark) == args.host

def mark(cloud, server, key, args):
    cloud.nova('POST', '/servers/%s/metadata' % server['id'], {'metadata': {key: args.host}})

def unmark(cloud, server, key):
    try:
        cloud.nova('DELETE', '/servers/%s/metadata/%s' % (server['id'], key))
    except Refused as refused:
        if refused.code != 404:
            raise

# What is on a host: read-only.
def host(cloud, args):
    service = cloud.service(args.host)
    servers = cloud.servers(args.host)
    canaries = [one for one in servers if is_canary(cloud, one, args)]
    guests = [one for one in servers if one not in canaries]
    print(json.dumps({'host': args.host, 'state': service['state'], 'status': service['status'],
                      'reason': service.get('disabled_reason'), 'age': since(service.get('updated_at')),
                      'canary': [brief(one) for one in canaries],
                      'running': [brief(one) for one in guests if runs(one) and not marked(one, KEPT, args)],
                      'kept': [brief(one) for one in guests if marked(one, KEPT, args)],
                      'stopped': [brief(one) for one in guests if marked(one, STOPPED, args)],
                      'agents': [{'type': one['agent_type'], 'alive': one['alive'], 'up': one['admin_state_up'],
                                  'age': since(one.get('heartbeat_timestamp'))}
                                 for one in cloud.agents(args.host)]}, sort_keys=True))

def disable(cloud, args):
    service = cloud.service(args.host)
    if service['status'] == 'disabled' and service.get('disabled_reason') != args.reason:
        fail('%s is disabled already, with another reason: %s' % (args.host, service.get('disabled_reason')))
    cloud.nova('PUT', '/os-services/' + service['id'], {'status': 'disabled', 'disabled_reason': args.reason})

def enable(cloud, args):
    cloud.nova('PUT', '/os-services/' + cloud.service(args.host)['id'], {'status': 'enabled'})

def until(seconds, ask, what):
    end, said = time.monotonic() + seconds, False
    while True:
        found = ask()
        if found or time.monotonic() > end:
            return found
        if not said:
            waits(what)
        said = True
        time.sleep(CALM)

def about(server, what):
    return '%s %s %s' % (server['id'], server['name'], what)

# The guest as soon as nothing is done with it; a live migration is what we want, where its owner said nothing else.
def settled(cloud, server, args):
    def calm():
        now = cloud.server(server['id'])
        fine = (None,) if tag(now) in ('poweroff', 'notify') else (None, 'migrating')
        return now if now.get(TASK) in fine else None
    return until(args.timeout, calm, about(server, 'is busy: something else is done with it'))

# A change to which no answer came may have been taken: it is not asked for again, what became of it is looked at.
def act(cloud, server, body):
    try:
        cloud.nova('POST', '/servers/%s/action' % server['id'], body)
    except Refused as refused:
        if 0 < refused.code < 500:
            raise
        say(str(refused))

def stop(cloud, server, args):
    mark(cloud, server, STOPPED, args)
    try:
        act(cloud, server, {'os-stop': None})
    except Refused:
        unmark(cloud, server, STOPPED)
        raise
    now = until(args.timeout, lambda: over(cloud.server(server['id']), 'SHUTOFF'), about(server, 'shuts down'))
    if now is None:
        return 'did not shut off within %d s' % args.timeout
    if now['status'] == 'SHUTOFF':
        told(now, 'shut off', on=args.host)
    elif now['status'] != 'DELETED':
        return 'is %s' % now['status']

def over(server, wanted):
    return server if server['status'] in (wanted, 'ERROR', 'DELETED') and server.get(TASK) is None else None

BLOCK = {'auto': 'auto', 'always': True, 'never': False}

# A first try can fail for a reason that it takes away itself: it is made once more, unless it ran out of time.
def move(cloud, server, args):
    why, late = migrate(cloud, server, args)
    if why and not late:
        say('%s %s: %s; it is tried once more' % (server['id'], server['name'], why))
        why, late = migrate(cloud, cloud.server(server['id']), args)
    return why

def migrate(cloud, server, args):
    ident = server['id']
    if server.get(TASK) != 'migrating':
        try:
            act(cloud, server, {'os-migrateLive': {'host': None, 'block_migration': BLOCK[args.block]}})
        except Refused as refused:
            if not guests_own(refused):
                raise
            return str(refused), False
    start = time.monotonic()
    def ended():
        now = cloud.server(ident)
        if now.get(TASK) is None and (now.get(HOST) != args.host or time.monotonic() - start > 4 * CALM):
            return now
    now = until(args.timeout, ended, about(server, 'moves to another compute'))
    late = now is None
    if late:
        for one in cloud.nova('GET', '/servers/%s/migrations' % ident)['migrations']:
            try:
                cloud.nova('DELETE', '/servers/%s/migrations/%s' % (ident, one['id']))
            except Refused as refused:
                if not guests_own(refused):
                    raise
                say(str(refused))
        now = until(20 * CALM, ended, about(server, 'has its move called off'))
    if now is None:
        return 'did not arrive within %d s, and the migration could not be called off' % args.timeout, True
    if now.get(HOST) == args.host:
        if late:
            return 'did not arrive within %d s: the migration was called off' % args.timeout, True
        moves = cloud.nova('GET', '/os-migrations?instance_uuid=' + ident)['migrations']
        last = max(moves, key=lambda one: one['id'])['status'] if moves else 'none'
        return 'is still there: its last migration ended as %s' % last, False
    if now['status'] == 'DELETED':
        return None, False
    harm = {} if now['status'] in ('ACTIVE', 'PAUSED') else {'why': 'it arrived as %s' % now['status']}
    told(now, 'moved', on=args.host, to=now[HOST], seconds=round(time.monotonic() - start), **harm)
    if harm:
        fail('%s %s was moved to %s and arrived as %s: no other guest is moved' % (ident, now['name'], now[HOST], now['status']))
    return None, False

# Said of this guest; anything else is said of the API, and no guest is to suffer for that.
def guests_own(refused):
    return 400 <= refused.code < 500 and refused.code != 401

def tried(do, cloud, server, args):
    try:
        return do(cloud, server, args)
    except Refused as refused:
        if not guests_own(refused):
            raise
        return None if cloud.server(server['id'])['status'] == 'DELETED' else str(refused)

def keep(cloud, server, args):
    mark(cloud, server, KEPT, args)

# One guest leaves, as its owner and the policy want it: says why it did not. What was listed may be long ago.
def part(cloud, server, args):
    now = settled(cloud, server, args)
    if now is None:
        return 'something else was done with it for %d s' % args.timeout
    if now.get(HOST) != args.host or not runs(now):
        if now.get(HOST) == args.host and marked(now, STOPPED, args):
            told(now, 'shut off', on=args.host)
        return None
    if tag(now) == 'notify':
        why = 'its owner tagged it %s=notify: it is not to be moved' % STAY
    else:
        why = tried(stop if tag(now) == 'poweroff' else move, cloud, now, args)
        if why and args.stuck == 'stop' and tag(now) != 'poweroff':
            say('%s %s: %s; it is shut off instead' % (now['id'], now['name'], why))
            why = tried(stop, cloud, now, args)
    if why and args.stuck == 'skip':
        unable = tried(keep, cloud, now, args)
        if not unable:
            told(now, 'kept', on=args.host, why=why)
            return None
        why = '%s; it cannot be marked: %s' % (why, unable)
    return why

# Takes every running guest off a host, one after the other.
def empty(cloud, args):
    end = time.monotonic() + args.patience
    while True:
        todo = [one for one in cloud.servers(args.host)
                if runs(one) and not is_canary(cloud, one, args) and not marked(one, KEPT, args)]
        if not todo:
            break
        stayed = []
        for server in todo:
            why = part(cloud, server, args)
            if why:
                stayed.append('%s %s: %s' % (server['id'], server['name'], why))
                say(stayed[-1])
        if stayed and (args.stuck != 'wait' or time.monotonic() > end):
            fail('guests that did not leave %s:\n%s' % (args.host, '\n'.join(stayed)))
        if stayed:
            time.sleep(5 * CALM)

# Starts again what was shut off for this host's sake, and takes our marks off.
def wake(cloud, server, args):
    if marked(server, KEPT, args):
        unmark(cloud, server, KEPT)
    if not marked(server, STOPPED, args):
        return None
    now = settled(cloud, server, args)
    if now is not None and now['status'] == 'SHUTOFF':
        act(cloud, now, {'os-start': None})
        now = until(args.timeout, lambda: over(cloud.server(server['id']), 'ACTIVE'), about(server, 'starts'))
    if now is None:
        return 'did not start within %d s' % args.timeout
    if now['status'] == 'ERROR':
        return 'is ERROR: %s' % now.get('fault', {}).get('message', 'no fault told')
    if now['status'] == 'DELETED':
        return None
    unmark(cloud, now, STOPPED)
    if server['status'] == 'SHUTOFF' and now['status'] == 'ACTIVE':
        told(now, 'started', on=args.host)

def start(cloud, args):
    failed = []
    for server in cloud.servers(args.host):
        why = tried(wake, cloud, server, args)
        if why:
            failed.append('%s %s: %s' % (server['id'], server['name'], why))
            say(failed[-1])
    if failed:
        fail('guests of %s that were not started:\n%s' % (args.host, '\n'.join(failed)))

`;
