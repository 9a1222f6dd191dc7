import type { RunEvent } from '../../../src/model/event.ts';
import { contentHash, planId } from '../../../src/model/hash.ts';
import { type Impact, Plan, type PlanBody, type Step } from '../../../src/model/plan.ts';
import { Policy } from '../../../src/model/policy.ts';
import type { ReportSources } from '../../../src/report/index.ts';
import type { ProbeInfo, Sample, Span } from '../../../src/watch/index.ts';

/**
 * A made-up run of an OS roll, always the same: three controllers and a dozen computes, one step that failed and was
 * tried again, one gate, outages where such a run has them. For tests and pictures; no figure in it was measured.
 */
export interface Example extends ReportSources {
  readonly samples: ReadonlyMap<string, readonly Sample[]>;
}

const T0 = Date.UTC(2026, 9, 14, 20, 0, 0);
const CONTROLLERS = ['ctl1', 'ctl2', 'ctl3'];
const COMPUTES = [...Array(12).keys()].map((n) => `cmp${n + 1}`);

interface Act {
  readonly thing: string;
  readonly verb: string;
  readonly title: string;
  readonly seconds: number;
  readonly impact?: Partial<Impact>;
  readonly return?: Step['return'];
}

const ROLL: readonly Act[] = [
  { thing: 'vip', verb: 'leave', title: 'Move the VIP off', seconds: 9, impact: { vip: 'moves' } },
  { thing: 'haproxy', verb: 'drain', title: 'Drain in every HAProxy', seconds: 14 },
  {
    thing: 'rabbitmq',
    verb: 'hold',
    title: 'Stop and hold RabbitMQ',
    seconds: 21,
    impact: { bus: 'degraded' },
  },
  {
    thing: 'galera',
    verb: 'stop',
    title: 'Stop the database member',
    seconds: 11,
    impact: { sql: 'degraded' },
  },
  { thing: 'os', verb: 'upgrade', title: 'Upgrade every package', seconds: 212, return: 'irreversible' },
  { thing: 'host', verb: 'reboot', title: 'Reboot', seconds: 38 },
  { thing: 'galera', verb: 'join', title: 'Join the database again', seconds: 17 },
  { thing: 'rabbitmq', verb: 'join', title: 'Join the new bus', seconds: 24 },
  { thing: 'haproxy', verb: 'ready', title: 'Back into every HAProxy', seconds: 12 },
];

function step(
  node: string,
  phase: string,
  act: Act,
  needs: readonly string[],
  rest: { readonly class: string },
): Step {
  const { thing, verb, title, seconds } = act;
  return {
    id: `${node}/${thing}/${verb}`,
    kind: `${thing}.${verb}`,
    on: [node],
    phase,
    title: `${title} on ${node}`,
    why: 'the source document does it in this order',
    source: '000',
    needs: [...needs],
    follows: [],
    params: {},
    commands: [['true']],
    inputs: {},
    looks: {},
    undo: [],
    undoInputs: {},
    guards: [],
    class: rest.class,
    impact: { apis: [], bus: 'none', sql: 'none', vip: 'none', guests: 'none', ...act.impact },
    return: act.return ?? 'reversible',
    estimate: Math.round(seconds * 0.9),
    timeout: seconds * 10,
    settle: 60,
  };
}

/** A chain of steps on one node, the first after `needs`. */
function chain(
  node: string,
  phase: string,
  acts: readonly Act[],
  needs: readonly string[],
  kind: string,
): Step[] {
  const steps: Step[] = [];
  for (const act of acts) {
    const before = steps.at(-1);
    steps.push(step(node, phase, act, before === undefined ? needs : [before.id], { class: kind }));
  }
  return steps;
}

