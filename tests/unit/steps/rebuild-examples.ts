import type { Example } from './examples.ts';
import { ok, osRelease, units } from './seen.ts';

const STATE = [
  { path: '/var/lib/mysql', exact: true },
  { path: '/etc/corosync/authkey', exact: false },
];
const archive = '/var/lib/windlass/state-ctl1.tar';

export const REBUILD_EXAMPLES: readonly Example[] = [
  {
    kind: 'node.remake',
    params: {
      node: 'ctl1',
      id: 'windlass-0123456789ab',
      remake: ['/opt/machines', 'remake'],
      remade: ['/opt/machines', 'remade'],
      codename: 'trixie',
    },
    done: { remade: ok(), os: osRelease('trixie') },
  },
  {
    kind: 'state.carry',
    params: { from: 'ctl1', state: STATE, archive },
    done: { mark: ok(`${archive}.whole\n`) },
  },
  {
    kind: 'state.put',
    params: { from: 'ctl3', there: archive, archive, mark: `${archive}.put`, state: STATE },
    done: { mark: ok(`${archive}.put\n`) },
  },
  {
    kind: 'systemd.mask',
    params: { units: ['mariadb', 'rabbitmq-server'] },
    done: { states: units({ mariadb: 'masked inactive', 'rabbitmq-server': 'masked inactive' }) },
  },
  {
    kind: 'systemd.keep-down',
    params: { units: ['keystone'] },
    done: { down: ok('/etc/systemd/system/keystone.service.d/windlass-down.conf\n') },
  },
];
