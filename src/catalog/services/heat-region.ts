import type { Mend } from '../service.ts';
import { IN_ITS_PLACE } from './in-its-place.ts';

const CONF = '/etc/heat/heat.conf';

/**
 * Answers 10 where the identity server is sought in the region of Debian's template, which is not the one heat works in,
 * and puts that right when it is not only asked: heat's own region where the file says one, else none at all, as before.
 */
export const IDENTITY_REGION = `import os, re, sys

asks, path = sys.argv[1] == 'ask', os.path.realpath(sys.argv[2])
if not os.path.exists(path):
    sys.exit(0)
with open(path, encoding='utf-8', errors='surrogateescape', newline='') as old:
    before = old.readlines()

section, mine, found = '', '', []
for at, line in enumerate(before):
    head = re.match(r'\\[(.+?)\\]', line)
    said = re.match(r'(\\w+)\\s*=\\s*(.*?)\\s*$', line)
    if head:
        section = head.group(1)
    elif said and (section, said.group(1)) == ('DEFAULT', 'region_name_for_services'):
        mine = said.group(2)
    elif said and (section, said.group(1), said.group(2)) == ('keystone_authtoken', 'region_name', 'regionOne'):
        found.append(at)
if not found or mine == 'regionOne':
    sys.exit(0)
if asks:
    sys.exit(10)
after = list(before)
for at in found:
    after[at] = 'region_name = %s\\n' % mine if mine else '#region_name = <None>\\n'

${IN_ITS_PLACE}`;

/**
 * Hibiscus's heat-common lays its template over the file that is there, and with it the region \`regionOne\`; where
 * Keystone's is called otherwise, every list ends with 500 (EndpointNotFound).
 */
export const identityRegion: Mend = {
  id: 'identity-region',
  at: '2026.2',
  again: true,
  where: 'heat-common',
  title: `Let ${CONF} seek the identity server in heat's own region, not in that of the package's template`,
  argv: ['python3', '-', 'do', CONF],
  input: IDENTITY_REGION,
  check: {
    argv: ['python3', '-', 'ask', CONF],
    input: IDENTITY_REGION,
    done: [0],
    todo: [10],
    meaning: `10: ${CONF} names the template's region in [keystone_authtoken]`,
  },
  source: 'heat-common 1:27.0.0-4, /usr/share/heat-common/heat.conf; docs/rolling.md',
};
