import { type NewDefault, newDefaults } from '../../catalog/components/galera.ts';
import { strangeDefaults } from '../../catalog/components/table-defaults.ts';
import { distribution } from '../../catalog/distributions.ts';
import { minor } from '../../catalog/version.ts';
import { moveSuite, takeOut } from '../../drivers/apt.ts';
import type { Checkpoint } from '../../model/plan.ts';
import { Chain, type Draft } from '../draft.ts';
import { bringProgram } from './cloud.ts';
import { CACHE, keepDir } from './keep.ts';
import { keepLost } from './lost.ts';
import { foreignOn } from './packages.ts';
import { isRebuilt } from './rebuilt.ts';
import { type Controllers, targetCodename } from './topology.ts';

export const OLD_DEFAULTS_PATH = '/etc/mysql/mariadb.conf.d/90-windlass-old-defaults.cnf';

/** A file that only the new server reads, so that it goes on as the old one did. */
export const oldDefaults = (version: string, changed: readonly NewDefault[]): string =>
  [
    `# Written by Windlass: what MariaDB ${version} does otherwise than the one before. Read by ${version} only.`,
    `[mariadb-${version}]`,
    ...changed.flatMap(({ option, before, says }) => [`# ${says}`, `${option} = ${before}`]),
    '',
  ].join('\n');

