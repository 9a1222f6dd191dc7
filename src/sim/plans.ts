import { planId } from '../model/hash.ts';
import { type Gate, Plan, type Step } from '../model/plan.ts';
import type { Policy } from '../model/policy.ts';

/** A cluster to make a plan for. The shares are those of the region that source document 001 raised. */
export interface Size {
  readonly nodes: number;
  readonly controllers?: number;
  readonly services?: readonly string[];
  readonly policy?: Partial<Policy>;
  /** Computes are emptied, raised and filled again so many at a time, each behind the one before in its lane. */
  readonly lanes?: number;
  /** Seconds every step is expected to take, where the made-up ones would be too long for a test. */
  readonly estimate?: number;
}

const SERVICES = ['keystone', 'placement', 'glance', 'nova', 'neutron', 'cinder', 'heat', 'horizon'] as const;

/**
 * A rolling plan as source document 001 tells it, for any number of nodes: dependencies everywhere, then service by
 * service over the controllers, each followed by its satellites. Made up, but of the right shape and weight: it
 * exercises the engine and says nothing about a real cluster.
 */
export function syntheticPlan(size: Size): Plan {
  const { nodes, controllers = Math.min(3, nodes), services = SERVICES } = size;
  const networks = Math.round((nodes - controllers) * (12 / 95));
  const ctl = names('ctl', controllers);
  const net = names('net', networks);
  const cmp = names('cmp', nodes - controllers - networks);
  const all = [...ctl, ...net, ...cmp];
  const [first = 'ctl1', ...others] = ctl;
  const canary = cmp.slice(0, 1);
  const draft = new Sketchpad(size.estimate);

  draft.phase('prepare');
  for (const node of all) {
    draft.chain(node, [
      ['puppet', 'hold', 'light', 2],
      ['apt', 'sources', 'light', 2],
      ['apt', 'update', 'light', 15],
      ['dependencies', 'install', 'light', 120],
    ]);
  }
  const prepared = draft.join(
    first,
    'nodes-prepared',
    all.map((node) => `${node}/dependencies/install`),
  );
  const gates: Gate[] = [
    {
      id: 'control-plane',
      title: 'Raise the control plane',
      before: [`${first}/${services[0]}/drain`],
      approvals: 1,
      expires: 7200,
      onExpiry: 'halt',
    },
  ];

  let done = prepared;
  for (const service of services) {
    draft.phase(service);
    for (const node of [first, ...others]) {
      const synced = node === first ? [['db-sync', 20] as const] : [];
      const acts = [
        ['drain', 10],
        ['stop', 5],
        ['upgrade', 15],
        ...synced,
        ['start', 8],
        ['enable', 3],
      ] as const;
      done = draft.chain(
        node,
        acts.map(([verb, seconds]) => [service, verb, 'controller', seconds]),
        [done],
      );
    }
    done = draft.join(first, `${service}-raised`, [done]);
    if (service === 'nova') {
      const tried = canary.map((node) => draft.chain(node, [RAISE], [done]));
      const good = draft.join(first, 'canary-good', tried);
      const ends: string[] = [];
      for (const [place, node] of cmp.slice(1).entries()) {
        const ahead = size.lanes === undefined ? undefined : ends[place - size.lanes];
        const acts = size.lanes === undefined ? [RAISE] : [LEAVE, RAISE, RETURN];
        ends.push(draft.chain(node, acts, [good], ahead === undefined ? [] : [ahead]));
      }
    }
    if (service === 'neutron') {
      for (const node of net) draft.chain(node, [['neutron-agents', 'upgrade', 'network', 40]], [done]);
      for (const node of cmp) draft.chain(node, [['neutron-agent', 'upgrade', 'neutron-agent', 25]], [done]);
    }
  }

  draft.phase('finish');
  const satellites = draft.steps
    .filter((step) => /-agents?\/|nova-compute\/|guests\//.test(step.id))
    .map(({ id }) => id);
  const raised = draft.join(first, 'all-raised', [done, ...satellites]);
  for (const node of all) {
    draft.chain(
      node,
      [
        ['apt', 'autoremove', 'light', 20],
        ['puppet', 'release', 'light', 2],
      ],
      [raised],
    );
  }
  return finished(draft.steps, gates, draft.phases, {
    ...size.policy,
    classes: { compute: { limit: 24 }, ...size.policy?.classes },
    canary,
  });
}

type Act = readonly [thing: string, verb: string, name: string, seconds: number];

const RAISE: Act = ['nova-compute', 'upgrade', 'compute', 20];
const LEAVE: Act = ['guests', 'leave', 'compute', 60];
const RETURN: Act = ['guests', 'return', 'compute', 10];

class Sketchpad {
  readonly steps: Step[] = [];
  readonly phases: string[] = [];
  readonly #estimate: number | undefined;
  #phase = '';

  constructor(estimate: number | undefined) {
    this.#estimate = estimate;
  }

  phase(id: string): void {
    this.#phase = id;
    this.phases.push(id);
  }

  /** Acts on one node, one after the other, the first behind what it follows; gives the last one's id. */
  chain(
    node: string,
    acts: readonly Act[],
    needs: readonly string[] = [],
    follows: readonly string[] = [],
  ): string {
    let before = needs;
    let behind = follows;
    for (const [thing, verb, name, seconds] of acts) {
      const id = `${node}/${thing}/${verb}`;
      this.#add(id, node, before, name, this.#estimate ?? seconds, behind);
      before = [id];
      behind = [];
    }
    return before[0] ?? '';
  }

  /** A step that only looks, for many others to meet at: n + m edges where n × m would be. */
  join(node: string, name: string, needs: readonly string[]): string {
    const id = `cluster/${name}/verify`;
    this.#add(id, node, needs, 'read', 1);
    return id;
  }

  #add(
    id: string,
    node: string,
    needs: readonly string[],
    name: string,
    seconds: number,
    follows: readonly string[] = [],
  ): void {
    this.steps.push({
      id,
      kind: SIMULATED,
      on: [node],
      phase: this.#phase,
      title: `${id.split('/').slice(1).reverse().join(' ')} on ${node}`,
      why: 'made up for a simulation',
      source: '001',
      needs: [...needs],
      follows: [...follows],
      ...simulatedWork(id, name !== 'read'),
      guards: [],
      class: name,
      impact: { apis: [], bus: 'none', sql: 'none', vip: 'none', guests: 'none' },
      return: 'reversible',
      estimate: seconds,
      timeout: Math.max(60, seconds * 5),
      settle: 30,
    });
  }
}

