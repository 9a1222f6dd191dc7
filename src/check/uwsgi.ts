import { apisOf } from '../catalog/services/changes.ts';
import { SERVICES } from '../catalog/services/index.ts';
import { blocking, type Check, type Found, read } from './check.ts';

/** uwsgi stays `active` while its application could not be loaded: only HTTP tells (lab.md 4, item 9). */
export const apiHollow: Check = {
  code: 'WL-CHECK-API-HOLLOW',
  title: 'An API is active and does not serve',
  source: 'research/lab.md 4 (items 7 and 9)',
  find: (scene) =>
    read(scene).flatMap(([node, { apis = {} }]) =>
      SERVICES.flatMap((service) => apisOf(service).map((api) => ({ name: service.name, api }))).flatMap(
        ({ name, api }): Found[] => {
          const status = apis[api.unit];
          if (status === undefined || api.expect.includes(status)) return [];
          return [
            {
              level: status >= 500 ? blocking(scene) : 'warn',
              node,
              evidence: `${api.unit} on ${node} is active, and GET ${api.path} on port ${api.port} gives ${status === 0 ? 'no answer' : status}, not ${api.expect.join(' or ')}`,
              remedy: `On ${node}: journalctl -u ${api.unit} and /var/log/${name}/ say why ("no python application found", TooOldComputeService, a database that is behind); systemctl restart ${api.unit} when it is mended.`,
            },
          ];
        },
      ),
    ),
};

/** The plugin embeds one Python: with another default its applications are not found. */
export const uwsgiPython: Check = {
  code: 'WL-CHECK-UWSGI-PYTHON',
  title: "uwsgi's plugin is of another Python",
  source: 'research/lab.md 4 (item 9)',
  find: (scene) =>
    read(scene).flatMap(([node, { python }]) =>
      python === undefined || python.uwsgi.length === 0 || python.uwsgi.includes(python.version)
        ? []
        : [
            {
              level: blocking(scene),
              node,
              evidence: `python3 on ${node} is ${python.version}; uwsgi has plugins for ${python.uwsgi.join(', ')}`,
              remedy: `On ${node}: apt-get install uwsgi-plugin-python3 of the same release as python3; update-alternatives --auto uwsgi-plugin-python3; restart the APIs.`,
            },
          ],
    ),
};

/** A request that waits for a lock of another thread waits for ever, while `/` and other requests are answered. */
export const uwsgiThreads: Check = {
  code: 'WL-CHECK-UWSGI-THREADS',
  title: 'An API that eventlet patches has several threads',
  source:
    'docs/lab.md (a POST that never ended); Debian: 32 threads for neutron-api 2:21.0.0, one for 2:26.0.3',
  find: (scene) =>
    read(scene).flatMap(([node, { threads = {}, units }]) =>
      SERVICES.flatMap(apisOf).flatMap(({ unit, green }): Found[] => {
        const count = green === undefined ? undefined : threads[green];
        if (count === undefined || count < 2 || units[`${unit}.service`]?.active !== 'active') return [];
        return [
          {
            level: 'warn',
            node,
            evidence: `${green} on ${node} has threads = ${count}: a request to ${unit} may hang for ever and look like the upgrade's doing`,
            remedy: `On ${node}: set threads = 1 and as many processes as it had threads in use (two or more) in ${green}; systemctl restart ${unit}. If Puppet, Ansible or another program writes the file, change it there too.`,
          },
        ];
      }),
    ),
};
