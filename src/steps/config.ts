import { z } from 'zod';
import * as config from '../drivers/oslo-config.ts';
import { complaint } from '../drivers/text.ts';
import { defineStep } from './kind.ts';
import { answer, done, refuse, todo } from './verdict.ts';

const Place = z.strictObject({ section: z.string().min(1), name: z.string().min(1) });

const Params = z.strictObject({
  files: z
    .array(
      z.strictObject({
        path: z.string().startsWith('/'),
        /** Where the file is kept as it was; the undo puts it back from there. */
        keep: z.string().startsWith('/'),
        edits: z.array(z.strictObject({ ...Place.shape, to: Place.nullable(), multi: z.boolean() })).min(1),
      }),
    )
    .min(1),
});
type Params = z.infer<typeof Params>;

/**
 * Writes each option under its new name, value and all, and turns the old line into a comment. Where the new name is
 * set already it counts, as oslo.config has it, and the old one is only taken out; an option that may be set more than
 * once keeps both. The new file takes the old one's place at once, with its owner and mode, so that no reader ever
 * sees half of it. Only names come in and nothing goes out: values do not leave the file.
 */
const EDIT = `import json, os, shutil, sys

def lines_of(text, section, name):
    """Numbers of the lines that set the option, those its values go on over too (oslo_config/iniparser.py)."""
    now, open_, found = None, False, []
    for number, line in enumerate(text):
        bare = line.rstrip()
        if not bare:
            open_ = False
        elif bare[0] in ' \\t':
            if open_:
                found[-1].append(number)
        elif bare[0] == '[':
            now, open_ = bare[1:-1], False
        elif bare[0] in '#;':
            open_ = False
        else:
            at = min((bare.find(sign) for sign in '=:' if sign in bare), default=-1)
            open_ = now == section and bare[:max(at, 0)].strip() == name
            if open_:
                found.append([number])
    return found

def head_of(text, section):
    return next((number for number, line in enumerate(text) if line.rstrip() == '[%s]' % section), None)

def ended(line):
    return line if line.endswith('\\n') else line + '\\n'

def edit(text, section, name, to, multi):
    found = lines_of(text, section, name)
    if not found:
        return text
    moved = []
    for numbers in found:
        first = text[numbers[0]]
        at = min(first.find(sign) for sign in '=:' if sign in first)
        if to:
            moved.append([to['name'] + ' =' + first[at + 1:]] + [text[number] for number in numbers[1:]])
        for number in numbers:
            text[number] = '# ' + text[number]
    if not to or (lines_of(text, to['section'], to['name']) and not multi):
        return text
    new = [ended(line) for block in moved for line in block]
    text[-1] = ended(text[-1])
    # In its own section where the last of them stood, so that what people wrote around it still fits.
    at = found[-1][-1] if to['section'] == section else head_of(text, to['section'])
    if at is None:
        return text + ['\\n', '[%s]\\n' % to['section']] + new
    return text[:at + 1] + new + text[at + 1:]

for file in json.loads(sys.argv[1]):
    path = os.path.realpath(file['path'])
    with open(path, encoding='utf-8', errors='surrogateescape', newline='\\n') as old:
        before = old.readlines()
    text = list(before)
    for one in file['edits']:
        text = edit(text, one['section'], one['name'], one['to'], one['multi'])
    if text == before:
        continue
    stat = os.stat(path)
    def put(at, fill):
        aside = at + '.windlass-new'
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(handle, 'w', encoding='utf-8', errors='surrogateescape', newline='') as new:
            new.writelines(fill)
            new.flush()
            os.fchown(new.fileno(), stat.st_uid, stat.st_gid)
            os.fchmod(new.fileno(), stat.st_mode & 0o7777)
            os.fsync(new.fileno())
        shutil.copystat(path, aside)
        if at == path:
            os.utime(aside)
        os.replace(aside, at)
    # Not written again: a second try would keep what the first one made.
    if not os.path.exists(file['keep']):
        put(file['keep'], before)
    put(path, text)
`;

const UNDO = `import json, os, sys

for file in json.loads(sys.argv[1]):
    if os.path.exists(file['keep']):
        os.replace(file['keep'], os.path.realpath(file['path']))
`;

const written = ({ section, name }: z.infer<typeof Place>): string => `[${section}] ${name}`;

/** Options written under the target's names in the files of a service; the old files are kept beside. */
export const configEdit = defineStep({
  kind: 'config.edit',
  params: Params,
  commands: ({ files }: Params) => [{ argv: ['python3', '-', JSON.stringify(files)], input: EDIT }],
  undo: ({ files }: Params) => [
    {
      argv: ['python3', '-', JSON.stringify(files.map(({ path, keep }) => ({ path, keep })))],
      input: UNDO,
    },
  ],
  looks: ({ files }: Params) => ({ options: config.options(files.map(({ path }) => path)) }),
  judge({ files }: Params, seen) {
    const answered = answer(seen, 'options');
    if (answered.rc !== 0) {
      return refuse(
        `the files cannot be read: ${complaint(answered)}`,
        'look at them on the node, then resume',
      );
    }
    const now = config.readOptions(answered);
    const gone = files.filter(({ path }) => !now.has(path)).map(({ path }) => path);
    if (gone.length > 0) {
      return refuse(
        `not there any more: ${gone.join(', ')}`,
        'put the configuration back, or skip the step if the service keeps it elsewhere now',
      );
    }
    const left = files.flatMap(({ path, edits }) => {
      const set = new Set(now.get(path)?.assignments.map(written));
      return edits.filter((edit) => set.has(written(edit))).map((edit) => `${path}: ${written(edit)}`);
    });
    return left.length === 0
      ? done('no option is set under a name that is to go')
      : todo(`still set: ${left.join(', ')}`);
  },
});
