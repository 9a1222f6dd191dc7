import type { Look, Seen } from '../model/command.ts';

/** Lines of an answer without the empty ones. */
export function lines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');
}

/** The last words of an answer, for an operator: standard error first, as that is where tools complain. */
export function complaint(seen: Seen): string {
  const text = `${seen.err.trim()}\n${seen.out.trim()}`.trim();
  return text.split('\n').slice(-5).join(' | ') || `exit code ${seen.rc}`;
}

/** Sections of a read-only script's answer: each begins with a line `== name`. */
export function sections(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  let name = '';
  for (const line of text.split('\n')) {
    const head = /^== (.*)$/.exec(line);
    if (head) {
      name = head[1] ?? '';
      found[name] = '';
    } else if (name !== '') found[name] += `${line}\n`;
  }
  return found;
}

/** One of several questions that go to a node as one script: its sections' names are its own. */
export interface Part<T> {
  readonly script: string;
  read(part: Readonly<Record<string, string>>): T;
}

/** Several parts asked in one round trip. */
export function together(parts: readonly Part<unknown>[]): Look {
  return { argv: ['sh', '-us'], input: `${parts.map(({ script }) => script).join('')}true\n` };
}

/** JSON of an answer, undefined when it is none. rabbitmqctl may print warnings before it. */
export function json(text: string): unknown {
  const start = text.search(/[[{]/);
  if (start < 0) return undefined;
  try {
    return JSON.parse(text.slice(start));
  } catch {
    return undefined;
  }
}
