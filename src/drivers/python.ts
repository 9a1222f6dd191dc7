import type { NodeFacts } from '../model/facts.ts';
import { lines, type Part } from './text.ts';

/**
 * The default python3, and the versions that uwsgi can run: an API whose uwsgi has the plugin of another Python stays
 * `active` without its application (`no python application found`, research/lab.md 4, item 9).
 */
export const python: Part<NodeFacts['python']> = {
  script: `echo '== python'
readlink -f /usr/bin/python3
echo '== uwsgi-plugins'
for file in /usr/lib/uwsgi/plugins/python3*_plugin.so; do
  [ -e "$file" ] && readlink -f "$file"
done
`,
  read(part) {
    const version = /python(3\.\d+)/.exec(part.python ?? '')?.[1];
    if (version === undefined) return undefined;
    const built = lines(part['uwsgi-plugins'] ?? '').flatMap((path) => {
      const minor = /python3(\d+)_plugin\.so$/.exec(path)?.[1];
      return minor === undefined ? [] : [`3.${minor}`];
    });
    return { version, uwsgi: [...new Set(built)].sort() };
  },
};