function examplePlan(): Plan {
  const prepare = CONTROLLERS.flatMap((node) =>
    chain(
      node,
      'prepare',
      [
        { thing: 'apt', verb: 'prefetch', title: 'Fetch the packages', seconds: 26 },
        { thing: 'etc', verb: 'backup', title: 'Keep the configuration', seconds: 3 },
      ],
      [],
      'light',
    ),
  );
  let last = prepare.map(({ id }) => id);
  const rolls = CONTROLLERS.flatMap((node) => {
    const steps = chain(node, node, ROLL, last, 'controller');
    last = steps.slice(-1).map(({ id }) => id);
    return steps;
  });
  const computes = COMPUTES.flatMap((node) =>
    chain(
      node,
      'computes',
      [
        { thing: 'os', verb: 'upgrade', title: 'Upgrade every package', seconds: 95 },
        {
          thing: 'neutron',
          verb: 'restart',
          title: 'Restart the Neutron agent',
          seconds: 7,
          impact: { guests: 'network' },
        },
      ],
      last,
      'compute',
    ),
  );
  const body: PlanBody = {
    windlass: 1,
    cluster: 'prod',
    facts: contentHash('facts of the example'),
    assumed: false,
    from: { os: 'bookworm', openstack: 'zed' },
    to: { os: 'trixie', openstack: '2025.1' },
    route: [
      {
        strategy: 'os-roll',
        from: { os: 'bookworm', openstack: 'zed' },
        to: { os: 'trixie', openstack: '2025.1' },
        outage: { api: 2, bus: 6, sql: 3 },
        why: 'RabbitMQ 3.10 and 4.0 cannot share a cluster',
      },
    ],
    complete: true,
    findings: [
      {
        level: 'warn',
        code: 'WL-CHECK-MIRRORED-QUEUES',
        title: '14 classic mirrored queues will lose their mirrors',
        evidence: 'policy ha-all on vhost / matches 14 queues; RabbitMQ 4.0 has no ha-mode',
        remedy: 'set amqp_durable_queues and rabbit_quorum_queue in oslo.messaging after the upgrade',
        source: '000',
      },
      {
        level: 'note',
        code: 'WL-CHECK-CLOCK',
        node: 'cmp7',
        title: 'clock is 0.4 s ahead',
        evidence: 'asked over SSH: +0.41 s',
        remedy: 'nothing now; look at chrony on cmp7',
        source: 'windlass',
      },
    ],
    policy: Policy.parse({}),
    phases: [
      { id: 'prepare', title: 'Prepare the controllers' },
      ...CONTROLLERS.map((node) => ({ id: node, title: `Roll ${node}` })),
      { id: 'computes', title: 'Upgrade the computes' },
    ],
    steps: [...prepare, ...rolls, ...computes],
    gates: [
      {
        id: 'cutover',
        title: 'From here the old bus cannot come back',
        before: ['ctl1/os/upgrade'],
        approvals: 1,
        expires: 7200,
        onExpiry: 'halt',
      },
    ],
    checkpoints: [{ id: 'before', after: prepare.map(({ id }) => id), holds: ['db', 'etc'] }],
  };
  return Plan.parse({ ...body, id: planId(body) });
}

const NODE_WORDS = { failed: 'ctl2/galera/join', gate: 'ctl1/os/upgrade' };

/** Plays the plan: controllers one after the other, computes three at a time, and what went wrong on the way. */
function exampleEvents(plan: Plan): RunEvent[] {
  const events: RunEvent[] = [
    {
      type: 'run.started',
      at: T0,
      run: 'r-20261014-2000',
      plan: plan.id,
      cluster: plan.cluster,
      by: 'ada',
      epoch: 1,
    },
  ];
  const ends = new Map<string, number>();
  const busy = [T0, T0, T0];
  const play = (each: Step, from: number, seconds: number, attempt: number): number => {
    const to = from + seconds * 1000;
    events.push({ type: 'step.started', at: from, step: each.id, attempt });
    const [node = ''] = each.on;
    events.push({
      type: 'step.applied',
      at: from + 400,
      step: each.id,
      node,
      unit: `windlass-${each.id}-${attempt}`,
    });
    return to;
  };
  for (const [index, each] of plan.steps.entries()) {
    let from = Math.max(T0 + 1000, ...each.needs.map((need) => ends.get(need) ?? T0));
    const lane = index % 3;
    if (each.class === 'compute') from = Math.max(from, busy[lane] ?? from);
    if (each.id === NODE_WORDS.gate) {
      events.push({ type: 'gate.opened', at: from, gate: 'cutover' });
      from += 95_000;
      events.push({ type: 'gate.approved', at: from, gate: 'cutover', by: 'grace' });
    }
    const seconds = each.estimate * (1.02 + ((index * 37) % 29) / 100);
    if (each.id === NODE_WORDS.failed) {
      const failed = play(each, from, 61, 1);
      const fault = {
        code: 'WL-STEP-CHECK',
        message: 'the member did not reach Synced within 60 s',
        remedy: 'look at /var/log/mysql/error.log on ctl2; then `windlass resume`',
        node: 'ctl2',
        output:
          'WSREP: Requesting state transfer: donor ctl1\nWSREP: State transfer failed: -113 (No route to host)',
      };
      events.push({ type: 'step.failed', at: failed, step: each.id, fault });
      events.push({ type: 'run.halted', at: failed + 20, because: `${each.id} failed` });
      from = failed + 140_000;
      events.push({ type: 'run.resumed', at: from - 2000, by: 'ada', epoch: 2 });
      events.push({ type: 'step.retried', at: from - 1000, step: each.id, by: 'ada' });
    }
    const to = play(each, from, seconds, each.id === NODE_WORDS.failed ? 2 : 1);
    events.push({
      type: 'step.finished',
      at: to,
      step: each.id,
      outcome: 'done',
      because: 'seen so on the node',
    });
    ends.set(each.id, to);
    if (each.class === 'compute') busy[lane] = to;
  }
  const inOrder = events.sort((a, b) => a.at - b.at);
  return [...inOrder, { type: 'run.finished', at: (inOrder.at(-1)?.at ?? T0) + 500 }];
}

