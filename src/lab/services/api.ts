import { apisOf } from '../../catalog/services/changes.ts';
import { service } from '../../catalog/services/index.ts';
import { cloudApi } from '../cloud-api.ts';
import { settles, until } from '../command.ts';
import { type Hands, type Health, type NodeFile, startUnit } from '../service.ts';
import type { Site, SiteNode } from '../site.ts';
import { API_PORTS, allServersUp } from './haproxy.ts';

export type ApiName = keyof typeof API_PORTS;

/** A database address through the VIP, as SQLAlchemy takes it; a service may have several databases. */
export const databaseUrl = (site: Site, user: string, name = user): string =>
  `mysql+pymysql://${user}:${site.secret(`db-${user}`)}@${site.vip}/${name}?charset=utf8`;

/** The message bus: every member by name, for clients that turn to the next one. */
export const transportUrl = (site: Site): string => {
  const password = site.secret('rabbit-openstack');
  return `rabbit://${site.controllers.map((node) => `openstack:${password}@${node.address}:5672`).join(',')}/`;
};

/** How a service asks keystone whether a token is good. */
export const authToken = (site: Site, user: string): string => `[keystone_authtoken]
www_authenticate_uri = http://${site.vip}:${API_PORTS.keystone}
auth_url = http://${site.vip}:${API_PORTS.keystone}
memcached_servers = 127.0.0.1:11211
auth_type = password
project_domain_name = Default
user_domain_name = Default
project_name = service
username = ${user}
password = ${site.secret(`keystone-${user}`)}
service_token_roles = service
service_token_roles_required = true
`;

/** How a service logs in to call others. */
export const serviceLogin = (site: Site, user: string): string => `auth_type = password
auth_url = http://${site.vip}:${API_PORTS.keystone}
project_domain_name = Default
user_domain_name = Default
region_name = RegionOne
project_name = service
username = ${user}
password = ${site.secret(`keystone-${user}`)}
`;

/**
 * Programs that eventlet patches when they are loaded (asked of the running processes, bookworm). Its locks do not wake who
 * waits in another thread: with the eight threads of most, neutron's POST of a floating IP was seen to hang for ever in the
 * hub of its own thread, while others went on being answered. Debian gives nova's API one thread, and neutron's 32.
 */
const isGreen = (project: string): boolean =>
  apisOf(service(project)).some(({ green }) => green !== undefined);

/**
 * Debian's units start uwsgi on all addresses with eight workers. Here HAProxy has the port on the VIP, so
 * the API takes the node's own address; and one worker has to do. A release whose unit runs the API without
 * uwsgi leaves UWSGI_PORT empty and is told its address by the service's own configuration. `reads` names the
 * files under /etc/default, where they are not named after the unit.
 */
export function uwsgiFiles(
  node: SiteNode,
  project: string,
  unit: string,
  port: number,
  reads: readonly string[] = [unit],
): NodeFile[] {
  const ini = `/etc/${project}/${unit}-uwsgi.ini`;
  return [
    {
      path: ini,
      content: (packaged) => {
        // Where the package has one thread the program bears no more: a health check must not wait for a list.
        const single = isGreen(project) || /^threads = 1$/m.test(packaged);
        const [processes, threads] = single ? [2, 1] : [1, 8];
        // Gazpacho's nova names both its module and a program that its packages no longer have.
        const whole = /^module = /m.test(packaged) ? packaged.replace(/^wsgi-file = .*\n/gm, '') : packaged;
        return whole
          .replace(/^processes = .*$/gm, `processes = ${processes}`)
          .replace(/^threads = .*$/gm, `threads = ${threads}`);
      },
    },
    ...reads.map((name) => ({
      path: `/etc/default/${name}`,
      content: `if [ -n "$UWSGI_PORT" ]; then
  DAEMON_ARGS="--http-socket ${node.address}:${port} --ini ${ini}"
fi
`,
    })),
  ];
}

/** Starts an API on every controller and waits until HTTP, not systemd, says that it serves. */
export async function startApi(site: Site, hands: Hands, unit: string): Promise<void> {
  const start = `systemctl -q enable ${unit}\n${startUnit(unit)}`;
  await Promise.all(site.controllers.map((node) => hands.on(node, start, { timeoutMs: 180_000 })));
}

async function status(address: string, port: number): Promise<string> {
  try {
    const answer = await fetch(`http://${address}:${port}/`, { signal: AbortSignal.timeout(15_000) });
    await answer.arrayBuffer();
    return String(answer.status);
  } catch (error) {
    return error instanceof Error ? `${error.name} ${error.message}` : String(error);
  }
}

const serves = (answer: string): boolean => ['200', '300', '401'].includes(answer);

/** Waits until the API serves on every controller, and through the VIP, where it is a few seconds later. */
export async function apiServes(site: Site, name: ApiName): Promise<void> {
  await until(`${name} serves on every controller`, 240, async () => {
    const all = await Promise.all(
      site.controllers.map(async (node) => ({ node, answer: await status(node.address, API_PORTS[name]) })),
    );
    const bad = all.filter(({ answer }) => !serves(answer));
    return bad.length === 0 || bad.map(({ node, answer }) => `${node.name}: ${answer}`).join('; ');
  });
  await until(`${name} serves through the VIP`, 120, async () => {
    const answer = await status(site.vip, API_PORTS[name]);
    return serves(answer) || answer;
  });
}

/** Seconds after which an API that was started by a boot and never answered is taken to hang. */
const PATIENCE = 90;

/** How the API answers a list on one controller, with a token of that controller's own; true where it does. */
async function listsOn(site: Site, node: SiteNode, name: ApiName): Promise<true | string> {
  try {
    const api = await cloudApi(site, { at: node.address, patienceMs: 15_000 });
    const list = service(name).api?.list;
    if (list !== undefined) await api.call(name, list.replace('{project}', api.project));
    return true;
  } catch (error) {
    return error instanceof Error ? `${error.name} ${error.message}` : String(error);
  }
}

/**
 * After power: units are enabled and start by themselves; what counts is that a list is answered, with a token and the
 * database behind it. A worker that came up before the database and the bus can hang for ever (cinder's on one of three
 * controllers, once), and its bare address answers all the while (an image or a provider was not to be read for two
 * minutes, once): it is started anew.
 */
export async function coldApi(site: Site, hands: Hands, name: ApiName, unit: string): Promise<void> {
  await startApi(site, hands, unit);
  await Promise.all(
    site.controllers.map(async (node) => {
      if ((await settles(PATIENCE, () => listsOn(site, node, name), 1000)) === true) return;
      await hands.on(node, `systemctl restart ${unit}`, { timeoutMs: 180_000 });
      await until(`${name} answers a list on ${node.name}`, 240, () => listsOn(site, node, name), 1000);
    }),
  );
  await apiServes(site, name);
  await allServersUp(site, hands, [name, 'galera']);
}

/** How the API answers through the VIP. */
export async function apiHealth(site: Site, name: ApiName): Promise<Health[]> {
  const answer = await status(site.vip, API_PORTS[name]);
  return [{ name: `${name} through the VIP`, ok: serves(answer), detail: answer }];
}
