import type { RunEvent } from './event.ts';
import type { Finding } from './finding.ts';

/** What the engine tells. It never prints: a host is a terminal, a web page, a JSON stream or a test. */
export type Message =
  | { readonly code: 'event'; readonly event: RunEvent }
  | { readonly code: 'finding'; readonly finding: Finding }
  | { readonly code: 'progress'; readonly title: string; readonly done: number; readonly total: number }
  | { readonly code: 'say'; readonly level: 'info' | 'warn' | 'error'; readonly text: string };

/** A question with the answer an unattended run takes. */
export interface Question {
  readonly code: `WL-ASK-${string}`;
  readonly text: string;
  readonly choices: readonly string[];
  readonly otherwise: string;
}

export interface IoHost {
  tell(message: Message): void;
  ask(question: Question): Promise<string>;
}
