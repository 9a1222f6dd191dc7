import type { Command } from '../model/command.ts';

/** What a balancer listens on, and the servers behind it. */
export interface Proxy {
  readonly path: string;
  readonly name: string;
  readonly bind: string;
  readonly servers: readonly { readonly name: string; readonly address: string }[];
}

/**
 * A listener of ours in HAProxy's file, between two marks. The new file is tried by HAProxy itself before it takes the
 * old one's place, with its owner and mode.
 */
const PROGRAM = `import os, re, shutil, subprocess, sys

verb, path, name, bind = sys.argv[1:5]
servers = [word.split('=', 1) for word in sys.argv[5:]]
path = os.path.realpath(path)
marks = ['# Begin: Windlass, %s' % name, '# End: Windlass, %s' % name]
with open(path, encoding='utf-8', errors='surrogateescape') as old:
    text = old.read()
text = re.sub('\\n*%s\\n.*?%s\\n' % tuple(re.escape(mark) for mark in marks), '\\n', text, flags=re.S)
if verb == 'make':
    lines = [marks[0], 'listen ' + name, '    bind ' + bind]
    lines += ['    server %s %s check inter 2000 rise 2 fall 5' % tuple(server) for server in servers] + [marks[1]]
    text = text.rstrip('\\n') + '\\n\\n' + '\\n'.join(lines) + '\\n'
new = path + '.windlass'
with open(new, 'w', encoding='utf-8', errors='surrogateescape') as out:
    out.write(text)
shutil.copymode(path, new)
os.chown(new, os.stat(path).st_uid, os.stat(path).st_gid)
if subprocess.call(['haproxy', '-c', '-q', '-f', new]) != 0:
    os.remove(new)
    sys.exit('HAProxy does not take it: the file is left as it was')
os.rename(new, path)
`;

/** The listener written or taken away, and HAProxy told: a reload cuts nobody off. */
export const proxyCommands = (
  verb: 'make' | 'take',
  { path, name, bind, servers }: Proxy,
): readonly Command[] => [
  {
    argv: [
      'python3',
      '-',
      verb,
      path,
      name,
      bind,
      ...servers.map((server) => `${server.name}=${server.address}`),
    ],
    input: PROGRAM,
  },
  { argv: ['systemctl', 'reload', 'haproxy'] },
];
