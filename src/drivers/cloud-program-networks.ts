/** How the program of `cloud-program.ts` moves routers and DHCP between agents. */
export const NETWORKS = `L3, DHCP = 'L3 agent', 'DHCP agent'
KINDS = {L3: ('l3-routers', 'router_id', 'routers'), DHCP: ('dhcp-networks', 'network_id', 'networks')}
MOVING = 8                                          # routers an agent builds at a time (neutron: ROUTER_PROCESS_GREENLET_MIN)
BUILD = float(os.environ.get('WINDLASS_BUILD', 300))  # seconds until one that was moved must be served where it went

def carried(cloud, agent):
    path, key, things = KINDS[agent['agent_type']]
    return [one['id'] for one in cloud.neutron('GET', '/agents/%s/%s' % (agent['id'], path))[things]]

# Agents whose routers or networks can be moved. An L3 agent of a compute with DVR serves the guests of that compute
# alone: nothing can be taken from it or given to it (neutron: DVRL3CannotRemoveFromDvrAgent).
def movable(cloud):
    return [one for one in cloud.agents() if one['agent_type'] in KINDS
            and one.get('configurations', {}).get('agent_mode') not in ('dvr', 'dvr_no_external')]

def rest(everyone, agent):
    return [one for one in everyone if one['agent_type'] == agent['agent_type'] and one['host'] != agent['host']]

def living(everyone, agent):
    return [one for one in rest(everyone, agent) if one['alive'] and one['admin_state_up']]

def exists(cloud, kind, thing):
    try:
        cloud.neutron('GET', '/%s/%s' % (KINDS[kind][2], thing))
        return True
    except Refused as refused:
        if refused.code != 404:
            raise
        return False

# What the agents of a host carry, and who else could: read-only.
def agents(cloud, args):
    everyone = movable(cloud)
    print(json.dumps({'host': args.host, 'agents': [
        {'type': one['agent_type'], 'alive': one['alive'], 'up': one['admin_state_up'], 'carries': carried(cloud, one),
         'others': sorted(two['host'] for two in living(everyone, one))}
        for one in everyone if one['host'] == args.host]}, sort_keys=True))

# What of the things asked for is no more, wherever it was: read-only.
def gone(cloud, args):
    here = [thing for one in movable(cloud) if one['host'] == args.host for thing in carried(cloud, one)]
    print(json.dumps({'gone': [thing for kind, things in ((L3, args.routers), (DHCP, args.networks)) for thing in things
                               if thing not in here and not exists(cloud, kind, thing)]}))

# Whether the agent has it afterwards. A refusal is none when it has it already; when no answer came, or the API stumbled
# (two writes that overlap end in a 500 on a new MariaDB), it is looked at, and tried again where it has not.
def take(cloud, agent, thing):
    path, key, things = KINDS[agent['agent_type']]
    for left in reversed(range(3)):
        try:
            cloud.neutron('POST', '/agents/%s/%s' % (agent['id'], path), {key: thing})
            return True
        except Refused as refused:
            if 400 <= refused.code < 500 and refused.code not in (404, 409):
                raise
            stumbled = refused.code >= 500
        if thing in carried(cloud, agent):
            return True
        if not stumbled or left == 0:
            return False
        time.sleep(CALM)

# A router's ports: where each is bound, and whether it works there.
def ports(cloud, router):
    return dict((one['id'], (one.get('binding:host_id'), one['status']))
                for one in cloud.every('network', '/ports?device_id=' + router, 'ports')
                if one.get('device_owner') != 'network:router_ha_interface')

def serves(cloud, kind, thing, host):
    return [port for port, at in ports(cloud, thing).items() if at == (host, 'ACTIVE')] if kind == L3 else []

# An agent that has taken a router has yet to build it, and needs the bus for it: guests behind it are cut off until
# the ports that worked before work there. Waits until no more than so many are under way. DHCP has no such gap.
def arrive(cloud, moving, most):
    said = None
    while len(moving) > most:
        late = []
        for router, (host, wanted, since) in list(moving.items()):
            now, took = ports(cloud, router), time.monotonic() - since
            missing = [port for port in wanted if now.get(port, (host, 'ACTIVE')) != (host, 'ACTIVE')]
            if not missing:
                del moving[router]
                say('%s %s: served by %s after %d s' % (L3, router, host, took))
            elif took > BUILD:
                fail('%s %s: given to %s, which does not serve it after %d s; not ACTIVE there: %s'
                     % (L3, router, host, took, ', '.join(sorted(missing))))
            else:
                late.append('%s %s: %s does not serve it yet, not ACTIVE there: %s' % (L3, router, host, ', '.join(sorted(missing))))
        if len(moving) > most:
            if late != said:
                waits('; '.join(late[:3]) + ('; and %d more' % (len(late) - 3) if len(late) > 3 else ''))
            said = late
            time.sleep(CALM)

def drop(cloud, agent, thing):
    try:
        cloud.neutron('DELETE', '/agents/%s/%s/%s' % (agent['id'], KINDS[agent['agent_type']][0], thing))
    except Refused:
        if thing in carried(cloud, agent):
            raise

def switch(cloud, agent, up):
    cloud.neutron('PUT', '/agents/' + agent['id'], {'agent': {'admin_state_up': up}})

# To the least busy other agent that takes it. A router is dropped first: neutron lets it be at one agent only.
def hand(cloud, agent, thing, others, load, moving):
    kind = agent['agent_type']
    if any(thing in held for held in load.values()):
        drop(cloud, agent, thing)
        say('%s %s: served elsewhere already' % (kind, thing))
        return
    arrive(cloud, moving, MOVING - 1)
    wanted, since = serves(cloud, kind, thing, agent['host']), time.monotonic()
    if kind == L3:
        drop(cloud, agent, thing)
    for to in sorted(others, key=lambda one: (len(load[one['id']]), one['host'])):
        if take(cloud, to, thing):
            load[to['id']].append(thing)
            if kind == DHCP:
                drop(cloud, agent, thing)
            say('%s %s: now at %s' % (kind, thing, to['host']))
            if wanted:
                moving[thing] = (to['host'], wanted, since)
            return
    if exists(cloud, kind, thing):
        switch(cloud, agent, True)
        back = take(cloud, agent, thing)
        fail('no other living %s takes %s: it is %s %s' % (kind, thing, 'still at' if back else 'nowhere, not even at', agent['host']))

# Routers and DHCP go to living agents elsewhere, one after the other, before the host is worked on. An agent that is
# shut lets go of everything at once, so it is shut when nothing is left, and asked again for what came meanwhile.
def leave(cloud, args):
    everyone = movable(cloud)
    for agent in [one for one in everyone if one['host'] == args.host]:
        others = living(everyone, agent)
        if carried(cloud, agent) and not others:
            fail('no other living %s can take what %s carries' % (agent['agent_type'], args.host))
        load, moving = dict((one['id'], carried(cloud, one)) for one in others), {}
        for shut in (False, True):
            if shut:
                switch(cloud, agent, False)
            for thing in carried(cloud, agent):
                hand(cloud, agent, thing, others, load, moving)
            arrive(cloud, moving, 0)

# The host's agents may carry again; what it carried before comes back from where it is now. What others carried beside
# it (an HA router, DHCP by two agents) stays with them too.
def comeback(cloud, args):
    everyone = movable(cloud)
    for agent in [one for one in everyone if one['host'] == args.host]:
        switch(cloud, agent, True)
        kind, here = agent['agent_type'], carried(cloud, agent)
        away = [one for one in (args.routers if kind == L3 else args.networks) if one not in here]
        held = [(one, carried(cloud, one)) for one in rest(everyone, agent)] if away else []
        moving = {}
        for thing in away:
            arrive(cloud, moving, MOVING - 1)
            if not exists(cloud, kind, thing):
                say('%s %s: is no more' % (kind, thing))
                continue
            holders = [one for one, things in held if thing in things]
            holder = holders[0] if len(holders) == 1 and thing not in args.shared else None
            wanted = serves(cloud, kind, thing, holder['host']) if holder else []
            since = time.monotonic()
            if holder and kind == L3:
                drop(cloud, holder, thing)
            if not take(cloud, agent, thing):
                back = holder and kind == L3 and take(cloud, holder, thing)
                fail('%s %s: %s does not take it%s' % (kind, thing, args.host, ', it is still at ' + holder['host'] if back else ''))
            if holder and kind == DHCP:
                drop(cloud, holder, thing)
            say('%s %s: back at %s' % (kind, thing, args.host))
            if wanted:
                moving[thing] = (args.host, wanted, since)
        arrive(cloud, moving, 0)

`;