/** Kind of every step that the simulated cluster acts out. */
export const SIMULATED = 'sim.step';

/** What a simulated step runs and asks: its own id, so that the simulated node knows what is meant. */
function simulatedWork(
  id: string,
  changes: boolean,
): Pick<Step, 'params' | 'commands' | 'inputs' | 'looks' | 'undo' | 'undoInputs'> {
  return {
    params: {},
    commands: changes ? [['windlass-sim', 'apply', id]] : [],
    inputs: {},
    looks: { state: { argv: ['windlass-sim', 'state', id] } },
    undo: [],
    undoInputs: {},
  };
}

/**
 * Any plan with its steps' work replaced by simulated work: same graph, classes, gates and estimates. What guards
 * would ask of a live cluster is left out, for there is none.
 */
export function forSimulation(plan: Plan): Plan {
  // What is brought from other nodes is part of the work too: there is nothing to bring.
  const steps = plan.steps.map(({ carries: _, ...step }) => ({
    ...step,
    kind: SIMULATED,
    guards: [],
    ...simulatedWork(step.id, step.commands.length > 0),
  }));
  const { id: _, ...body } = { ...plan, steps };
  return { id: planId(body), ...body };
}

function finished(steps: Step[], gates: Gate[], phases: readonly string[], policy: Partial<Policy>): Plan {
  const { id: _, ...body } = Plan.parse({
    windlass: 1,
    id: `sha256:${'0'.repeat(64)}`,
    cluster: 'simulated',
    facts: 'sha256:simulated',
    assumed: true,
    from: { os: 'debian/bookworm', openstack: 'zed' },
    to: { os: 'debian/bookworm', openstack: '2023.1' },
    route: [],
    complete: true,
    findings: [],
    policy,
    phases: phases.map((phase) => ({ id: phase, title: phase })),
    steps,
    gates,
    checkpoints: [],
  });
  return { id: planId(body), ...body };
}

function names(prefix: string, count: number): string[] {
  return Array.from({ length: Math.max(0, count) }, (_, index) => `${prefix}${index + 1}`);
}
