/** How the program of `cloud-program.ts` has a canary guest born on a compute that is disabled. */
export const CANARY = `def canary_name(args):
    return 'windlass-canary-' + args.host

# Anybody may call a guest so: ours is in our own project.
def is_canary(cloud, server, args):
    return server['name'] == canary_name(args) and server['tenant_id'] == cloud.project

def canaries(cloud, args):
    found = cloud.every('compute', '/servers/detail?all_tenants=1&name=' + quoted('^%s$' % canary_name(args)), 'servers')
    return [one for one in found if is_canary(cloud, one, args)]

# A disabled host bears a trait that keeps every guest away, also one that is sent to it by name. It is taken off for
# the canary's own scheduling; tenants stay away all the same, because the scheduler's filter knows the service.
# nova-compute writes there too: whoever was first wins, and the other looks again.
def open_door(cloud, name):
    for provider in cloud.call('placement', 'GET', '/resource_providers?name=' + quoted(name))['resource_providers']:
        path = '/resource_providers/%s/traits' % provider['uuid']
        for left in reversed(range(5)):
            held = cloud.call('placement', 'GET', path)
            rest = [one for one in held['traits'] if one != 'COMPUTE_STATUS_DISABLED']
            if len(rest) == len(held['traits']):
                break
            try:
                cloud.call('placement', 'PUT', path, {
                    'resource_provider_generation': held['resource_provider_generation'], 'traits': rest})
                break
            except Refused as refused:
                if refused.code != 409 or left == 0:
                    raise

def named(items, wanted, what):
    for one in items:
        if wanted in (one['id'], one.get('name')):
            return one['id']
    fail('there is no %s called %s' % (what, wanted))

# An answer that was lost or late (a minute; a balancer's 504) says nothing: a guest that was born all the same has our name.
def order(cloud, args, wanted):
    try:
        return cloud.nova('POST', '/servers', {'server': wanted})['server']['id']
    except Refused as refused:
        if refused.code not in (0, 504):
            raise
        born = until(20 * CALM, lambda: canaries(cloud, args), 'the canary was ordered and no answer came')
        if not born:
            raise
        return born[0]['id']

def canary(cloud, args):
    for old in canaries(cloud, args):
        if old.get(HOST) != args.host or old['status'] != 'ACTIVE':
            remove(cloud, old['id'])
    if canaries(cloud, args):
        return
    node = [one for one in cloud.every('compute', '/os-hypervisors/detail', 'hypervisors') if one['service']['host'] == args.host]
    if len(node) != 1:
        fail('%d hypervisors belong to %s' % (len(node), args.host))
    flavor = named(cloud.every('compute', '/flavors/detail?is_public=None', 'flavors'), args.flavor, 'flavor')
    image = named(cloud.every('image', '/v2/images?limit=1000', 'images'), args.image, 'image')
    nets = 'none' if not args.network else [{'uuid': named(cloud.every('network', '/networks', 'networks'), args.network, 'network')}]
    wanted = {'name': canary_name(args), 'flavorRef': flavor, 'imageRef': image, 'networks': nets,
              'availability_zone': cloud.service(args.host)['zone'] + ':' + args.host}
    # nova-compute can put its trait back before the scheduler has looked: then nobody was asked, and it is tried again.
    for left in reversed(range(3)):
        open_door(cloud, node[0]['hypervisor_hostname'])
        made = order(cloud, args, wanted)
        born = until(args.timeout, lambda: over(cloud.server(made), 'ACTIVE'), 'canary %s starts' % made)
        if born is not None and born['status'] == 'ACTIVE':
            say('the canary guest %s is ACTIVE on %s' % (made, args.host))
            return
        last = born or cloud.server(made)
        why = last.get('fault', {}).get('message', 'no fault told')
        if 'No valid host' not in why or left == 0:
            fail('the canary guest on %s is %s: %s' % (args.host, last['status'], why))
        remove(cloud, made)

def remove(cloud, ident):
    try:
        cloud.nova('DELETE', '/servers/' + ident)
    except Refused as refused:
        if refused.code != 404:
            raise
    if not until(40 * CALM, lambda: cloud.server(ident)['status'] == 'DELETED', 'canary %s is deleted' % ident):
        fail('server %s is not gone after %d s' % (ident, 40 * CALM))

def uncanary(cloud, args):
    for old in canaries(cloud, args):
        remove(cloud, old['id'])

`;
