import type { RunEvent } from '../model/event.ts';
import type { Plan, Step } from '../model/plan.ts';
import type { Rehearsal } from '../model/rehearsal.ts';
import { begin, foldAll, type GateState, gateStatus, outcome, type RunState } from '../schedule/index.ts';
import { type Account, account, type ProbeInfo, type Sample, type Span } from '../watch/index.ts';
import type {
  FaultReport,
  GateReport,
  Moment,
  PhaseReport,
  ReportData,
  StepOutcome,
  StepReport,
  ThingReport,
} from './data.ts';
import { guestReports } from './guests.ts';
import { histories, type StepHistory } from './history.ts';
import { rehearsedReport } from './rehearsed.ts';

export interface ReportSources {
  readonly plan: Plan;
  /** Of one run, in order. */
  readonly events: readonly RunEvent[];
  readonly probes: readonly ProbeInfo[];
  readonly samplesOf: (probe: string, window: Span) => readonly Sample[];
  /** The last rehearsal of this target that had passed when the run began. */
  readonly rehearsal?: Rehearsal;
  /** The moment it is made: what still runs is counted until then. */
  readonly now: number;
}

/** Puts together what a run did and what it cost. Pure: the same sources give the same report. */
export function buildReport({ plan, events, probes, samplesOf, rehearsal, now }: ReportSources): ReportData {
  const first = events[0];
  const ending = events.findLast((event) => event.type === 'run.finished' || event.type === 'run.halted');
  const state = foldAll(begin(plan), events);
  const stands = first === undefined ? 'not started' : outcome(state);
  const over = stands === 'finished' || stands === 'halted' || stands === 'interrupted';
  // A run that halts over a guest is not at its end before its running steps are.
  const lastStep = events.findLast((event) => 'step' in event)?.at ?? 0;
  const ended = over ? (ending ? Math.max(ending.at, lastStep) : events.at(-1)?.at) : undefined;
  const until = ended ?? now;
  const window = first === undefined ? undefined : { from: first.at, to: Math.max(until, first.at) };
  // A probe that never tried in this run, of an earlier one perhaps, has nothing to say about it.
  const accounts =
    window === undefined
      ? []
      : account(probes, (probe) => samplesOf(probe, window), events, window).filter(({ total }) => total > 0);

  const lost = lostBySteps(accounts);
  const told = histories(events, until);
  const steps = plan.steps.map((step) => stepReport(step, told.get(step.id), lost.get(step.id) ?? 0));
  const things = accounts.map((each) => thingReport(each, plan));
  const runStarted = events.find((event) => event.type === 'run.started');
  const because = ending?.type === 'run.halted' && stands === 'halted' ? ending.because : undefined;
  return {
    windlass: 1,
    made: now,
    cluster: plan.cluster,
    plan: plan.id,
    ...(runStarted === undefined ? {} : { run: runStarted.run, by: runStarted.by }),
    from: plan.from,
    to: plan.to,
    strategies: plan.route.map((hop) => hop.strategy),
    outcome: stands,
    ...(because === undefined ? {} : { because }),
    ...(first === undefined ? {} : { started: first.at }),
    ...(ended === undefined ? {} : { ended }),
    wall: window === undefined ? 0 : (window.to - window.from) / 1000,
    counts: countsOf(steps),
    things,
    guests: guestReports(events, things),
    ...(rehearsal === undefined ? {} : { rehearsed: rehearsedReport(rehearsal, steps, things) }),
    phases: plan.phases.map((phase) => phaseReport(phase, steps)),
    steps,
    faults: faultReports(events, plan, told),
    gates: gateReports(plan, events, state),
    moments: moments(events),
    findings: plan.findings,
  };
}

function lostBySteps(accounts: readonly Account[]): Map<string, number> {
  const lost = new Map<string, number>();
  for (const { step, seconds } of accounts.flatMap(({ charges }) => charges)) {
    if (step !== null) lost.set(step, (lost.get(step) ?? 0) + seconds);
  }
  return lost;
}

function stepReport(step: Step, history: StepHistory | undefined, lost: number): StepReport {
  const bars = history?.bars ?? [];
  const { id, title, phase, on, source, estimate } = step;
  return {
    id,
    title,
    phase,
    on,
    class: step.class,
    return: step.return,
    source,
    outcome: history?.outcome ?? 'todo',
    attempts: history?.attempts ?? 0,
    bars,
    seconds: bars.reduce((sum, bar) => sum + (bar.to - bar.from), 0) / 1000,
    estimate,
    ...(history?.because === undefined ? {} : { because: history.because }),
    lost,
  };
}

function countsOf(steps: readonly StepReport[]): ReportData['counts'] {
  const counts: Record<StepOutcome, number> = {
    done: 0,
    already: 0,
    failed: 0,
    undone: 0,
    running: 0,
    todo: 0,
  };
  for (const step of steps) counts[step.outcome] += 1;
  return { ...counts, total: steps.length };
}

function phaseReport(phase: Plan['phases'][number], all: readonly StepReport[]): PhaseReport {
  const steps = all.filter((step) => step.phase === phase.id);
  const bars = steps.flatMap((step) => step.bars);
  const span =
    bars.length === 0
      ? undefined
      : {
          from: bars.reduce((least, bar) => Math.min(least, bar.from), Number.POSITIVE_INFINITY),
          to: bars.reduce((most, bar) => Math.max(most, bar.to), 0),
        };
  return {
    ...phase,
    ...(span === undefined ? {} : { span }),
    seconds: span === undefined ? 0 : (span.to - span.from) / 1000,
    done: steps.filter(({ outcome: is }) => is === 'done' || is === 'already').length,
    steps: steps.length,
    lost: steps.reduce((sum, step) => sum + step.lost, 0),
  };
}

