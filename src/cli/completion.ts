import { Argument, Command, type Option } from 'commander';
import { CODENAMES } from '../catalog/distributions.ts';
import { SERIES_WORDS } from '../catalog/releases.ts';
import { TOPOLOGIES } from '../lab/index.ts';
import { print } from './print.ts';

/** What a value may be: words of a list, a file, a folder, or anything. */
type Values = { readonly words: readonly string[] } | 'files' | 'folders' | 'any';

interface Offered {
  readonly word: string;
  readonly description: string;
}

/** One command as the shell sees it. `at` is its place in the tree: '' for the program, `/lab/up`. */
export interface Place {
  readonly at: string;
  readonly offered: readonly Offered[];
  readonly values: readonly { readonly flags: readonly string[]; readonly of: Values }[];
  readonly positional: Values;
  readonly inner: readonly Offered[];
}

/** Values by the name their option or argument gives them. */
const BY_NAME: Readonly<Record<string, Values>> = {
  file: 'files',
  plan: 'files',
  dir: 'folders',
  codename: { words: CODENAMES },
  release: { words: SERIES_WORDS },
  topology: { words: Object.keys(TOPOLOGIES) },
};

function valuesOf(option: Option): Values {
  if (option.argChoices) return { words: option.argChoices };
  return BY_NAME[/[<[](\w+)/.exec(option.flags)?.[1] ?? ''] ?? 'any';
}

function positionalOf(command: Command): Values {
  const [first] = command.registeredArguments;
  if (!first) return 'any';
  if (first.argChoices) return { words: first.argChoices };
  return BY_NAME[first.name()] ?? 'any';
}

/** The tree of commands, outermost first. */
export function places(command: Command, at = ''): Place[] {
  const help = command.createHelp();
  const options = help.visibleOptions(command);
  const inner = help.visibleCommands(command).filter((one) => one.name() !== 'help');
  const flags = (option: Option): string[] =>
    [option.short, option.long].filter((flag) => flag !== undefined && flag !== null);
  return [
    {
      at,
      offered: options.flatMap((option) => {
        const word = option.long ?? option.short;
        return word ? [{ word, description: option.description }] : [];
      }),
      values: options
        .filter((option) => option.required || option.optional)
        .map((option) => ({ flags: flags(option), of: valuesOf(option) })),
      positional: positionalOf(command),
      inner: inner.map((one) => ({ word: one.name(), description: one.description() })),
    },
    ...inner.flatMap((one) => places(one, `${at}/${one.name()}`)),
  ];
}

const quoted = (word: string): string => `'${word.replace(/'/g, `'\\''`)}'`;
const either = (patterns: readonly string[]): string => patterns.map(quoted).join(' | ');

/** Lines of a `case` that walk from one command into the next, and step over the value of an option. */
function walk(tree: readonly Place[]): string[] {
  return tree.flatMap(({ at, inner, values }) => [
    ...inner.map(({ word }) => `      ${quoted(`${at} ${word}`)}) at=${quoted(`${at}/${word}`)} ;;`),
    ...values.map(({ flags }) => `      ${either(flags.map((flag) => `${at} ${flag}`))}) skip=1 ;;`),
  ]);
}

/** What each command or option wants next, one line each; `say` writes the shell's words for it. */
function wants(tree: readonly Place[], say: (values: Values) => string): string[] {
  return tree.flatMap(({ at, values }) =>
    values.map(
      ({ flags, of }) => `    ${either(flags.map((flag) => `${at} ${flag}`))}) ${say(of)}; return ;;`,
    ),
  );
}

/** A script for bash: `source <(windlass completion bash)`. */
export function bashCompletion(tree: readonly Place[]): string {
  const say = (values: Values): string => {
    if (values === 'files') return '_windlass_files -f "$cur"';
    if (values === 'folders') return '_windlass_files -d "$cur"';
    if (values === 'any') return ':';
    return `COMPREPLY=($(compgen -W ${quoted(values.words.join(' '))} -- "$cur"))`;
  };
  const offers = tree.map(({ at, offered, inner, positional }) => {
    const words = [...inner, ...offered].map(({ word }) => word);
    const values = typeof positional === 'object' ? positional.words : [];
    const paths = positional === 'files' ? '; [[ $cur == -* ]] || _windlass_files -f "$cur"' : '';
    return `    ${quoted(at)}) COMPREPLY=($(compgen -W ${quoted([...words, ...values].join(' '))} -- "$cur"))${paths} ;;`;
  });
  return `# bash completion for windlass, made by: windlass completion bash
_windlass_files() {
  compopt -o filenames
  local path
  while IFS= read -r path; do COMPREPLY+=("$path"); done < <(compgen "$1" -- "$2")
}
_windlass() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} at='' skip=0 i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    if ((skip)); then
      skip=0
      continue
    fi
    case "$at \${COMP_WORDS[i]}" in
${walk(tree).join('\n')}
    esac
  done
  case "$at $prev" in
${wants(tree, say).join('\n')}
  esac
  case "$at" in
${offers.join('\n')}
  esac
}
complete -F _windlass windlass
`;
}

/** A script for zsh: `source <(windlass completion zsh)`, or a file `_windlass` on its `fpath`. */
export function zshCompletion(tree: readonly Place[]): string {
  const say = (values: Values): string => {
    if (values === 'files') return '_files';
    if (values === 'folders') return '_files -/';
    if (values === 'any') return '_message value';
    return `compadd -- ${values.words.map(quoted).join(' ')}`;
  };
  const line = ({ word, description }: Offered): string => quoted(`${word}:${description}`);
  const offers = tree.flatMap(({ at, offered, inner, positional }) => [
    `    ${quoted(at)})`,
    ...(inner.length > 0 ? [`      offered=(${inner.map(line).join(' ')})`] : []),
    ...(inner.length > 0 ? ["      _describe -t commands 'command' offered"] : []),
    `      offered=(${offered.map(line).join(' ')})`,
    "      _describe -o 'option' offered",
    ...(positional === 'any' ? [] : [`      ${say(positional)}`]),
    '      ;;',
  ]);
  return `#compdef windlass
# zsh completion for windlass, made by: windlass completion zsh
_windlass() {
  local at='' skip=0 i
  local -a offered
  for ((i = 2; i < CURRENT; i++)); do
    if ((skip)); then
      skip=0
      continue
    fi
    case "$at \${words[i]}" in
${walk(tree).join('\n')}
    esac
  done
  case "$at \${words[CURRENT - 1]}" in
${wants(tree, say).join('\n')}
  esac
  case "$at" in
${offers.join('\n')}
  esac
}
if [[ \${funcstack[1]} == _windlass ]]; then
  _windlass "$@"
else
  compdef _windlass windlass
fi
`;
}

const SHELLS = { bash: bashCompletion, zsh: zshCompletion } as const;
type Shell = keyof typeof SHELLS;

/** `windlass completion`. */
export function completionCommand(): Command {
  return new Command('completion')
    .description('print a script that lets the shell complete commands, options and values')
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(SHELLS)))
    .addHelpText('after', '\nExample:\n  source <(windlass completion bash)')
    .action((shell: Shell, _options: unknown, command: Command) => {
      let root = command;
      while (root.parent) root = root.parent;
      print(SHELLS[shell](places(root)));
    });
}
