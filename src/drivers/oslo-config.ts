import type { Look, Seen } from '../model/command.ts';
import { sections } from './text.ts';

/** One assignment in a configuration file, as oslo.config reads it (oslo_config/iniparser.py). */
export interface Assignment {
  readonly section: string;
  readonly name: string;
  /** Lines of a value that goes on are joined by newlines; one pair of quotes around it is dropped. */
  readonly value: string;
  /** Where it begins and ends, counted from 1; the column is that of its value. */
  readonly line: number;
  readonly last: number;
  readonly column: number;
}

/** A line that oslo.config would refuse: the service does not start with such a file. */
export interface Fault {
  readonly line: number;
  readonly says: string;
}

export interface ConfigText {
  /** In the order of the file; a name that is set again comes again. */
  readonly assignments: readonly Assignment[];
  readonly faults: readonly Fault[];
}

const BLANK = /^\s*$/;

function unquoted(text: string): string {
  const value = text.trim();
  return /^(["']).*\1$/s.test(value) && value.length > 1 ? value.slice(1, -1) : value;
}

/** Reads a file as oslo.config does: a blank line, a comment or a section ends a value, an indented line goes on with it. */
export function readConfig(text: string): ConfigText {
  const assignments: Assignment[] = [];
  const faults: Fault[] = [];
  let section: string | undefined;
  let open: { name: string; values: string[]; line: number; last: number; column: number } | undefined;
  const close = (): void => {
    if (open === undefined) return;
    const { name, values, line, last, column } = open;
    if (section === undefined) faults.push({ line, says: 'an option before the first section' });
    else assignments.push({ section, name, value: values.join('\n'), line, last, column });
    open = undefined;
  };
  for (const [index, raw] of text.split('\n').entries()) {
    const line = index + 1;
    const words = raw.trimEnd();
    if (BLANK.test(words)) close();
    else if (/^[ \t]/.test(words)) {
      if (open === undefined) faults.push({ line, says: 'an indented line that goes on with nothing' });
      else {
        open.values.push(words.trimStart());
        open.last = line;
      }
    } else if (words.startsWith('[')) {
      close();
      if (words.endsWith(']') && words.length > 2) section = words.slice(1, -1);
      else faults.push({ line, says: 'a section without a name or an end' });
    } else if (/^[#;]/.test(words)) close();
    else {
      close();
      const at = words.search(/[=:]/);
      const name = words.slice(0, Math.max(at, 0)).trim();
      if (name === '') faults.push({ line, says: "no name and '=' or ':' in it" });
      else {
        const value = words.slice(at + 1);
        const column = at + 2 + (value.length - value.trimStart().length);
        open = { name, values: [unquoted(value)], line, last: line, column };
      }
    }
  }
  close();
  return { assignments, faults };
}

/**
 * Prints files line by line as they are, but without what could be a secret: comments are empty, values are gone, save
 * one plain word of an option named in `shown`. What does not look like an option's name is a question mark, as a key
 * that somebody wrapped badly would look.
 */
const MASK = `BEGIN { split(shown, list, " "); for (one in list) plain[list[one]] = 1 }
{ sub(/\\r$/, "") }
FNR == 1 { print "== " FILENAME }
/^[ \\t]*$/ || /^[#;]/ { print ""; next }
/^[ \\t]/ { print "\\t*"; next }
/^\\[/ { sub(/\\].*$/, "]"); print; next }
{
  at = match($0, /[=:]/)
  name = at ? substr($0, 1, at - 1) : ""
  value = at ? substr($0, at + 1) : ""
  sub(/[ \\t]+$/, "", name); sub(/^[ \\t]+/, "", value); sub(/[ \\t]+$/, "", value)
  if (name !~ /^[a-z][a-z0-9]*([_-][A-Za-z0-9]+)*$/ || length(name) > 80) { print "?"; next }
  print name " =" (name in plain && value ~ /^[A-Za-z0-9_.]+$/ && length(value) <= 40 ? " " value : "")
}`;

/** Files under these folders that are not for oslo.config, though they end as those do. */
const OTHERS = [
  '*paste*',
  '*uwsgi*',
  '*rootwrap*',
  '*/logging*',
  '*/policy*',
  '*/vassals/*',
  '*/certs/*',
  '*/dnsmasq*',
  '*/ceph*',
  '*/openssl*',
  // Glance's own: which user may see which property, and accounts of Swift.
  '*/property-protections*',
  '*/glance-swift*',
];

const FIND = `mask=$1; shown=$2; shift 2
IFS='
'
set -f
files=$(for place in "$@"; do
  if [ -e "$place" ]; then
    find -L "$place" -type f '(' -name '*.conf' -o -name '*.ini' ')' ${OTHERS.map((name) => `! -path '${name}'`).join(' ')}
  fi
done | sort)
if [ -n "$files" ]; then awk -v shown="$shown" "$mask" $files; fi
`;

/**
 * Asks which options the files at these places (folders, or files) set. Values stay on the node, save those of the
 * options in `shown`: give only names whose values are no secrets.
 */
export const options = (places: readonly string[], shown: readonly string[] = []): Look => ({
  argv: ['sh', '-eus', '--', MASK, shown.join(' '), ...places],
  input: FIND,
});

/** What is set where: file -> assignments, in the order of the file. */
export function readOptions(seen: Seen): ReadonlyMap<string, ConfigText> {
  return new Map(Object.entries(sections(seen.out)).map(([path, text]) => [path, readConfig(text)]));
}