const PROBES: readonly ProbeInfo[] = [
  { name: 'keystone', kind: 'http', where: 'http://192.0.2.10:5000/v3', rate: 10 },
  { name: 'glance-list', kind: 'api', where: 'http://192.0.2.10:9292/v2/images', rate: 3 },
  { name: 'database', kind: 'sql', where: '192.0.2.10:3306/probe.t', rate: 10 },
  {
    name: 'bus-quorum',
    kind: 'amqp',
    where: '192.0.2.11, 192.0.2.12, 192.0.2.13 queue probe.q (quorum)',
    rate: 10,
  },
  {
    name: 'bus-classic',
    kind: 'amqp',
    where: '192.0.2.11, 192.0.2.12, 192.0.2.13 queue probe.c (classic)',
    rate: 10,
  },
  { name: 'guest-1', kind: 'ping', where: '198.51.100.21', rate: 5 },
];

/** Which steps took which thing away, for how long after they began, and in whose words. */
const AWAY: readonly (readonly [
  probe: string,
  step: string,
  after: number,
  seconds: number,
  error: string,
])[] = [
  ['keystone', 'ctl1/vip/leave', 1.2, 0.7, 'no answer in 2 s'],
  ['keystone', 'ctl2/vip/leave', 1.1, 0.5, 'no answer in 2 s'],
  ['glance-list', 'ctl1/vip/leave', 1.2, 0.8, 'no answer in 2 s'],
  ['database', 'ctl1/vip/leave', 1.2, 0.9, 'Connection lost: The server closed the connection.'],
  ['database', 'ctl3/galera/stop', 2.1, 2.3, 'Connection lost: The server closed the connection.'],
  ['bus-quorum', 'ctl1/rabbitmq/hold', 3, 0.6, '192.0.2.11: connection closed'],
  ['bus-classic', 'ctl1/rabbitmq/hold', 3, 0.6, '192.0.2.11: connection closed'],
  [
    'bus-quorum',
    'ctl1/rabbitmq/join',
    8,
    4.1,
    '192.0.2.12: CONNECTION_FORCED - broker forced connection closure',
  ],
  [
    'bus-classic',
    'ctl1/rabbitmq/join',
    8,
    4.4,
    "NOT_FOUND - queue 'probe.c' in vhost '/' process is stopped by supervisor",
  ],
  ['guest-1', 'cmp4/neutron/restart', 2, 0.8, 'no echo from 198.51.100.21'],
];

function exampleSamples(events: readonly RunEvent[], until: number): Map<string, Sample[]> {
  const begun = new Map<string, number>();
  for (const event of events) if (event.type === 'step.started') begun.set(event.step, event.at);
  return new Map(
    PROBES.map(({ name, rate }, place) => {
      const away = AWAY.filter(([probe]) => probe === name).map(([, of, after, seconds, error]) => {
        const from = (begun.get(of) ?? T0) + after * 1000;
        return { from, to: from + seconds * 1000, error };
      });
      const samples: Sample[] = [];
      for (
        let beat = 0, at = T0 - 30_000;
        at < until + 20_000;
        beat += 1, at = T0 - 30_000 + (beat * 1000) / rate
      ) {
        const gone = away.find((span: Span & { error: string }) => at >= span.from && at < span.to);
        const took = 4 + place * 6 + ((beat * 7) % 11);
        samples.push(
          gone === undefined
            ? { probe: name, started: at, ended: at + took, ok: true }
            : { probe: name, started: at, ended: at + took + 40, ok: false, error: gone.error },
        );
      }
      return [name, samples];
    }),
  );
}

export function exampleRun(): Example {
  const plan = examplePlan();
  const events = exampleEvents(plan);
  const until = events.at(-1)?.at ?? T0;
  const samples = exampleSamples(events, until);
  return {
    plan,
    events,
    probes: PROBES,
    samples,
    samplesOf: (probe, window) =>
      (samples.get(probe) ?? []).filter(({ started, ended }) => started < window.to && ended >= window.from),
    now: until + 5000,
  };
}
