import { CLOUD_PATH } from '../../drivers/cloud.ts';
import type { RunEvent } from '../../model/event.ts';
import type { Checkpoint, Plan, Step } from '../../model/plan.ts';
import { POLICY_RC } from '../os-roll/keep.ts';
import type { RollbackRequest } from './request.ts';

/** What a run did, as its journal has it. */
export interface Past {
  readonly run: string;
  readonly plan: Plan;
  /** Steps whose commands were handed to a node, whatever came of them, in the plan's order. */
  readonly applied: readonly Step[];
  /** Step -> nodes it was handed to. */
  readonly on: ReadonlyMap<string, ReadonlySet<string>>;
  readonly finished: ReadonlySet<string>;
  readonly started: ReadonlyMap<string, number>;
}

export function pastOf(run: string, plan: Plan, events: readonly RunEvent[]): Past {
  const on = new Map<string, Set<string>>();
  const finished = new Set<string>();
  const started = new Map<string, number>();
  for (const event of events) {
    if (event.type === 'step.applied')
      on.set(event.step, new Set([...(on.get(event.step) ?? []), event.node]));
    if (event.type === 'step.finished') finished.add(event.step);
    if (event.type === 'step.started' && !started.has(event.step)) started.set(event.step, event.at);
  }
  return { run, plan, applied: plan.steps.filter(({ id }) => on.has(id)), on, finished, started };
}

/** Phases of a way back in which nothing comes back yet: nodes are looked at, kept calm, drained and stopped. */
const MAKES_WAY = new Set(['quiet', 'prepare', 'stop']);

/** What a way back has done beyond making way: the first step of it that was handed to a node; none where it may be planned anew. */
export const beyondMakingWay = ({ applied }: Past): Step | undefined =>
  applied.find(({ phase }) => !MAKES_WAY.has(phase));

/** A command that was handed to a node, and whose step nobody saw the end of. */
export interface InHand {
  readonly at: number;
  readonly node: string;
  readonly unit: string;
}

/** What a run that ended in the middle left in its nodes' hands: of each step and node what was handed over last. */
export function leftInHand(events: readonly RunEvent[]): readonly InHand[] {
  const open = new Map<string, Map<string, InHand>>();
  for (const event of events) {
    if (event.type === 'step.applied') {
      const { step, at, node, unit } = event;
      open.set(step, new Map([...(open.get(step) ?? []), [node, { at, node, unit }]]));
    }
    if (event.type === 'step.finished' || event.type === 'step.failed') open.delete(event.step);
  }
  return [...open.values()].flatMap((nodes) => [...nodes.values()]);
}

/** The cluster's checkpoint to go back to: the one named, or the last; undefined where the run had not taken it whole. */
export function checkpointOf({ plan, finished }: Past, wanted?: string): Checkpoint | undefined {
  return plan.checkpoints.findLast(
    ({ id, node, after }) =>
      node === undefined &&
      (wanted === undefined || id === wanted) &&
      after.every((step) => finished.has(step)),
  );
}

/** When the dumps were begun, or else whatever else the checkpoint holds: what came after it, it does not know. */
export function takenAt(past: Past, checkpoint: Checkpoint): number | undefined {
  const dumps = past.plan.steps.filter(({ kind }) => kind === 'backup.databases');
  const ids = dumps.length > 0 ? dumps.map(({ id }) => id) : checkpoint.after;
  const times = ids.flatMap((id) => past.started.get(id) ?? []);
  return times.length > 0 ? Math.min(...times) : undefined;
}

/** Kinds that leave a node as it runs: caches, copies, sources of packages that nobody installs from yet. */
const HARMLESS =
  /^(archive\.(add|fetch)|apt\.prefetch|backup\..*|disk\.keep|state\.carry|package\.keep-lost|rabbitmq\.(export|prune|keep-older)|pacemaker\.keep-cib)$/;
/** Kinds whose work is on the balancers, in the databases or in the cloud, not on the node that ran them. */
const ELSEWHERE =
  /^(haproxy\.(drain|enable)|database\..*|galera\.defaults|endpoint\.make|configure\.disable)$/;
