import type { Mend } from '../service.ts';
import { IN_ITS_PLACE } from './in-its-place.ts';

/**
 * Answers 10 where a paste file still uses oslo.middleware's health check as a filter, and changes it when it is not
 * only asked. The filter becomes the application it always could be. A pipeline of its own that had it gets a urlmap in
 * front, so that the path is answered as before; in a list that a service's own factory reads it is left out, since
 * those are mounted under a version and the filter's path never matched there. Both old and new oslo.middleware read
 * the result. The new file takes the old one's place at once, with its owner and mode.
 */
export const HEALTHCHECK_AS_APP = `import os, re, sys

FACTORY = re.compile(r'(paste\\.filter_factory\\s*=\\s*oslo_middleware(\\.healthcheck)?:Healthcheck\\.factory|use\\s*=\\s*egg:oslo\\.middleware#healthcheck)[ \\t]*$')
HEAD = re.compile(r'\\[\\s*([\\w-]+)\\s*:\\s*(.*?)\\s*\\]\\s*$')
asks, path = sys.argv[1] == 'ask', os.path.realpath(sys.argv[2])
if not os.path.exists(path):
    sys.exit(0)
with open(path, encoding='utf-8', errors='surrogateescape', newline='') as old:
    before = old.readlines()

sections, place = [], {}
for line in before:
    head = HEAD.match(line)
    if head or not sections:
        sections.append((head.groups() if head else ('', ''), []))
    sections[-1][1].append(line)
for (kind, name), body in sections:
    if kind == 'filter' and any(FACTORY.match(line) for line in body):
        said = [re.match(r'path\\s*=\\s*(\\S+)', line) for line in body]
        place[name] = next((one.group(1) for one in said if one), '/healthcheck')
if not place:
    sys.exit(0)
if asks:
    sys.exit(10)

def without(line):
    if line.lstrip()[:1] in ('#', ';', '['):
        return line
    for name in place:
        line = re.sub(r'(?<![^\\s=])' + re.escape(name) + r'(?:[ \\t]+|(?=\\r?\\n?$))', '', line)
    return line

after = []
for (kind, name), body in sections:
    if kind == 'filter' and name in place:
        after.append('[app:%s]\\n' % name)
        after += [FACTORY.sub('paste.app_factory = oslo_middleware:Healthcheck.app_factory', line) if FACTORY.match(line) else line for line in body[1:]]
        continue
    if kind not in ('pipeline', 'composite', 'composit'):
        after += body
        continue
    rest = [line if re.match(r'/', line) else without(line) for line in body]
    gone = [one for one in place if ' '.join(body).split().count(one) > ' '.join(rest).split().count(one)]
    if kind == 'pipeline' and gone:
        after += ['[composite:%s]\\n' % name, 'use = egg:Paste#urlmap\\n', '/: %s-behind-healthcheck\\n' % name]
        after += ['%s: %s\\n' % (place[one], one) for one in gone]
        after += ['\\n', '[pipeline:%s-behind-healthcheck]\\n' % name] + rest[1:]
    else:
        after += rest

${IN_ITS_PLACE}`;

/**
 * Gazpacho's oslo.middleware refuses to be a filter, and Debian's packages never replace a paste file that is there:
 * every API with the old one in its pipeline fails at its start.
 */
export const healthcheckAsApp = (where: string, paste: string): Mend => ({
  id: 'healthcheck',
  at: '2026.1',
  where,
  title: `Let ${paste} have its health check as an application, if it has it as a filter`,
  argv: ['python3', '-', 'do', paste],
  input: HEALTHCHECK_AS_APP,
  check: {
    argv: ['python3', '-', 'ask', paste],
    input: HEALTHCHECK_AS_APP,
    done: [0],
    todo: [10],
    meaning: `10: ${paste} uses a filter that oslo.middleware refuses ("should be deployed as an app, not a filter")`,
  },
  source: 'oslo.middleware 8.2.0, oslo_middleware/healthcheck/__init__.py; docs/rolling.md',
});
