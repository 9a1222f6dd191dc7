import { until } from '../command.ts';
import { type Hands, type Health, type LabService, startUnit } from '../service.ts';
import type { Site, SiteNode } from '../site.ts';
import { hasGuests, type ServiceName } from '../topology.ts';

/** Public port of each API, the same on the node and on the VIP. */
export const API_PORTS = {
  keystone: 5000,
  glance: 9292,
  placement: 8778,
  nova: 8774,
  neutron: 9696,
  cinder: 8776,
  heat: 8004,
} as const;

/** What else is behind the VIP, beside the service that brings it: its port, and how its health is asked. */
export const SIDE_PORTS = { metadata: 8775, novnc: 6080, horizon: 80 } as const;
const SIDES: Partial<
  Record<ServiceName, readonly { readonly name: keyof typeof SIDE_PORTS; readonly check: string }[]>
> = {
  nova: [
    { name: 'metadata', check: '  option httpchk GET /\n  http-check expect status 200\n' },
    { name: 'novnc', check: '' },
  ],
  horizon: [{ name: 'horizon', check: '  option httpchk GET /\n  http-check expect status 200,301,302\n' }],
};

const isApi = (name: ServiceName): name is keyof typeof API_PORTS => Object.hasOwn(API_PORTS, name);

const HEAD = `global
  log /dev/log local0
  user haproxy
  group haproxy
  daemon
  maxconn 1000
  stats socket /run/haproxy/admin.sock mode 660 level admin expose-fd listeners
  stats timeout 30s

defaults
  log global
  mode http
  option httplog
  option dontlognull
  option redispatch
  retries 3
  timeout connect 5s
  timeout client 300s
  timeout server 300s
  timeout queue 30s
  timeout http-request 30s
  timeout check 8s
`;

// A health check costs an API work, and each HAProxy asks each server: with many APIs that alone would fill
// two cores. So a server that is well is asked less often there; one that may not be well as often as ever.
const pace = (site: Site): string =>
  hasGuests(site.topology) ? 'inter 10s fastinter 2s downinter 2s' : 'inter 2s';

const CHECK = '  option httpchk GET /\n  http-check expect status 200,300,401\n';

function apiSection(site: Site, name: string, port: number, check: string): string {
  const servers = site.controllers.map((node) => `  server ${node.name} ${node.address}:${port} check`);
  return `
frontend ${name}fe
  bind ${site.vip}:${port}
  default_backend ${name}be

backend ${name}be
${check}  default-server ${pace(site)} fall 3 rise 2
${servers.join('\n')}
`;
}

// One member takes all writes; the others stand by, and a session on a member that went down is ended at
// once, so that its client comes back on a live one.
function galeraSection(site: Site): string {
  const servers = site.controllers.map(
    (node, index) => `  server ${node.name} ${node.address}:3306 check${index === 0 ? '' : ' backup'}`,
  );
  return `
frontend galerafe
  bind ${site.vip}:3306
  mode tcp
  option tcplog
  timeout client 1h
  default_backend galerabe

backend galerabe
  mode tcp
  timeout server 1h
  option mysql-check user haproxy
  default-server inter 1s fall 2 rise 2 on-marked-down shutdown-sessions
${servers.join('\n')}
`;
}

function haproxyCfg(site: Site): string {
  const apis = site.topology.services
    .filter(isApi)
    .map((name) => apiSection(site, name, API_PORTS[name], CHECK));
  const sides = site.topology.services
    .flatMap((name) => SIDES[name] ?? [])
    .map(({ name, check }) => apiSection(site, name, SIDE_PORTS[name], check));
  const sql = site.topology.services.includes('galera') ? galeraSection(site) : '';
  return [HEAD, sql, ...apis, ...sides].join('');
}

/** Servers that HAProxy does not hold up, out of `show stat`. */
export function serversDown(csv: string): string[] {
  return csv
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(','))
    .filter(([, server]) => server !== undefined && server !== 'FRONTEND' && server !== 'BACKEND')
    .filter((fields) => !/^(UP|no check)/.test(fields[17] ?? ''))
    .map((fields) => `${fields[0]}/${fields[1]} ${fields[17]}`);
}

const STAT = `echo 'show stat' | socat -t 10 stdio unix-connect:/run/haproxy/admin.sock`;

async function down(hands: Hands, node: SiteNode): Promise<string[]> {
  const out = await hands.on(node, STAT, { accept: [1] });
  return out.includes('FRONTEND') ? serversDown(out) : ['haproxy does not answer'];
}

/** Waits until every HAProxy holds every server of these things up. */
export async function allServersUp(site: Site, hands: Hands, names: readonly string[]): Promise<void> {
  const asked = names.map((name) => `${name}be/`);
  const counts = (server: string): boolean =>
    !server.includes('/') || asked.some((backend) => server.startsWith(backend));
  await until(
    `every server of ${names.join(' and ')} up on every HAProxy`,
    240,
    async () => {
      const all = await Promise.all(
        site.controllers.map(async (node) =>
          (await down(hands, node)).filter(counts).map((server) => `${node.name}: ${server}`),
        ),
      );
      return all.flat().length === 0 || all.flat().join('; ');
    },
    1500,
  );
}

export const haproxy: LabService = {
  name: 'haproxy',
  packages: ['haproxy'],
  units: ['haproxy'],
  secrets: {},
  files: (site) => [
    { path: '/etc/haproxy/haproxy.cfg', content: haproxyCfg(site) },
    // Every HAProxy listens on the VIP, also where the VIP is not.
    { path: '/etc/sysctl.d/50-vip.conf', content: 'net.ipv4.ip_nonlocal_bind = 1\n' },
  ],
  async first(site, hands) {
    const start =
      'haproxy -c -q -f /etc/haproxy/haproxy.cfg; systemctl -q enable haproxy; systemctl start haproxy';
    await Promise.all(site.controllers.map((node) => hands.on(node, start)));
  },
  async cold(site, hands) {
    const start = startUnit('haproxy');
    await Promise.all(site.controllers.map((node) => hands.on(node, start)));
  },
  async health(site, hands): Promise<readonly Health[]> {
    return Promise.all(
      site.controllers.map(async (node) => {
        const bad = await down(hands, node);
        return {
          name: `haproxy ${node.name}`,
          ok: bad.length === 0,
          detail: bad.join('; ') || 'all servers up',
        };
      }),
    );
  },
};
