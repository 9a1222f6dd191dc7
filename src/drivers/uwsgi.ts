import type { NodeFacts } from '../model/facts.ts';
import { lines, type Part } from './text.ts';

/** Threads of each uwsgi process, by the file that says so: of Debian's files beside the services' own configuration. */
export const threads: Part<NodeFacts['threads']> = {
  script: `echo '== threads'
for file in /etc/*/*-uwsgi.ini; do
  [ -e "$file" ] && sed -nE "s|^[ \\t]*threads[ \\t]*=[ \\t]*([0-9]+)[ \\t]*$|$file \\1|p" "$file"
done
`,
  read(part) {
    const told = lines(part.threads ?? '').flatMap((line): [string, number][] => {
      const [, file, count] = /^(\S+) (\d+)$/.exec(line) ?? [];
      return file === undefined ? [] : [[file, Number(count)]];
    });
    return told.length === 0 ? undefined : Object.fromEntries(told);
  },
};
