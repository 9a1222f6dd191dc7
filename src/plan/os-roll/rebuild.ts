import type { State } from '../../catalog/component.ts';
import { COMPONENTS } from '../../catalog/components/index.ts';
import { PLATFORM, rebuildOf } from '../../model/cluster.ts';
import { LOCAL } from '../../model/disks.ts';
import type { Chain } from '../draft.ts';
import { credentials, programFile } from './cloud.ts';
import { build, keepOffAgain } from './configure.ts';
import { diskId, markDisk } from './disks.ts';
import { keepFromStarting, letStart, reboot } from './exchange.ts';
import { spareGuards } from './guards.ts';
import { keepDir, stateArchive, stateFiles } from './keep.ts';
import { keepDefaults } from './prepare.ts';
import { type Controllers, daemonsOn, others, servicesOn, targetCodename, unitsAfter } from './topology.ts';

const SOURCE = '002; docs/rebuild.md';

/** What the node has and a fresh machine has to have, by its services and by what carries them. */
function stateOf(roll: Controllers, node: string): readonly State[] {
  const facts = roll.facts.nodes[node];
  const known: readonly string[] = PLATFORM;
  const named: readonly string[] = roll.cluster.platform;
  // What is there by a role, as the switch of a network node, is in no word of the cluster file.
  const there = Object.values(COMPONENTS).filter(
    ({ name, packages }) =>
      (named.includes(name) || !known.includes(name)) &&
      packages.some((one) => facts?.packages[one] !== undefined),
  );
  return [
    {
      path: keepDir(roll),
      says: 'dumps, the bus’s definitions and configuration of this plan',
      source: SOURCE,
    },
    ...there.flatMap(({ state = [] }) => state),
    ...servicesOn(roll, node).flatMap(({ state = [], made = [] }) => [
      ...state,
      // What a package makes once and throws away, a fresh one would make otherwise.
      ...made
        .filter(({ lost }) => lost)
        .map(({ path, says, source }) => ({ path, says, source, exact: true as const })),
    ]),
  ];
}

/**
 * A controller on a fresh machine in place of an upgraded one (002, stage 3): its disk is kept, what only it had goes to
 * another node, its provider makes it anew, the configurer makes it a controller, it gets back what it had, and boots.
 * Nothing of OpenStack, bus and database starts on it before the plan says so.
 */
export function rebuild(chain: Chain, roll: Controllers, node: string): void {
  const made = rebuildOf(roll.cluster, node);
  const keeper = others(roll, node).at(-1);
  if (made === undefined || keeper === undefined) return;
  carryAway(chain, roll, node, keeper);
  const id = diskId(roll);
  chain.step({
    id: `${node}/machine/remake`,
    kind: 'node.remake',
    on: [LOCAL],
    params: {
      node,
      id,
      remake: [...made.remake],
      remade: [...made.remade],
      codename: targetCodename(roll),
    },
    title: `Make ${node} anew, with nothing but ${targetCodename(roll)} on it`,
    why: 'a clean system has nothing of the old one: no leftovers, no renamed file, no library that stayed',
    source: SOURCE,
    return: 'restore',
    estimate: 60,
    timeout: made.timeout,
    settle: 900,
    guards: spareGuards(roll, node),
  });
  // The mark of its old disk is not on this one.
  markDisk(chain, node, id, 'remark');
  keepOffAgain(chain, roll.cluster, node);
  bringProgram(chain, roll, node);
  configure(chain, roll, node);
  putBack(chain, roll, node, keeper);
  letStart(chain, node);
  reboot(chain, roll, node, {
    why: 'a controller that does not come up by itself is found out now, while nobody needs it',
    source: SOURCE,
  });
}

