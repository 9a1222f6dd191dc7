import type { Finding } from '../../model/finding.ts';
import type { Step } from '../../model/plan.ts';
import type { Draft, Wanted } from '../draft.ts';
import { diskId } from '../os-roll/disks.ts';
import { apart } from '../os-roll/pacemaker-apart.ts';
import { type Controllers, controllers } from '../os-roll/topology.ts';
import { beyond, type Past } from './past.ts';
import type { RollbackRequest } from './request.ts';

const SOURCE = 'docs/rollback.md';

/** The way back over a change of the system: whose disks go back, and who is left to hold the platform meanwhile. */
export interface Disks {
  /** The controllers as the run saw them: in its order, with its first one on the new bus. */
  readonly forward: Controllers;
  /** What they are kept as. */
  readonly id: string;
  /** Nodes whose system the run changed, or began to: their disks go back, in the order in which they were changed. */
  readonly back: readonly string[];
  /** Controllers that were taken out of database and cluster, and whose system did not change yet. */
  readonly held: readonly string[];
  /** Database members that go on as they are, and have everything that was written. */
  readonly live: readonly string[];
  /** Nobody holds the platform meanwhile: everything is off at once, and the database starts from its last member. */
  readonly together: boolean;
  /** Steps that this way back knows no answer to. */
  readonly strange: readonly Step[];
}

/** After these a node's system is not what it was. */
const SYSTEM = /^(apt\.(sources|remove|dist-upgrade|install|autoremove)|node\.(reboot|remake))$/;
/** What is answered by a disk, or by the platform that is brought back part by part. */
const ANSWERED =
  /^(disk\.|node\.(reboot|remake)|state\.put|apt\.|pacemaker\.(move|standby|online|upgrade-cib)|galera\.(hold|rejoin|upgrade-tables)|rabbitmq\.|network\.(leave|return))/;
/** What was done to computes and their guests. */
const WORKERS = /^(nova\.|guests\.)/;

const finishedOn = ({ plan, finished }: Past, node: string, kind: string): boolean =>
  plan.steps.some((step) => step.kind === kind && step.on.includes(node) && finished.has(step.id));

const appliedOn = ({ applied, on }: Past, node: string, kind: RegExp): boolean =>
  applied.some(
    (step) => kind.test(step.kind) && (step.params.node === node || on.get(step.id)?.has(node) === true),
  );

/** Nodes whose disk the run kept, by its journal; the provider is asked before anything is stopped. */
export const keptDisks = ({ plan, finished }: Past): readonly string[] =>
  plan.checkpoints.flatMap(({ node, after }) =>
    node !== undefined && after.every((step) => finished.has(step)) ? [node] : [],
  );

const keeping = ({ kind }: Step): boolean => kind === 'disk.keep';

/** Nodes whose disk the provider may have, whole or not: what is there is dropped when nothing needs it any more. */
export const begunDisks = (past: Past): readonly string[] =>
  past.plan.steps
    .filter((step) => keeping(step) && (past.on.has(step.id) || past.finished.has(step.id)))
    .flatMap(({ params }) => (typeof params.node === 'string' ? [params.node] : []));

/** Where and how the run kept a node's disk: its provider then, whatever the cluster file says by now. */
export function keptAs({ plan }: Pick<Past, 'plan'>, node: string) {
  const step = plan.steps.find((one) => keeping(one) && one.params.node === node);
  return step && { on: step.on, params: step.params, source: step.source, timeout: step.timeout };
}

/** Undefined where the run changed no system: then packages and files bring back. */
export function disksOf({ cluster, before, past }: RollbackRequest): Disks | undefined {
  const { from, to, leftOut } = past.plan;
  const far = beyond(past);
  if (from.os === to.os || far.length === 0) return undefined;
  const forward = controllers(cluster, before, from, to, leftOut);
  const nodes = [
    ...forward.order,
    ...Object.keys(cluster.nodes).filter((name) => !forward.all.includes(name)),
  ];
  const back = nodes.filter((node) => appliedOn(past, node, SYSTEM));
  const members = forward.all.filter((node) => before.nodes[node]?.galera);
  const out = (node: string): boolean =>
    appliedOn(past, node, /^(galera\.hold|pacemaker\.standby)$/) &&
    !finishedOn(past, node, before.nodes[node]?.galera ? 'galera.rejoin' : 'pacemaker.online');
  const held = forward.order.filter((node) => !back.includes(node) && out(node));
  const stay = forward.all.filter((node) => !back.includes(node) && !held.includes(node));
  const live = stay.filter((node) => members.includes(node));
  return {
    forward,
    id: diskId({ facts: before }),
    back,
    held,
    live,
    together: members.length > 0 ? live.length === 0 : stay.length === 0,
    strange: far.filter(({ kind }) => !ANSWERED.test(kind) && !WORKERS.test(kind)),
  };
}

