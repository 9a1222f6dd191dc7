import { lines, type Part } from './text.ts';

/** Where runs keep on nodes what a way back needs, each in a folder named by the facts its plan rests on. */
export const KEPT = '/var/backups/windlass';

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
    const marks = lines(part.kept ?? '').filter((name) => /^[0-9a-f]{12}$/.test(name));
    return marks.length > 0 ? marks.sort() : undefined;
  },
};