/** Nothing of OpenStack writes any more; bus and database have stopped before the disk was kept. */
function carryAway(chain: Chain, roll: Controllers, node: string, keeper: string): void {
  const units = daemonsOn(roll, node);
  if (units.length > 0) {
    chain.step({
      id: `${node}/openstack/stop`,
      kind: 'systemd.stop',
      on: [node],
      params: { units: [...units], until: 'release' },
      title: `Stop OpenStack on ${node}`,
      why: 'what it still has in hand is ended in good order, and nothing is written to what is carried away',
      source: SOURCE,
      return: 'reversible',
      estimate: 15,
    });
  }
  chain.step({
    id: `${node}/state/carry`,
    kind: 'state.carry',
    on: [keeper],
    params: { from: node, state: carried(roll, node), archive: stateArchive(node) },
    title: `Keep what only ${node} has on ${keeper}`,
    why: stateOf(roll, node)
      .map(({ path, says }) => `${path}: ${says}`)
      .join('; '),
    source: SOURCE,
    return: 'reversible',
    estimate: 20,
    timeout: 3600,
  });
}

const carried = (roll: Controllers, node: string) =>
  stateOf(roll, node).map(({ path, exact = false }) => ({ path, exact }));

/** What asks the cloud's APIs, where a step of the plan may be run here. */
function bringProgram(chain: Chain, roll: Controllers, node: string): void {
  if (credentials(roll) === undefined) return;
  chain.step({
    id: `${node}/cloud-program/write-again`,
    kind: 'file.write',
    on: [node],
    params: programFile(),
    title: `Put the program that asks the cloud's APIs on the new ${node}`,
    why: 'the old one went with the old disk',
    source: 'design 5',
    return: 'reversible',
    estimate: 1,
  });
}

/** Packages and configuration by the configurer, while nothing may start. */
function configure(chain: Chain, roll: Controllers, node: string): void {
  const facts = roll.facts.nodes[node];
  keepFromStarting(chain, node);
  const platform = [...(facts?.galera ? ['mariadb'] : []), ...(facts?.rabbitmq ? ['rabbitmq-server'] : [])];
  if (platform.length > 0) {
    chain.step({
      id: `${node}/platform/mask`,
      kind: 'systemd.mask',
      on: [node],
      params: { units: platform },
      title: `Let neither database nor bus start on the new ${node}`,
      why: 'they start with what the old machine had, and in their turn',
      source: SOURCE,
      return: 'reversible',
      estimate: 2,
    });
  }
  const units = servicesOn(roll, node).flatMap((service) => unitsAfter(roll, node, service));
  if (units.length > 0) {
    chain.step({
      id: `${node}/openstack/keep-down`,
      kind: 'systemd.keep-down',
      on: [node],
      params: { units: [...new Set(units)] },
      title: `Let nothing of OpenStack start on the new ${node}`,
      why: 'a configurer starts what it has installed; a mask would break keystone’s postinst',
      source: SOURCE,
      return: 'reversible',
      estimate: 1,
    });
  }
  build(chain, roll.cluster, node);
}

/** Its state, and the database's old ways, once the users are there to whom it belongs. */
function putBack(chain: Chain, roll: Controllers, node: string, keeper: string): void {
  keepDefaults(chain, roll, node);
  chain.step({
    id: `${node}/state/put`,
    kind: 'state.put',
    on: [node],
    params: {
      from: keeper,
      there: stateArchive(node),
      archive: stateArchive(node),
      mark: `${stateArchive(node)}.put`,
      state: carried(roll, node),
    },
    title: `Give the new ${node} what the old one had`,
    why: 'keys, data and definitions, as they were when it stopped',
    source: SOURCE,
    return: 'reversible',
    estimate: 20,
    timeout: 3600,
  });
  chain.step({
    id: `${node}/state/forget`,
    kind: 'file.remove',
    on: [keeper, node],
    params: { paths: stateFiles(node) },
    title: `Forget on ${keeper} what was kept of ${node}, and on ${node} that it came`,
    why: 'there are keys and passwords in it',
    source: SOURCE,
    return: 'reversible',
    estimate: 1,
  });
}
