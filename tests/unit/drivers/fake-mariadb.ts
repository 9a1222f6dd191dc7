import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A `mariadb` for programs that hand it SQL: it knows the few statements they have, keeps its rows in a file, and lets in
 * who has an account. It proves what the programs say and do with answers, not that a server would take it.
 */
const FAKE = `#!/usr/bin/env python3
import json, os, re, sys
STATE = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'state.json')
with open(STATE) as held:
    state = json.load(held)
user = next((word[7:] for word in sys.argv if word.startswith('--user=')), None)
if user is not None:
    sys.exit(0 if state['accounts'].get(user) == os.environ.get('MYSQL_PWD') else 1)
text = sys.argv[sys.argv.index('-e') + 1] if '-e' in sys.argv else sys.stdin.read()
state.setdefault('asked', []).append(text)
hexed = lambda word: word.encode().hex().upper()
string = lambda word: word.replace("''", "'").replace('\\\\\\\\', '\\\\')
for line in re.split(r';\\s*\\n?', text):
    if line.startswith('SELECT id, HEX(COALESCE(transport_url'):
        for row in state['cells']:
            print('%d\\t%s\\t%s' % (row['id'], hexed(row['bus']), hexed(row['url'])))
    elif line.startswith('SELECT e.id'):
        for row in state['endpoints']:
            print('%s\\t%s\\t%s' % (row['id'], hexed(row['url']), hexed(row['type'])))
    elif 'cell_mappings SET' in line:
        bus, url, number = re.search(r"UNHEX\\('(\\w*)'\\), database_connection = UNHEX\\('(\\w*)'\\) WHERE id = (\\d+)", line).groups()
        for row in state['cells']:
            if row['id'] == int(number):
                row.update(bus=bytes.fromhex(bus).decode(), url=bytes.fromhex(url).decode())
    elif 'endpoint SET' in line:
        url, ident = re.search(r"UNHEX\\('(\\w*)'\\) WHERE id = '(.*)'", line).groups()
        for row in state['endpoints']:
            if row['id'] == ident:
                row['url'] = bytes.fromhex(url).decode()
    elif line.startswith('ALTER USER'):
        name, password = re.search(r"ALTER USER '(.*)'@'%' IDENTIFIED BY '(.*)'$", line).groups()
        state['accounts'][string(name)] = string(password)
    elif line.startswith('GRANT'):
        state.setdefault('grants', []).append(line)
    else:
        for part, rows in state.get('rows', {}).items():
            if part in line:
                for row in rows:
                    print('\\t'.join(row))
with open(STATE, 'w') as held:
    json.dump(state, held)
`;

export interface FakeState {
  cells: { id: number; bus: string; url: string }[];
  endpoints: { id: string; url: string; type: string }[];
  accounts: Record<string, string>;
  grants?: string[];
  asked?: string[];
  /** Rows by a part of the question, for what only reads. */
  rows?: Record<string, string[][]>;
}

/** Puts it into a folder and gives its state's place in the world: what it holds, and the search path that finds it. */
export function fakeMariadb(dir: string, state: Partial<FakeState> = {}) {
  const bin = join(dir, 'bin');
  const path = join(bin, 'state.json');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'mariadb'), FAKE);
  chmodSync(join(bin, 'mariadb'), 0o755);
  writeFileSync(path, JSON.stringify({ cells: [], endpoints: [], accounts: {}, ...state }));
  return {
    path: `${bin}:${process.env.PATH}`,
    state: (): FakeState => JSON.parse(readFileSync(path, 'utf8')),
  };
}