/** Under which word of a route's outage a probe's thing is expected to be away, nearest word first. */
const WORDS: Readonly<Record<ProbeInfo['kind'], readonly string[]>> = {
  api: ['api'],
  http: ['api'],
  sql: ['sql'],
  amqp: ['bus'],
  tcp: ['vip'],
  ping: ['guests'],
};

function expectedFor(probe: ProbeInfo, plan: Plan): number | undefined {
  const words = [probe.name, ...WORDS[probe.kind]];
  const figures = plan.route.flatMap(({ outage }) => {
    const word = words.find((each) => outage[each] !== undefined);
    return word === undefined ? [] : [outage[word] ?? 0];
  });
  return figures.length === 0 ? undefined : figures.reduce((sum, figure) => sum + figure, 0);
}

function thingReport(of: Account, plan: Plan): ThingReport {
  const expected = expectedFor(of.probe, plan);
  return {
    name: of.probe.name,
    kind: of.probe.kind,
    where: of.probe.where,
    rate: of.probe.rate,
    outage: of.seconds,
    ...(expected === undefined ? {} : { expected }),
    longestGap: of.longestGap,
    failed: of.failed,
    total: of.total,
    open: of.open,
    spans: of.blamed,
    charges: of.charges,
    blind: of.blind,
    errors: of.errors.slice(0, 8),
    ...(of.median === null ? {} : { median: of.median }),
    ...(of.p95 === null ? {} : { p95: of.p95 }),
  };
}

function faultReports(
  events: readonly RunEvent[],
  plan: Plan,
  told: ReadonlyMap<string, StepHistory>,
): FaultReport[] {
  const titles = new Map(plan.steps.map((step) => [step.id, step.title]));
  return events.flatMap((event, place) => {
    if (event.type === 'run.halted' && event.fault !== undefined) {
      const { step = '', ...fault } = event.fault;
      const mended = events.slice(place).some(({ type }) => type === 'run.resumed');
      return [{ at: event.at, step, title: titles.get(step) ?? step, ...fault, mended }];
    }
    if (event.type !== 'step.failed') return [];
    const is = told.get(event.step)?.outcome;
    return [
      {
        ...event.fault,
        at: event.at,
        step: event.step,
        title: titles.get(event.step) ?? event.step,
        mended: is === 'done' || is === 'already',
      },
    ];
  });
}

const GATE_STATES = {
  shut: 'closed',
  open: 'waiting',
  passed: 'approved',
  rejected: 'rejected',
  expired: 'expired',
} as const;

const DECIDES: Readonly<Record<GateState, readonly RunEvent['type'][]>> = {
  shut: [],
  open: [],
  passed: ['gate.approved', 'gate.measured'],
  rejected: ['gate.rejected'],
  expired: ['gate.expired'],
};

/** How a gate stands is for the scheduler to say; when it was decided is read from the events. */
function gateReports(plan: Plan, events: readonly RunEvent[], state: RunState): GateReport[] {
  return plan.gates.map(({ id, title }) => {
    const { is, openedAt, approvers } = gateStatus(state, id);
    // A word that came too late is in the journal too: what decided is of the kind that leads to this state.
    const decided = events.findLast(
      (event) => 'gate' in event && event.gate === id && DECIDES[is].includes(event.type),
    );
    const rejecter = decided?.type === 'gate.rejected' ? [decided.by] : approvers;
    return {
      id,
      title,
      state: GATE_STATES[is],
      by: rejecter,
      ...(openedAt === undefined ? {} : { opened: openedAt }),
      ...(decided === undefined ? {} : { decided: decided.at }),
    };
  });
}

function moments(events: readonly RunEvent[]): Moment[] {
  return events.flatMap((event) => {
    const text = momentText(event);
    return text === undefined ? [] : [{ at: event.at, text }];
  });
}

function momentText(event: RunEvent): string | undefined {
  switch (event.type) {
    case 'run.started':
      return `started by ${event.by}`;
    case 'run.resumed':
      return `taken up again by ${event.by}`;
    case 'run.paused':
      return `paused by ${event.by}`;
    case 'run.unpaused':
      return `goes on, ${event.by} said`;
    case 'run.interrupted':
      return `interrupted by ${event.by}`;
    case 'run.halted':
      return `halted: ${event.because}`;
    case 'run.finished':
      return 'finished';
    case 'gate.opened':
      return `waits at gate ${event.gate}`;
    case 'gate.approved':
      return `gate ${event.gate} approved by ${event.by}`;
    case 'gate.revoked':
      return `gate ${event.gate}: ${event.by} takes the approval back`;
    case 'gate.measured':
      return `gate ${event.gate} measured: ${event.evidence}`;
    case 'gate.rejected':
      return `gate ${event.gate} rejected by ${event.by}: ${event.because}`;
    case 'gate.expired':
      return `gate ${event.gate} expired`;
    case 'step.failed':
      return `${event.step} failed: ${event.fault.message}`;
    case 'step.retried':
      return `${event.step} is tried again, ${event.by} said`;
    case 'step.undone':
      return `${event.step} undone`;
    default:
      return undefined;
  }
}
