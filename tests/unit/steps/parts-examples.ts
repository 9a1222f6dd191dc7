import type { Example } from './examples.ts';
import { ok, stat } from './seen.ts';

/** What a mask leaves of nova.conf: sections and names, no values. */
export const novaConf = (...sections: readonly string[]) =>
  ok(`== /etc/nova/nova.conf\n${sections.join('\n')}\n`);
export const AUTHTOKEN = '[keystone_authtoken]\nauth_url =\nusername =\npassword =\nproject_name =';

export const lent = {
  path: '/etc/nova/nova.conf',
  keep: '/etc/nova/nova.conf.before-placement',
  from: 'keystone_authtoken',
  to: 'placement',
  needs: ['auth_url', 'username', 'password', 'project_name'],
  also: ['user_domain_name'],
  otherwise: { auth_type: 'password' },
};

export const endpoint = {
  credentials: '/root/openrc',
  type: 'volumev3',
  name: 'cinderv3',
  description: 'Volumes v3',
  like: 'volumev2',
  cut: '/v2/',
  to: '/v3/%(project_id)s',
};

export const listener = {
  path: '/etc/haproxy/haproxy.cfg',
  socket: '/run/haproxy/admin.sock',
  name: 'placement',
  bind: '192.0.2.10:8778',
  servers: [
    { name: 'ctl1', address: '192.0.2.11:8778' },
    { name: 'ctl2', address: '192.0.2.12:8778' },
  ],
};

/** Parts a new release has: databases, endpoints, listeners, sections. */
export const PARTS_EXAMPLES: readonly Example[] = [
  {
    kind: 'database.create',
    params: { schema: 'nova_cell0', like: 'nova' },
    done: {
      databases: ok('nova\tutf8_general_ci\nnova_cell0\tutf8_general_ci\n'),
      grants: ok('nova\tnova\t%\nnova_cell0\tnova\t%\n'),
    },
  },
  {
    kind: 'endpoint.make',
    params: endpoint,
    done: { endpoints: ok('{"left": [], "there": 3}\n') },
  },
  {
    kind: 'haproxy.listen',
    params: listener,
    done: { stat: stat('placement/ctl1 DOWN', 'placement/ctl2 UP') },
  },
  {
    kind: 'config.lend',
    params: lent,
    done: {
      options: novaConf(
        AUTHTOKEN,
        '[placement]\nauth_type =\nauth_url =\nusername =\npassword =\nproject_name =',
      ),
    },
  },
  {
    kind: 'config.addresses',
    params: { places: ['/etc/nova'], cut: '/v2.0', to: '/v3', suffix: '.before-keystone-v3' },
    done: { files: ok('') },
  },
];
