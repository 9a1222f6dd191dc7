import { conditionWords } from '../model/condition.ts';
import type { Making } from '../model/machine.ts';
import { type Gate, machinesOf, type Plan, type Step } from '../model/plan.ts';
import { gatesWithoutPlace } from './gates.ts';

export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min${whole % 60 === 0 ? '' : ` ${whole % 60} s`}`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** Whom a step hurts, in a few words; empty when nobody. */
export function impactWords({ impact }: Step): string {
  const words: string[] = [];
  if (impact.apis.length > 0) words.push(`touches ${impact.apis.join(', ')}`);
  if (impact.bus !== 'none') words.push(`bus ${impact.bus}`);
  if (impact.sql !== 'none') words.push(`database ${impact.sql}`);
  if (impact.vip !== 'none') words.push('VIP moves');
  if (impact.guests !== 'none') words.push(`guests ${impact.guests}`);
  return words.join('; ');
}

const RETURNS = {
  reversible: '',
  restore: ' [comes back by a restore]',
  irreversible: ' [cannot be undone]',
} as const;

/** An argument vector as it would be typed. */
export function typed(argv: readonly string[]): string {
  return argv
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replace(/'/g, `'\\''`)}'`))
    .join(' ');
}

/** Where a machine's provider works, and by what. */
const by = ({ on, argv, input }: Making): string =>
  `${on === undefined ? 'here' : `on ${on}`} by: ${typed(argv)}${input === undefined ? '' : `, with a script of ${input.split('\n').length - 1} lines`}`;

/** Steps that differ only by their node, next to each other: told once. */
function* lanes(steps: readonly Step[]): Generator<Step[]> {
  let lane: Step[] = [];
  const shape = (step: Step): string => {
    const [node = ''] = step.id.split('/');
    return JSON.stringify([step.kind, step.title.replaceAll(node, '*'), step.class, step.on.length]);
  };
  for (const step of steps) {
    const first = lane[0];
    if (first && shape(first) !== shape(step)) {
      yield lane;
      lane = [];
    }
    lane.push(step);
  }
  if (lane.length > 0) yield lane;
}

const owner = (id: string): string => id.split('/')[0] ?? id;

/** Behind whom a folded lane's steps go, in a few words; empty when they only wait for what they need. */
function behindWords(lane: readonly Step[]): string {
  const ahead = [...new Set(lane.flatMap(({ follows }) => follows.map(owner)))];
  if (ahead.length === 0) return '';
  return lane.length > 1
    ? ', in lanes: each after the one ahead of it, however that ended'
    : ` — after ${ahead.join(', ')}, however that ended`;
}

/** What opens a gate, in a few words. */
export function opensWords({ approvals, approvers, condition }: Gate): string {
  const of = approvers === undefined ? '' : ` of ${approvers.join(', ')}`;
  const people = approvals === 0 ? [] : [`${approvals} approval${approvals > 1 ? 's' : ''}${of}`];
  return [...people, ...(condition ? [`once ${conditionWords(condition)}`] : [])].join(', ');
}

export interface ShowOptions {
  /** Also every guard, question (`?`), command (`#`) and way back (`back#`). */
  readonly commands?: boolean;
}

/** Seconds of the longest chain of needs and follows, class limits left aside. */
export function longestChain(plan: Plan): number {
  const ends = new Map<string, number>();
  for (const step of plan.steps) {
    const begins = Math.max(0, ...[...step.needs, ...step.follows].map((other) => ends.get(other) ?? 0));
    ends.set(step.id, begins + step.estimate);
  }
  return Math.max(0, ...ends.values());
}

/**
 * A plan as text an operator can read aloud: by phase, with impact and estimate; lanes that differ only by their
 * node are folded unless commands are shown too.
 */
