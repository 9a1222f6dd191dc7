import { CODENAMES } from '../catalog/distributions.ts';
import type { AptSource } from '../model/facts.ts';
import { type Check, type Found, read, some } from './check.ts';

interface Entry {
  readonly path: string;
  readonly suite: string;
  readonly uri: string;
}

/** Suites of a source file, one-line or deb822; source packages and disabled stanzas do not count. */
export function suites({ path, content }: AptSource): Entry[] {
  if (path.endsWith('.sources')) {
    return content.split(/\n\s*\n/).flatMap((stanza) => {
      const field = (name: string): string[] =>
        new RegExp(`^${name}:[ \\t]*(.*)$`, 'im')
          .exec(stanza)?.[1]
          ?.split(/\s+/)
          .filter((word) => word !== '') ?? [];
      if (field('Enabled')[0]?.toLowerCase() === 'no' || !field('Types').includes('deb')) return [];
      return field('Suites').map((suite) => ({ path, suite, uri: field('URIs')[0] ?? '' }));
    });
  }
  return content.split('\n').flatMap((line) => {
    const found = /^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)/.exec(line);
    return found ? [{ path, suite: found[2] ?? '', uri: found[1] ?? '' }] : [];
  });
}

/** The codename a suite belongs to: `bookworm-updates`, `bookworm/updates`, `buster-rocky-proposed-updates`. */
const release = (suite: string): string => suite.replace(/[-/].*$/, '');

/** Sources are switched by replacing the codename: what does not carry it would stay behind, or is already ahead. */
export const sources: Check = {
  code: 'WL-CHECK-SOURCES',
  title: "apt's sources are not those of the system",
  source: '000; design.md 4',
  find: (scene) =>
    read(scene).flatMap(([node, facts]): Found[] => {
      const mine = facts.os.codename;
      const all = facts.apt.sources.flatMap(suites);
      const say = (
        level: Found['level'],
        entries: readonly Entry[],
        words: string,
        remedy: string,
      ): Found[] =>
        entries.length === 0
          ? []
          : [
              {
                level,
                node,
                evidence: `${words}: ${some([...new Set(entries.map(({ path, suite, uri }) => `${suite} of ${uri} in ${path}`))], 4)}`,
                remedy,
              },
            ];
      if (!all.some(({ suite }) => release(suite) === mine)) {
        return [
          {
            level: 'block',
            node,
            evidence: `no source on ${node} is of ${mine}`,
            remedy: `Write ${mine}'s sources to /etc/apt/sources.list on ${node}; apt-get update must work.`,
          },
        ];
      }
      const floating = all.filter(({ suite }) => /^(old)*stable(-|\/|$)|^testing(-|$)/.test(suite));
      const foreign = all.filter(
        ({ suite }) =>
          CODENAMES.includes(release(suite)) &&
          release(suite) !== mine &&
          !floating.some((one) => one.suite === suite),
      );
      const other = all.filter(
        (entry) =>
          release(entry.suite) !== mine &&
          !floating.includes(entry) &&
          !foreign.includes(entry) &&
          entry.suite !== './' &&
          entry.suite !== '/',
      );
      return [
        ...say('block', floating, 'sources that change by themselves', `Name ${mine} instead on ${node}.`),
        ...say(
          'block',
          foreign,
          `sources of another release than ${mine}`,
          `Take them out on ${node}, or correct them to ${mine}.`,
        ),
        ...say(
          'warn',
          other,
          'sources that do not follow the system',
          `They stay as they are: take out on ${node} what has no packages for ${scene.to.os}.`,
        ),
      ];
    }),
};
