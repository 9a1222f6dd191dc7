/** How the program of `cloud-program.ts` makes endpoints of one service after another's. */
export const ENDPOINTS = `# Keystone itself, by its v3 whatever the credentials or its own endpoints say.
def keystone(cloud, method, path, body=None):
    if cloud.token is None:
        cloud.login()
    return cloud.send(method, cloud.identity() + path, body, {'X-Auth-Token': cloud.token})[1]

# What there is, what should be, and what is left to do: one endpoint for each of the other service, in its region and
# for its interface. Where both are one service, its endpoints are changed.
def endpoint(cloud, args):
    services = keystone(cloud, 'GET', '/services')['services']
    every = keystone(cloud, 'GET', '/endpoints')['endpoints']
    ids = lambda kind: [one['id'] for one in services if one['type'] == kind]
    place = lambda one: (one['interface'], one.get('region_id') or one.get('region'))
    model = [one for one in every if one['service_id'] in ids(args.like)]
    mine = [one for one in every if one['service_id'] in ids(args.type)]
    if not model:
        fail('the catalogue has no endpoint of type %s to go by' % args.like)
    if args.like == args.type:
        wrong = [one for one in model if one['url'].rstrip('/').endswith(args.cut)]
        left = [{'interface': place(one)[0], 'region': place(one)[1], 'url': one['url'].rstrip('/')[:-len(args.cut)] + args.to} for one in wrong]
        # Nothing is taken back: the old release serves the new address too, and which ones were so before nobody knows.
        for one, new in zip(wrong, left) if args.make else ():
            keystone(cloud, 'PATCH', '/endpoints/' + one['id'], {'endpoint': {'url': new['url']}})
    else:
        odd = [one['url'] for one in model if args.cut not in one['url']]
        if odd:
            fail('endpoints of type %s are otherwise than thought, without %s: %s' % (args.like, args.cut, ', '.join(sorted(odd))))
        wanted = [{'interface': place(one)[0], 'region': place(one)[1], 'url': one['url'][:one['url'].index(args.cut)] + args.to} for one in model]
        left = [new for new in wanted if (new['interface'], new['region']) not in [place(one) for one in mine]]
        if args.undo:
            ours = [one for one in mine if one['url'] in [new['url'] for new in wanted]]
            for one in ours:
                keystone(cloud, 'DELETE', '/endpoints/' + one['id'])
            if len(ours) == len(mine):
                for one in ids(args.type):
                    keystone(cloud, 'DELETE', '/services/' + one)
        elif args.make and left:
            there = ids(args.type)
            service = there[0] if there else keystone(cloud, 'POST', '/services', {'service': {
                'type': args.type, 'name': args.name, 'description': args.description}})['service']['id']
            for new in left:
                keystone(cloud, 'POST', '/endpoints', {'endpoint': {
                    'service_id': service, 'interface': new['interface'], 'region_id': new['region'], 'url': new['url']}})
    print(json.dumps({'left': left, 'there': len(mine)}, sort_keys=True))

`;
