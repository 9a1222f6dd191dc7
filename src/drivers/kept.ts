import type { Look, Seen } from '../model/command.ts';
import { SHORT_HASH } from '../model/hash.ts';
import { lines, type Part } from './text.ts';

/** Where runs keep on nodes what a way back needs, each in a folder named by the facts its plan rests on. */
export const KEPT = '/var/backups/windlass';

const NAME = new RegExp(`^${SHORT_HASH}$`);
/** What runs made there, and nothing a person may have put beside it. */
export const FOLDER = new RegExp(`^${KEPT}/(${SHORT_HASH})(-back-[0-9]+)?$`);

/**
 * Plans that have kept something here. It is part of the facts, so that one made after a run was given up rests on other
 * facts and keeps its own: old dumps taken for new ones would lose, on the way back, all that was written since.
 * What a way back has used is called otherwise (`-back-`) and does not count.
 */
export const kept: Part<string[] | undefined> = {
  script: `echo '== kept'
[ ! -d ${KEPT} ] || find ${KEPT} -mindepth 1 -maxdepth 1 -type d -printf '%f\\n'
`,
  read(part) {
    const marks = lines(part.kept ?? '').filter((name) => NAME.test(name));
    return marks.length > 0 ? marks.sort() : undefined;
  },
};

/** One folder of what a run kept on a node. */
export interface KeptFolder {
  readonly path: string;
  /** The facts of the plan that kept it. */
  readonly mark: string;
  /** A way back has used it. */
  readonly used: boolean;
  readonly mb: number;
  /** When it was last written to, in epoch seconds. */
  readonly at: number;
}

/** What lies there, and how much room it takes: asked when an operator wants to know. */
export const keptFolders: Look = {
  argv: ['sh', '-eus'],
  input: `[ ! -d ${KEPT} ] || du -m --max-depth=1 --time --time-style=+%s ${KEPT}\n`,
};

/** Undefined where the node gave no answer. */
export function readKeptFolders(seen: Seen): KeptFolder[] | undefined {
  if (seen.lost || seen.rc !== 0) return undefined;
  return lines(seen.out).flatMap((line) => {
    const [mb = '', at = '', path = ''] = line.split('\t');
    const [, mark, used] = FOLDER.exec(path) ?? [];
    return mark === undefined
      ? []
      : [{ path, mark, used: used !== undefined, mb: Number(mb), at: Number(at) }];
  });
}
