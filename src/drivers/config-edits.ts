import type { Command, Look } from '../model/command.ts';

/** Keeps a file beside itself once, so that a second attempt does not keep what the first one made. */
const REPLACE = `def replace(path, lines, kept):
    path = os.path.realpath(path)
    if not os.path.exists(kept):
        shutil.copy2(path, kept + '.new')
        os.chown(kept + '.new', os.stat(path).st_uid, os.stat(path).st_gid)
        os.rename(kept + '.new', kept)
    new = path + '.windlass'
    with open(os.open(new, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), 'w', encoding='utf-8', errors='surrogateescape', newline='') as out:
        out.writelines(lines)
    os.chown(new, os.stat(path).st_uid, os.stat(path).st_gid)
    shutil.copymode(path, new)
    os.rename(new, path)

def read(path):
    with open(path, encoding='utf-8', errors='surrogateescape', newline='') as old:
        return old.readlines()

`;

/**
 * A section gets the options of another one of the same file that it does not have. No value is printed, and none leaves
 * the file.
 */
const LEND = `import os, re, shutil, sys

path, keep, source, target = sys.argv[1:5]
names = sys.argv[5].split(',')
otherwise = dict(word.split('=', 1) for word in sys.argv[6:])
${REPLACE}def options(wanted):
    found, now, last = {}, None, None
    for line in lines:
        head = re.match(r'\\[(.+)\\]\\s*$', line)
        said = re.match(r'([A-Za-z_][\\w-]*)\\s*[=:]\\s*(.*?)\\s*$', line)
        if head:
            now, last = head.group(1), None
        elif now == wanted and said:
            last = said.group(1)
            found[last] = said.group(2)
        elif now == wanted and last and re.match(r'[ \\t]+\\S', line):
            found[last] += '\\n    ' + line.strip()
    return found

lines = read(path)
have, there = options(source), options(target)
given = dict(otherwise)
given.update({name: have[name] for name in names if name in have})
new = ['%s = %s\\n' % (name, given[name]) for name in sorted(given) if name not in there]
if new:
    heads = [at for at, line in enumerate(lines) if re.match(r'\\[%s\\]\\s*$' % re.escape(target), line)]
    if lines and not lines[-1].endswith('\\n'):
        lines[-1] += '\\n'
    if heads:
        lines[heads[0] + 1:heads[0] + 1] = new
    else:
        lines += ['\\n', '[%s]\\n' % target] + new
    replace(path, lines, keep)
print('%d options lent' % len(new))
`;

/** What is lent to whom, in which file; `keep` is the file as it was. */
export interface Lent {
  readonly path: string;
  readonly keep: string;
  readonly from: string;
  readonly to: string;
  readonly names: readonly string[];
  readonly otherwise: Readonly<Record<string, string>>;
}

export const lend = ({ path, keep, from, to, names, otherwise }: Lent): Command => ({
  argv: [
    'python3',
    '-',
    path,
    keep,
    from,
    to,
    names.join(','),
    ...Object.entries(otherwise).map(([name, value]) => `${name}=${value}`),
  ],
  input: LEND,
});

/** The kept file back in its place; nothing where none was kept. */
export const putBack = (path: string, keep: string): Command => ({
  argv: ['sh', '-eus', '--', path, keep],
  input: 'if [ -e "$2" ]; then mv -f -- "$2" "$(readlink -f -- "$1")"; fi\n',
});

/**
 * Addresses of Keystone in configuration files: of options by whose name an address of it is meant, those whose value
 * ends in `cut`. Asked, the files are named and nothing of what is in them.
 */
const ADDRESSES = `import os, re, shutil, sys

verb, cut, to, suffix = sys.argv[1:5]
${REPLACE}option = re.compile(r'^(\\w*(?:auth_ur[il]|identity_uri|authenticate_uri|auth_endpoint|keystone_url)[ \\t]*[=:][ \\t]*\\S*?)'
                    + re.escape(cut) + r'(/?\\s*)$')
for place in sys.argv[5:]:
    for folder, _, names in os.walk(place, followlinks=True):
        for path in sorted(os.path.join(folder, name) for name in names if name.endswith(('.conf', '.ini'))):
            if verb == 'back':
                if os.path.exists(path + suffix):
                    os.rename(path + suffix, os.path.realpath(path))
                continue
            try:
                old = read(path)
            except FileNotFoundError:
                continue
            new = [option.sub(lambda said: said.group(1) + to + said.group(2), line) for line in old]
            if new != old:
                print(path)
                if verb == 'change':
                    replace(path, new, path + suffix)
`;

/** Where files lie, what their addresses end in and shall end in, and what is put behind the name of a kept file. */
export interface Addresses {
  readonly places: readonly string[];
  readonly cut: string;
  readonly to: string;
  readonly suffix: string;
}

const addresses = (verb: string, { places, cut, to, suffix }: Addresses): Command => ({
  argv: ['python3', '-', verb, cut, to, suffix, ...places],
  input: ADDRESSES,
});
export const changeAddresses = (given: Addresses): Command => addresses('change', given);
export const addressesBack = (given: Addresses): Command => addresses('back', given);
/** Prints the files that still have one. */
export const addressesLook = (given: Addresses): Look => addresses('ask', given);
