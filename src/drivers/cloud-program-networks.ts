/** How the program of `cloud-program.ts` moves routers and DHCP between agents. */
export const NETWORKS = `L3, DHCP = 'L3 agent', 'DHCP agent'

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

`;
