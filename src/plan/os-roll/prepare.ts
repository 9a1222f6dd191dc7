import { changesCollation } from '../../catalog/components/galera.ts';
import { distribution } from '../../catalog/distributions.ts';
import { moveSuite, takeOut } from '../../drivers/apt.ts';
import type { Draft } from '../draft.ts';
import { bringProgram } from './cloud.ts';
import { CACHE, keepDir } from './keep.ts';
import { foreignOn } from './packages.ts';
import { type Controllers, targetCodename } from './topology.ts';

const COLLATIONS = `# Written by Windlass. MariaDB 11.8 gives utf8mb3 and utf8mb4 another default collation than the tables of an
# older database have, and migrations that add a foreign key then fail with errno 150. Read by 11.8 only.
[mariadb-11.8]
character_set_collations = utf8mb3=utf8mb3_general_ci,utf8mb4=utf8mb4_general_ci
`;
export const COLLATIONS_PATH = '/etc/mysql/mariadb.conf.d/90-windlass-collations.cnf';

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

function collationChanges(roll: Controllers, node: string): boolean {
  const galera = roll.facts.nodes[node]?.galera;
  const to = distribution(roll.to.os).ships.mariadb;
  const from = galera?.version || distribution(roll.from.os).ships.mariadb;
  return galera !== undefined && from !== undefined && to !== undefined && changesCollation(from, to);
}

/** Work that hurts nobody and shortens the window: archives fetched, collations pinned. */
export function prepare(draft: Draft, roll: Controllers, workers: readonly string[]): void {
  draft.phase('prepare', 'Prepare: fetch packages, pin collations');
  bringProgram(draft, roll);
  for (const node of [...roll.order, ...workers]) {
    const sources = movedSources(roll, node).map(({ path, after }) => ({
      name: path.replace(/^.*\//, ''),
      content: after,
    }));
    if (sources.length > 0) {
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
  for (const node of roll.order) {
    if (collationChanges(roll, node)) {
      draft.add({
        id: `${node}/mariadb/pin-collations`,
        kind: 'file.write',
        on: [node],
        params: { path: COLLATIONS_PATH, mode: '0644', content: COLLATIONS, before: null },
        title: `Pin MariaDB's default collations on ${node}`,
        why: 'migrations on 11.8 would mix collations or fail with errno 150',
        source: 'research/lab.md 4 (4, 5)',
        needs: [],
        return: 'reversible',
        estimate: 1,
        class: 'light',
      });
    }
  }
}

/** Everything a way back needs, taken and proved before anything is disturbed. */
export function backup(draft: Draft, roll: Controllers, workers: readonly string[]): void {
  draft.phase('backup', 'Back up, and prove it by restoring');
  const dir = keepDir(roll);
  const keeper = roll.order.findLast((name) => roll.facts.nodes[name]?.galera);
  for (const node of [...roll.order, ...workers]) {
    draft.add({
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
    });
  }
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
    draft.checkpoints.push({ id: 'before', after: [proved], holds: ['db', 'etc', 'rabbitmq'] });
  }
}
