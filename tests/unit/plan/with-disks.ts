// Clusters whose disks somebody keeps, and ways back of imagined runs over a change of their system.

import { assumedFacts } from '../../../src/catalog/assume.ts';
import { NOBODY_BORN } from '../../../src/drivers/born.ts';
import { Cluster } from '../../../src/model/cluster.ts';
import type { Facts } from '../../../src/model/facts.ts';
import type { Plan } from '../../../src/model/plan.ts';
import type { Standing } from '../../../src/model/target.ts';
import { makeRollback } from '../../../src/plan/rollback/index.ts';
import { pastOf } from '../../../src/plan/rollback/past.ts';
import type { RollbackRequest } from '../../../src/plan/rollback/request.ts';
import { EPOXY, rolled, type Shape } from './rolled.ts';
import { type Back, journal } from './rolled-back.ts';
import { planOf } from './shapes.ts';

/** Commands run where Windlass runs. */
export const BY_COMMAND = {
  provider: 'command',
  keep: ['/opt/disks', 'keep'],
  has: ['/opt/disks', 'has'],
  restore: ['/opt/disks', 'restore'],
  drop: ['/opt/disks', 'drop'],
};
export const BY_LVM = { provider: 'lvm', volumes: ['vg0/root', 'vg0/var'], size: '20G' };
export const BY_LIBVIRT = { provider: 'libvirt', host: { name: 'kvm1', address: '192.0.2.7' } };

export interface Disked extends Shape {
  readonly disks?: object;
  /** In place of that, by node. */
  readonly own?: Readonly<Record<string, object>>;
  /** This many controllers; three unless said. */
  readonly controllers?: number;
}

export function disked({ disks = BY_COMMAND, own = {}, controllers = 3, ...shape }: Disked): Cluster {
  const base = rolled(shape);
  const nodes = Object.entries(base.nodes).filter(
    ([name]) => !name.startsWith('ctl') || Number(name.slice(3)) <= controllers,
  );
  return Cluster.parse({
    ...base,
    disks,
    vips: { 'openstack-api-vip': { address: '10.77.2.10', on: [controllers > 1 ? 'ctl2' : 'ctl1'] } },
    nodes: Object.fromEntries(
      nodes.map(([name, node]) => [name, own[name] ? { ...node, disks: own[name] } : node]),
    ),
  });
}

export const planned = (shape: Disked, to: Standing = EPOXY): Plan => {
  const cluster = disked(shape);
  return planOf(cluster, assumedFacts(cluster), to);
};

/** The way back of a run to trixie/Epoxy that did so many steps; `then` says what the run's facts had besides. */
export const wayBack = (shape: Disked, done: (plan: Plan) => number, said: Said = {}): Back =>
  wayBackOf(disked(shape), done, said);

type Said = Partial<Omit<RollbackRequest, 'to'>> & {
  readonly cut?: boolean;
  readonly to?: Standing;
  readonly then?: (facts: Facts) => Facts;
};

/** The same of a cluster at hand. */
export function wayBackOf(
  cluster: Cluster,
  done: (plan: Plan) => number,
  { cut = false, to = EPOXY, then = (facts) => facts, ...said }: Said = {},
): Back {
  const before = then(assumedFacts(cluster));
  const plan = planOf(cluster, before, to);
  const past = pastOf('202611211834-beef', plan, journal(plan, done(plan), cut));
  const nodes = Object.keys(cluster.nodes);
  const request: RollbackRequest = {
    cluster,
    past,
    before,
    now: before,
    kept: Object.fromEntries(nodes.map((node) => [node, 'the checkpoint holds no packages'])),
    born: NOBODY_BORN,
    round: '20261121190000',
    ...said,
  };
  return { plan: makeRollback(request), past, request };
}
