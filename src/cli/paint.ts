import { stripVTControlCharacters } from 'node:util';

/** Text with or without colour: decided once, from the stream and from NO_COLOR. */
export interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly blue: (text: string) => string;
}

export function paint(color: boolean): Paint {
  const style =
    (open: number, close: number) =>
    (text: string): string =>
      color ? `\x1b[${open}m${text}\x1b[${close}m` : text;
  return {
    bold: style(1, 22),
    dim: style(2, 22),
    red: style(31, 39),
    green: style(32, 39),
    yellow: style(33, 39),
    blue: style(36, 39),
  };
}

/** Whether a stream is to be painted: NO_COLOR wins, then whether it is a terminal. */
export function wantsColor(stream: { readonly isTTY?: boolean }): boolean {
  const no = process.env.NO_COLOR;
  return (no === undefined || no === '') && stream.isTTY === true && process.env.TERM !== 'dumb';
}

/** Splits painted text into words and escapes. */
const ESCAPES = new RegExp(`(${String.fromCharCode(27)}\\[[0-9;]*m)`);

/** Columns that painted text takes. */
export function width(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}

/** Fills painted text up to a number of columns. */
export function pad(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - width(text)));
}

/** Cuts painted text to a number of columns, and closes what colour it leaves open. */
export function fit(text: string, columns: number): string {
  if (width(text) <= columns) return text;
  let left = columns - 1;
  let out = '';
  for (const part of text.split(ESCAPES)) {
    if (part.startsWith('\x1b[')) out += part;
    else {
      const letters = [...part];
      out += letters.slice(0, left).join('');
      left = Math.max(0, left - letters.length);
    }
  }
  return `${out}…`;
}

/** `8 s`, `4:07`, `1:02:33`. */
export function clockTime(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const two = (value: number): string => String(value).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${two(whole % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
}

/** Time of day of an event, for a line of output. */
export function dayTime(at: number): string {
  const date = new Date(at);
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
}

export interface Screen {
  /** Shows these lines in place of the last ones. */
  draw(lines: readonly string[]): void;
  /** Prints above what is drawn. */
  print(line: string): void;
  /** Leaves what is drawn and gives the cursor back. */
  end(): void;
}

/**
 * Draws a few lines in place at the bottom of a terminal. All of a redraw is one write, and lines are cleared to
 * their end instead of the whole screen first: nothing flickers.
 */
export function screen(stream: NodeJS.WriteStream): Screen {
  let drawn: readonly string[] = [];
  const HIDE = '\x1b[?25l';
  const SHOW = '\x1b[?25h';
  const up = (): string => (drawn.length > 0 ? `\x1b[${drawn.length}F` : '');
  const text = (lines: readonly string[]): string =>
    lines.map((line) => `${fit(line, Math.max(20, stream.columns || 80) - 1)}\x1b[K\n`).join('');
  const room = (lines: readonly string[]): readonly string[] =>
    lines.slice(0, Math.max(1, (stream.rows || 24) - 1));
  return {
    draw(lines) {
      const shown = room(lines);
      stream.write(`${HIDE}${up()}${text(shown)}\x1b[J`);
      drawn = shown;
    },
    print(line) {
      stream.write(`${up()}${line}\x1b[K\n${text(drawn)}\x1b[J`);
    },
    end() {
      if (drawn.length > 0) stream.write(SHOW);
      drawn = [];
    },
  };
}
