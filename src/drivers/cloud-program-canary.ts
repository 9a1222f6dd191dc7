/** How the program of `cloud-program.ts` has a canary guest born on a compute that is disabled. */
export const CANARY = String.raw`def canary_name(args):
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

`;
