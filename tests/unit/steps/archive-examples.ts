import { marksOf } from '../../../src/steps/archive.ts';
import type { Example } from './examples.ts';
import { ok, sha256 } from './seen.ts';

const archive = '/etc/apt/sources.list.d/windlass-2025.1.list';
const content = 'deb http://repo.example/epoxy ./\n';

export const ARCHIVE_EXAMPLES: readonly Example[] = [
  {
    kind: 'archive.add',
    params: { source: { path: archive, content } },
    done: {
      sums: ok(`${sha256(content)}  ${archive}\n`),
      lists: ok(`/etc/apt/sources.list:1\n${archive}:1\n`),
    },
  },
  { kind: 'archive.fetch', params: { archive, held: [], removes: [] }, done: { missing: ok('0\n') } },
  {
    kind: 'archive.raise',
    params: { archive, held: ['nova', 'neutron'] },
    done: { audit: ok(''), left: ok('') },
  },
  {
    kind: 'archive.difference',
    params: { archive, held: ['glance'], removes: ['neutron-linuxbridge-agent'] },
    done: { difference: ok('') },
  },
  { kind: 'apt.difference', params: { dir: '/var/cache/windlass' }, done: { difference: ok('') } },
  {
    kind: 'archive.marks',
    params: { manual: marksOf(['keystone', 'mariadb-server'], []), except: [] },
    done: { manual: ok('mariadb-server\nkeystone\n') },
  },
];
