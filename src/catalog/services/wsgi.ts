import type { Mend } from '../service.ts';

/** An API's program that a series' packages no longer have, and the module that is loaded in its place. */
export interface LostProgram {
  readonly id: string;
  readonly at: string;
  /** The package with the unit. */
  readonly where: string;
  readonly ini: string;
  readonly program: string;
  readonly module: string;
}

/**
 * From Gazpacho on packages bring `module = …wsgi…:application` in their uwsgi.ini and no program to load. An ini the
 * operator has touched is kept as it was: uwsgi then stays active and answers 500. Only that one line is changed, and
 * only where it names a program that is not there.
 */
export const loadModule = ({ id, at, where, ini, program, module }: LostProgram): Mend => ({
  id,
  at,
  where,
  title: `Load ${module} in ${ini}, if ${program} is gone`,
  argv: ['sed', '-i', '-E', `s|^wsgi-file *= *${program} *$|module = ${module}|`, ini],
  check: {
    argv: ['sh', '-eus'],
    input: `[ -e ${ini} ] || exit 0
if grep -Eq '^wsgi-file *= *${program} *$' ${ini} && [ ! -e ${program} ]; then
  exit 10
fi
`,
    done: [0],
    todo: [10],
    meaning: `10: ${ini} names ${program}, which is not there, and uwsgi would answer 500`,
  },
  source: "forky's and sid's packages, unpacked; docs/lab.md",
});
