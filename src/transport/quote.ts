import type { Argv } from '../model/command.ts';
import { WindlassError } from '../model/error.ts';

/** One word for a POSIX shell: whatever it holds, the shell reads it back as that word and nothing else. */
export function quoteWord(word: string): string {
  if (word.includes('\0')) {
    throw new WindlassError({
      code: 'WL-SSH-NUL',
      message: 'an argument holds a NUL byte, which no command can be given',
      remedy: 'Remove the NUL byte, or hand the data over as input instead of as an argument.',
    });
  }
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** An argument vector as text for a POSIX shell. */
export function quoteArgv(argv: Argv): string {
  return argv.map(quoteWord).join(' ');
}

/** Base64 words are safe in single quotes and exact: no delimiter, no added newline, any byte. */
export function decodeTo(text: string): string {
  return `printf %s '${Buffer.from(text, 'utf8').toString('base64')}' | base64 -d`;
}
