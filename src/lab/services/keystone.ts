import type { LabService } from '../service.ts';
import { firstController, type Site } from '../site.ts';
import { apiHealth, apiServes, coldApi, databaseUrl, startApi, transportUrl, uwsgiFiles } from './api.ts';
import { API_PORTS } from './haproxy.ts';

const UNIT = 'keystone';

// password_hash_rounds: a token is to cost this machine milliseconds, not a quarter of a second.
const conf = (site: Site): string => `[DEFAULT]
log_dir = /var/log/keystone
transport_url = ${transportUrl(site)}
[database]
connection = ${databaseUrl(site, 'keystone')}
[token]
provider = fernet
[identity]
password_hash_rounds = 5
[cache]
enabled = true
backend = oslo_cache.memcache_pool
memcache_servers = 127.0.0.1:11211
`;

export const keystone: LabService = {
  name: 'keystone',
  packages: ['keystone', 'python3-pymysql', 'python3-memcache'],
  units: [UNIT],
  secrets: {
    'keystone-admin': 'password',
    'fernet-0': 'fernet',
    'fernet-1': 'fernet',
    'credential-0': 'fernet',
    'credential-1': 'fernet',
  },
  files: (site, node) => [
    { path: '/etc/keystone/keystone.conf', content: conf(site), mode: 0o640, owner: 'root:keystone' },
    ...['fernet', 'credential'].flatMap((kind) =>
      ['0', '1'].map((index) => ({
        path: `/etc/keystone/${kind}-keys/${index}`,
        content: site.secret(`${kind}-${index}`),
        mode: 0o600,
        owner: 'keystone:keystone',
      })),
    ),
    ...uwsgiFiles(node, 'keystone', UNIT, API_PORTS.keystone),
  ],

  async first(site, hands) {
    const url = `http://${site.vip}:${API_PORTS.keystone}/v3`;
    await hands.on(
      firstController(site),
      `runuser -u keystone -- keystone-manage db_sync
OS_BOOTSTRAP_PASSWORD=$(cat <<'PASSWORD'
${site.secret('keystone-admin')}
PASSWORD
)
export OS_BOOTSTRAP_PASSWORD
runuser -u keystone -- keystone-manage bootstrap --bootstrap-region-id RegionOne \\
  --bootstrap-admin-url ${url} --bootstrap-internal-url ${url} --bootstrap-public-url ${url}`,
      { timeoutMs: 300_000 },
    );
    await startApi(site, hands, UNIT);
    await apiServes(site, 'keystone');
  },
  cold: (site, hands) => coldApi(site, hands, 'keystone', UNIT),
  health: (site) => apiHealth(site, 'keystone'),
};