export function showPlan(plan: Plan, options: ShowOptions = {}): string {
  const out: string[] = [];
  const say = (depth: number, text: string): void => {
    out.push(`${'  '.repeat(depth)}${text}`);
  };
  say(
    0,
    `Plan ${plan.id.slice(0, 19)} for ${plan.cluster}: ${plan.from.os} / ${plan.from.openstack} to ${plan.to.os} / ${plan.to.openstack}`,
  );
  if (plan.assumed)
    say(0, 'Made offline: what stands on the nodes is assumed from the catalogue, so it cannot be run.');
  if (plan.steps.length === 0) {
    say(0, 'Nothing to do.');
    return `${out.join('\n')}\n`;
  }
  for (const hop of plan.route) {
    const away = Object.entries(hop.outage).map(([thing, seconds]) => `${thing} ${duration(seconds)}`);
    say(
      0,
      `Route: ${hop.strategy} to ${hop.to.os} / ${hop.to.openstack}${away.length > 0 ? `, expected away: ${away.join(', ')}` : ''}`,
    );
  }
  if (plan.rehearsal) {
    const { old, asShipped } = plan.rehearsal;
    const hosts = machinesOf(plan);
    const names = hosts.map(({ host }) => host).join(' and ');
    say(0, `A rehearsal: only ${names} ${old ? 'are' : 'is'} changed, the cluster is read`);
    for (const { host, make, remove } of hosts) {
      if (make) say(0, `${host} is made ${by(make)}`);
      if (remove) say(0, `${host} is removed ${by(remove)}`);
    }
    if (asShipped) say(0, 'Without the old defaults that the real plan keeps');
  }
  if (plan.leftOut) {
    say(
      0,
      `Left as they are: ${plan.leftOut.join(', ')}; what needs every node to be new waits for a plan with them`,
    );
  }
  const { onFailure, tolerate } = plan.policy;
  if (onFailure === 'continue') {
    const most = tolerate === 1 ? '1 node has' : `${tolerate} nodes have`;
    say(0, `After a failure what does not need it goes on, until more than ${most} failed`);
  }
  const irreversible = plan.steps.filter((step) => step.return === 'irreversible').length;
  say(
    0,
    `${plan.steps.length} steps, about ${duration(longestChain(plan))}; ${irreversible} cannot be undone`,
  );
  for (const finding of plan.findings) {
    say(0, `${finding.level}: ${finding.node ? `${finding.node}: ` : ''}${finding.title} (${finding.code})`);
  }
  const nowhere = gatesWithoutPlace(plan);
  if (nowhere.length > 0) say(0, `No place in this plan for the policy's gates: ${nowhere.join(', ')}`);
  for (const phase of plan.phases) {
    const steps = plan.steps.filter((step) => step.phase === phase.id);
    say(0, '');
    say(0, `${phase.title} (${duration(steps.reduce((sum, step) => sum + step.estimate, 0))} of work)`);
    for (const lane of options.commands ? steps.map((step) => [step]) : lanes(steps)) {
      const [step] = lane;
      if (!step) continue;
      const [node = ''] = step.id.split('/');
      const gates = plan.gates.filter((gate) => lane.some(({ id }) => gate.before.includes(id)));
      for (const gate of gates) {
        say(1, `— gate ${gate.id}: ${gate.title} (${opensWords(gate)}, ${duration(gate.expires)})`);
      }
      const impact = impactWords(step);
      const title =
        lane.length > 1
          ? `${step.title.replaceAll(node, 'each')} — for ${lane.map(({ id }) => owner(id)).join(', ')}`
          : step.title;
      const behind = behindWords(lane);
      say(1, `${title}${behind}${impact === '' ? '' : ` (${impact})`}${RETURNS[step.return]}`);
      if (!options.commands) continue;
      say(2, `${step.id}: ${step.why} (${step.source})`);
      for (const other of step.follows) say(2, `once ${other} is finished or can no longer run`);
      const here = step.on.join(',');
      const line = (prompt: string, argv: readonly string[], input = ''): void => {
        say(2, `${prompt} ${typed(argv)}`);
        for (const text of input.split('\n').filter((part) => part !== '')) say(3, `< ${text}`);
      };
      for (const guard of step.guards) {
        say(2, `only while ${guard.title}`);
        for (const look of guard.looks) line(`${look.on}?`, look.argv, look.input);
      }
      for (const look of Object.values(step.looks)) line(`${look.on ?? here}?`, look.argv, look.input);
      for (const { on, argv, input, path } of step.carries ?? []) {
        line(`${on}?`, argv, input);
        say(3, `> ${here}:${path}`);
      }
      for (const [index, argv] of step.commands.entries()) {
        line(`${here}#`, argv, step.inputs[String(index)]);
      }
      if (step.again !== undefined) {
        say(
          2,
          `again up to ${step.again.times} times where it fails with ${step.again.says.map((word) => `"${word}"`).join(' or ')}`,
        );
      }
      for (const [index, argv] of step.undo.entries()) {
        line(`${here} back#`, argv, step.undoInputs[String(index)]);
      }
    }
    for (const checkpoint of plan.checkpoints) {
      if (steps.some(({ id }) => checkpoint.after.includes(id))) {
        say(1, `— checkpoint ${checkpoint.id}: ${checkpoint.holds.join(', ')}`);
      }
    }
  }
  return `${out.join('\n')}\n`;
}