/** The member whose database was stopped last: it has everything that was ever written to those that are kept. */
export function lastMember({ forward, back, held }: Disks, { started }: Past): string | undefined {
  const at = (node: string): number => started.get(`${node}/mariadb/hold`) ?? 0;
  return [...held, ...back]
    .filter((node) => forward.facts.nodes[node]?.galera)
    .reduce<string | undefined>(
      (best, node) => (best === undefined || at(node) > at(best) ? node : best),
      undefined,
    );
}

/** What keeps the way back over a change of the system from being taken, and what it costs. */
export function diskFindings(disks: Disks, past: Past): Finding[] {
  const { back, forward, strange } = disks;
  const kept = keptDisks(past);
  const without = back.filter((node) => !kept.includes(node));
  const workers = back.filter((node) => !forward.all.includes(node));
  const moved = past.applied.filter(({ kind }) => WORKERS.test(kind));
  const finding = (
    level: Finding['level'],
    code: `WL-${string}`,
    title: string,
    evidence: string,
    remedy: string,
  ): Finding => ({ level, code, title, evidence, remedy, source: SOURCE });
  const on = 'go on with the run (windlass resume), or come back from the disks by hand: docs/rollback.md';
  return [
    ...(without.length > 0
      ? [
          finding(
            'block',
            'WL-ROLLBACK-BEYOND',
            `the run changed the system of ${without.join(', ')}, and kept no disk of ${without.length > 1 ? 'them' : 'it'}`,
            past.applied
              .filter(
                ({ id, kind }) => SYSTEM.test(kind) && without.some((node) => past.on.get(id)?.has(node)),
              )
              .map(({ id }) => id)
              .join(', '),
            on,
          ),
        ]
      : []),
    ...(strange.length > 0
      ? [
          finding(
            'block',
            'WL-ROLLBACK-BEYOND',
            'the run did what neither disks nor dumps bring back',
            strange.map(({ id }) => id).join(', '),
            on,
          ),
        ]
      : []),
    ...(workers.length > 0 || moved.length > 0
      ? [
          finding(
            'block',
            'WL-ROLLBACK-WORKERS',
            'the run had come to nodes outside the control plane: their way back is not planned yet',
            workers.length > 0 ? workers.join(', ') : moved.map(({ id }) => id).join(', '),
            'guests may lie on disks that would go back, or not be where the databases say: go on with the run (windlass resume)',
          ),
        ]
      : []),
    ...(apart(forward)
      ? [
          finding(
            'block',
            'WL-ROLLBACK-APART',
            'old and new members of the VIPs’ cluster do not hear each other: a way back between two clusters is not planned yet',
            `${forward.from.os} to ${forward.to.os}`,
            on,
          ),
        ]
      : []),
    ...(back.length > 0
      ? [
          finding(
            'warn',
            'WL-ROLLBACK-DISKS',
            `the disks of ${back.join(', ')} go back to the moment they were kept: what was written there since is lost`,
            back
              .flatMap((node) => {
                const at = past.started.get(`${node}/disk/keep`);
                return at === undefined ? [] : [`${node}: ${new Date(at).toISOString()}`];
              })
              .join(', ') || 'none was kept',
            'save logs and what else is kept on them alone (images in a folder of their own) first',
          ),
        ]
      : []),
  ];
}

/** The room that a run's kept disks take is given back. */
export function dropDisks(
  draft: Draft,
  past: Past,
  said: Pick<Wanted, 'why' | 'needs' | 'estimate' | 'class'>,
): void {
  for (const node of begunDisks(past)) {
    const kept = keptAs(past, node);
    if (kept === undefined) continue;
    draft.add({
      ...kept,
      ...said,
      id: `${node}/disk/drop`,
      kind: 'disk.drop',
      title: `Give back the room that ${node}'s kept disk takes`,
      return: 'irreversible',
    });
  }
}