/** What this way back knows how to undo, beside those. */
const KNOWN =
  /^(archive\..*|apt\.(install|autoremove)|file\..*|systemd\..*|haproxy\..*|package\.(mend|give-back)|config\..*|configure\..*|canary\..*)$/;

/** Files of ours that change nothing of what runs; policy-rc.d is taken away by itself, the mark of a kept disk at the end. */
const ours = ({ id, kind, params }: Step): boolean =>
  (kind === 'file.write' &&
    (params.path === CLOUD_PATH || params.path === POLICY_RC || /\/disk\/(re)?mark$/.test(id))) ||
  id.endsWith('/state/forget');

/** Steps that changed what a node runs or how it is configured. */
export const changing = (past: Past): readonly Step[] =>
  past.applied.filter((step) => !HARMLESS.test(step.kind) && !ELSEWHERE.test(step.kind) && !ours(step));

/** Steps after which packages and files alone do not bring back: another system, another bus. */
export const beyond = (past: Past): readonly Step[] =>
  past.applied.filter(({ kind }) => !HARMLESS.test(kind) && !ELSEWHERE.test(kind) && !KNOWN.test(kind));

/** Steps that changed a node. */
export const changedOn = (past: Past, node: string): readonly Step[] =>
  changing(past).filter(({ id }) => past.on.get(id)?.has(node));

/** Daemons of the node were stopped, started or held. */
export const unitsMoved = (past: Past, node: string): boolean =>
  changedOn(past, node).some(({ kind }) => kind.startsWith('systemd.'));

/** Packages of the node were forbidden to start anything. */
export const calmed = (past: Past, node: string): boolean =>
  past.applied.some(
    ({ id, kind, params }) =>
      kind === 'file.write' && params.path === POLICY_RC && past.on.get(id)?.has(node) === true,
  );

/** Packages may have moved on the node. */
export const raisedOn = (past: Past, node: string): boolean =>
  changedOn(past, node).some(({ kind }) => /^(archive\.raise|apt\.(install|autoremove))$/.test(kind));

/** Whether code of the new release may have served: what writes in its own versions, and what old code cannot read. */
export const newCodeServed = (past: Past): boolean =>
  past.applied.some(({ id, kind }) => /^systemd\.(release|restart)$/.test(kind) && !id.endsWith('/back'));

/** Paths below /etc that steps on a node name: what the run may have changed there. */
export function etcPaths(past: Past, node: string): string[] {
  const words = (value: unknown): string[] => {
    if (typeof value === 'string') return /^\/etc\/[^\s]+$/.test(value) ? [value] : [];
    if (Array.isArray(value)) return value.flatMap(words);
    return typeof value === 'object' && value !== null ? Object.values(value).flatMap(words) : [];
  };
  const steps = changedOn(past, node).filter(({ kind }) => /^(file|config|haproxy|package)\./.test(kind));
  return [...new Set(steps.flatMap(({ params }) => words(params)))].sort();
}

/**
 * Source and key of the release's archive that the run wrote on a node; a key that another source of the node named before
 * the run, as archives of one maker share theirs, is not the run's own.
 */
export function archiveFiles(
  { past, before }: Pick<RollbackRequest, 'past' | 'before'>,
  node: string,
): string[] {
  const there = before.nodes[node]?.apt.sources ?? [];
  return past.applied
    .filter(({ id, kind }) => kind === 'archive.add' && past.on.get(id)?.has(node))
    .flatMap(({ params }) => {
      const [source] = pathIn(params.source);
      const shared = (key: string): boolean =>
        there.some(({ path, content }) => path !== source && content.includes(key));
      return [...(source ? [source] : []), ...pathIn(params.key).filter((key) => !shared(key))];
    });
}

const pathIn = (file: unknown): string[] =>
  typeof file === 'object' && file !== null && 'path' in file && typeof file.path === 'string'
    ? [file.path]
    : [];