interface MovedSource {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/** Every apt source of a node as it will be: of the target, without the archives whose packages go (000). */
function movedSources(roll: Controllers, node: string): MovedSource[] {
  const from = roll.facts.nodes[node]?.os.codename ?? '';
  const to = targetCodename(roll);
  const gone = foreignOn(roll, node).flatMap(({ from: archive }) => archive?.split(' ')[0] ?? []);
  return (roll.facts.nodes[node]?.apt.sources ?? []).map(({ path, content }) => {
    const kept = gone.reduce(takeOut, content);
    return { path, before: content, after: moveSuite(kept, from, to, distribution(to).suites) };
  });
}

/** Those that change. */
export const targetSources = (roll: Controllers, node: string): MovedSource[] =>
  movedSources(roll, node).filter(({ before, after }) => before !== after);

/** What MariaDB would do otherwise from here to the target: the plan keeps it as it was. */
export function changedDefaults(roll: Controllers, node: string): readonly NewDefault[] {
  const galera = roll.facts.nodes[node]?.galera;
  const to = distribution(roll.to.os).ships.mariadb;
  const from = galera?.version || distribution(roll.from.os).ships.mariadb;
  return galera === undefined || from === undefined || to === undefined ? [] : newDefaults(from, to);
}

/** Work that hurts nobody and shortens the window. */
export function prepare(draft: Draft, roll: Controllers, workers: readonly string[]): void {
  draft.phase('prepare', 'Prepare: fetch packages');
  bringProgram(draft, roll);
  for (const node of [...roll.order, ...workers]) {
    const sources = movedSources(roll, node).map(({ path, after }) => ({
      name: path.replace(/^.*\//, ''),
      content: after,
    }));
    if (sources.length > 0 && !isRebuilt(roll, node)) {
      draft.add({
        id: `${node}/packages/fetch`,
        kind: 'apt.prefetch',
        on: [node],
        params: { dir: CACHE, sources, codename: targetCodename(roll) },
        title: `Fetch ${targetCodename(roll)}'s packages to ${node}`,
        why: 'the window must not wait for a mirror; the node itself stays on its sources',
        source: 'research/lab.md 1; 001',
        needs: [],
        return: 'reversible',
        estimate: 60,
        timeout: 3600,
        class: 'light',
      });
    }
  }
}

/** Files of the controllers' databases, laid once the checkpoint is whole: before it no way back would know of them. */
export function keepOldDefaults(draft: Draft, roll: Controllers): void {
  const whole = draft.checkpoints.at(-1)?.after ?? [];
  for (const node of roll.order) {
    if (isRebuilt(roll, node)) continue;
    keepDefaults(new Chain(draft, whole, { class: 'light' }), roll, node);
  }
}

/** A file that only the new server reads, where it would do otherwise than the old one. */
export function keepDefaults(chain: Chain, roll: Controllers, node: string): void {
  const changed = changedDefaults(roll, node);
  if (changed.length === 0) return;
  const version = minor(distribution(roll.to.os).ships.mariadb ?? '');
  chain.step({
    id: `${node}/mariadb/keep-defaults`,
    kind: 'file.write',
    on: [node],
    params: { path: OLD_DEFAULTS_PATH, mode: '0644', content: oldDefaults(version, changed), before: null },
    title: `Let MariaDB ${version} on ${node} keep the old ${changed.map(({ option }) => option).join(', ')}`,
    why: changed.map(({ says }) => says).join('; '),
    source: changed.map(({ source }) => source).join('; '),
    return: 'reversible',
    estimate: 1,
  });
}

/** Everything a way back needs, taken and proved before anything is disturbed; `holds` says what that is, in all. */
export function backup(
  draft: Draft,
  roll: Controllers,
  workers: readonly string[],
  holds: Checkpoint['holds'],
  /** Steps that keep the rest of what it holds; where there are any, the checkpoint waits for all of it. */
  beside: readonly string[] = [],
): void {
  draft.phase('backup', 'Back up, and prove it by restoring');
  if (roll.from.os !== roll.to.os) for (const node of roll.order) keepLost(draft, roll, node);
  const dir = keepDir(roll);
  const keeper = roll.order.findLast((name) => roll.facts.nodes[name]?.galera);
  const etc = [...roll.order, ...workers].map((node) => ({
    node,
    step: draft.add({
      id: `${node}/etc/keep`,
      kind: 'backup.etc',
      on: [node],
      params: { path: `${dir}/etc.tar.gz` },
      title: `Keep ${node}'s configuration`,
      why: 'packages replace configuration files',
      source: '002',
      needs: [],
      return: 'reversible',
      estimate: 3,
      class: 'light',
    }),
  }));
  const kept =
    beside.length > 0
      ? [...beside, ...etc.filter(({ node }) => roll.order.includes(node)).map(({ step }) => step)]
      : [];
  if (keeper && roll.schemas.length > 0) {
    const params = { dir: `${dir}/databases`, databases: roll.schemas };
    const dumped = draft.add({
      id: `${keeper}/databases/dump`,
      kind: 'backup.databases',
      on: [keeper],
      params,
      title: `Dump ${roll.schemas.join(', ')} on ${keeper} and count their rows`,
      why: 'the schemas are about to change; a dump is the only way back from that',
      source: '002; 004',
      needs: [],
      return: 'reversible',
      estimate: 15,
      timeout: 14_400,
      class: 'light',
    });
    const proved = draft.add({
      id: `${keeper}/databases/prove`,
      kind: 'backup.prove',
      on: [keeper],
      params,
      title: `Restore the dumps into a throwaway server on ${keeper} and count again`,
      why: 'no backup counts until it has been restored somewhere',
      source: 'design 2 (5)',
      needs: [dumped],
      return: 'reversible',
      estimate: 30,
      timeout: 14_400,
      class: 'light',
    });
    draft.checkpoints.push({ id: 'before', after: [...kept, proved], holds: [...holds] });
    keepTableDefaults(draft, roll, [proved]);
  } else if (kept.length > 0) {
    draft.checkpoints.push({ id: 'before', after: kept, holds: holds.filter((part) => part !== 'db') });
  }
}

/** Schemas whose default collation is to be that of their tables, as a node's facts have them. */
export function changedTableDefaults(roll: Controllers, node: string) {
  const galera = roll.facts.nodes[node]?.galera;
  if (galera?.tables === undefined || roll.from.openstack === roll.to.openstack) return [];
  return strangeDefaults(galera.databases, galera.tables)
    .filter(({ schema, clear }) => clear && roll.schemas.includes(schema))
    .map(({ schema, is, tables }) => ({ schema, collation: tables, before: is }));
}

/**
 * What new tables get is set to what the old ones have, before any of them is made: nothing where every schema is of one
 * kind, or where nobody can say which of two it should be.
 */
function keepTableDefaults(draft: Draft, roll: Controllers, needs: readonly string[]): void {
  const node = roll.order.find((name) => roll.facts.nodes[name]?.galera?.tables);
  const schemas = changedTableDefaults(roll, node ?? '');
  if (node === undefined || schemas.length === 0) return;
  draft.add({
    id: 'cluster/databases/defaults',
    kind: 'galera.defaults',
    on: [node],
    params: { schemas },
    title: `Let new tables of ${schemas.map(({ schema }) => schema).join(', ')} be made as the old ones are`,
    why: 'a foreign key between two character sets is refused (errno 150), and the sync that makes it fails',
    source: 'docs/rolling.md; research/lab.md 4 (4)',
    needs,
    return: 'reversible',
    estimate: 1,
    class: 'light',
  });
}
