import { until } from '../command.ts';
import { type LabService, startUnit } from '../service.ts';
import type { Site, SiteNode } from '../site.ts';
import { API_PORTS, allServersUp, SIDE_PORTS } from './haproxy.ts';

// What is written last in a Python file is what counts.
const settings = (site: Site): string => `
# Written by the lab.
ALLOWED_HOSTS = ['*']
OPENSTACK_HOST = '${site.vip}'
OPENSTACK_KEYSTONE_URL = 'http://${site.vip}:${API_PORTS.keystone}/v3'
SESSION_ENGINE = 'django.contrib.sessions.backends.signed_cookies'
CACHES = {'default': {'BACKEND': 'django.core.cache.backends.memcached.PyMemcacheCache', 'LOCATION': '127.0.0.1:11211'}}
`;

// Django runs inside Apache: one process of it is enough, and one is what two cores can carry.
const MPM = `StartServers 1
MinSpareThreads 1
MaxSpareThreads 25
ThreadsPerChild 10
MaxRequestWorkers 20
`;

const LOGIN = '/horizon/auth/login/';

async function status(address: string): Promise<string> {
  try {
    const url = `http://${address}:${SIDE_PORTS.horizon}${LOGIN}`;
    const answer = await fetch(url, { signal: AbortSignal.timeout(60_000) });
    const text = await answer.text();
    return text.includes('csrfmiddlewaretoken')
      ? 'asks for a login'
      : `status ${answer.status}, no login form`;
  } catch (error) {
    return error instanceof Error ? `${error.name} ${error.message}` : String(error);
  }
}

const asks = (answer: string): boolean => answer === 'asks for a login';

async function serves(nodes: readonly SiteNode[]): Promise<void> {
  await until('the dashboard asks for a login on every controller', 300, async () => {
    const all = await Promise.all(
      nodes.map(async (node) => ({ name: node.name, answer: await status(node.address) })),
    );
    const bad = all.filter(({ answer }) => !asks(answer));
    return bad.length === 0 || bad.map(({ name, answer }) => `${name}: ${answer}`).join('; ');
  });
}

export const horizon: LabService = {
  name: 'horizon',
  packages: ['openstack-dashboard', 'openstack-dashboard-apache'],
  units: ['apache2'],
  secrets: { 'horizon-key': 'password' },
  files: (site, node) => [
    {
      path: '/etc/openstack-dashboard/local_settings.py',
      content: (packaged) => packaged + settings(site),
    },
    {
      path: '/var/lib/openstack-dashboard/secret-key/.secret_key_store',
      content: site.secret('horizon-key'),
      mode: 0o600,
      owner: 'www-data:www-data',
    },
    {
      path: '/etc/apache2/ports.conf',
      content: `Listen ${node.address}:${SIDE_PORTS.horizon}\n`,
    },
    { path: '/etc/apache2/mods-available/mpm_event.conf', content: MPM },
  ],

  async first(site, hands) {
    // The package brings a site for TLS without the module that it needs.
    const start = `a2dissite -q default-ssl\nsystemctl -q enable apache2\n${startUnit('apache2')}`;
    await Promise.all(site.controllers.map((node) => hands.on(node, start, { timeoutMs: 180_000 })));
    await serves(site.controllers);
    await allServersUp(site, hands, ['horizon']);
  },
  async cold(site, hands) {
    const start = startUnit('apache2');
    await Promise.all(site.controllers.map((node) => hands.on(node, start, { timeoutMs: 180_000 })));
    await serves(site.controllers);
    await allServersUp(site, hands, ['horizon']);
  },
  async health(site) {
    const answer = await status(site.vip);
    return [{ name: 'horizon through the VIP', ok: asks(answer), detail: answer }];
  },
};
