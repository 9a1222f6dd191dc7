const MASK = '*****';

/** Masks what looks like a credential in output that is quoted to people. */
export function redact(text: string): string {
  return text
    .replace(/(\w+:\/\/[^\s:/@]*):[^\s@/]+@/g, `$1:${MASK}@`)
    .replace(
      /\b((?:IDENTIFIED|AUTHENTICATED)\s+(?:BY|VIA\s+\w+\s+(?:USING|AS)))\s+(?:PASSWORD\s*\(?\s*)?(['"])(?:(?!\2).)*\2/gi,
      `$1 $2${MASK}$2`,
    )
    .replace(
      /([\w-]*(?:password|passwd|secret|token)[\w-]*["']?\s*[=:]\s*)(?:"[^"]*"|'[^']*'|[^\s,;&]+)/gi,
      `$1${MASK}`,
    );
}

/** The last lines of an output, fit to be quoted. */
export function lastLines(text: string, lines = 30): string {
  return redact(text.trimEnd().split('\n').slice(-lines).join('\n'));
}

/** What a command had to tell for the report, line by line; a thousand lines are more than anybody reads. */
export function toldIn(output: string): string[] {
  return output
    .split('\n')
    .filter((line) => line.startsWith('told: '))
    .slice(0, 1000)
    .map((line) => redact(line.slice('told: '.length)));
}
