import { lists, writesOf } from '../../catalog/rehearsal.ts';
import type { DatabaseStep, Service } from '../../catalog/service.ts';
import { databaseStepsOn, oldKnown } from '../../catalog/services/index.ts';
import type { OldKnown } from '../../model/plan.ts';
import { REHEARSAL_DIR } from '../../steps/rehearsal.ts';
import { RELAY_UNIT } from '../../steps/rehearsal-old.ts';
import type { Chain } from '../draft.ts';
import { enginesOf, type Stage, startedOf } from './stage.ts';

const SOURCE = 'research/lab.md 5 (Zed’s code on the migrated database); docs/rolling.md';
/** Where the first machine lets the second one in to the clones' server. */
const DOOR = 13_306;
const MARIADB = 3306;

type Phase = 'own' | 'expanded' | 'new';

/** The two machines: the target's, with the clones, and the old release's. */
export interface Pair {
  readonly stage: Stage;
  readonly old: Stage;
}

/** Units of a service's old code that are started: those the model has, what others ask first. */
function oldUnits({ twin, host }: Stage, service: Service): { engines: string[]; all: string[] } {
  const there = (unit: string): boolean => twin.facts.nodes[host]?.units[`${unit}.service`] !== undefined;
  const engines = enginesOf(service).filter(there);
  return { engines, all: [...engines, ...startedOf(service).filter(there)] };
}

const firsts = ({ live }: Stage, service: Service): readonly DatabaseStep[] =>
  databaseStepsOn(service, live.from, live.to).filter(({ moment }) => moment === 'first');

/** Why a service's old code is not asked; undefined where it is. */
export function notAsked({ stage, old }: Pair, service: Service): string | undefined {
  const { api } = service;
  if (api?.list === undefined) return 'nobody knows what to ask it';
  if (!oldUnits(old, service).all.includes(api.unit)) return `${api.unit} was not found on ${stage.model}`;
  const steps = firsts(stage, service);
  const stop = steps.findIndex(({ offline }) => offline === true);
  return stop >= 0 && steps.slice(stop).some(({ offline }) => offline !== true)
    ? 'its database rises by commands that want every process stopped before others that do not'
    : undefined;
}

/**
 * Commands that want every process stopped wait until the old code was asked, as they do in a roll: there they come when
 * nothing old runs any more. All of a service's at its turn where its old code is not asked.
 */
export const waitsForOld =
  (pair: Pair) =>
  (service: Service, step: DatabaseStep): boolean =>
    step.offline === true && notAsked(pair, service) === undefined;

/** What the plan says of each service, for the document and whoever reads it. */
export function oldServices(pair: Pair): Record<string, { catalogue: OldKnown; because?: string }> {
  const { from, to } = pair.stage.live;
  return Object.fromEntries(
    pair.stage.services.map((service) => {
      const because = notAsked(pair, service);
      const catalogue = oldKnown(service, from, to);
      return [service.name, { catalogue, ...(because === undefined ? {} : { because }) }];
    }),
  );
}

/** The way from the old machine's loopback to the clones, for it alone; proved by the services' own accounts. */
export function relay(chain: Chain, { stage, old }: Pair): void {
  const named = stage.live.cluster.rehearsal;
  if (named?.old === undefined) throw new Error('no machine for the old release');
  const open = (host: string, params: Record<string, unknown>, title: string, why: string): void =>
    chain.step({
      id: `${host}/relay/open`,
      kind: 'rehearsal.relay',
      on: [host],
      params,
      title,
      why,
      source: SOURCE,
      return: 'reversible',
      estimate: 2,
    });
  open(
    stage.host,
    {
      listen: 'any',
      port: DOOR,
      to: { host: '127.0.0.1', port: MARIADB },
      from: [named.old.node.address],
    },
    `Let ${old.host}, and nobody else, in to the clones on ${stage.host}`,
    'the server itself stays on its loopback',
  );
  open(
    old.host,
    { listen: 'loopback', port: MARIADB, to: { host: named.node.address, port: DOOR }, from: [] },
    `Reach the clones from ${old.host}'s loopback`,
    'so the same rewritten configuration, cells and endpoints are right on both machines',
  );
  chain.step({
    id: `${old.host}/databases/enter`,
    kind: 'rehearsal.entered',
    on: [old.host],
    params: { places: [...old.places] },
    title: `See that the services' accounts reach the clones from ${old.host}`,
    why: 'a way that is not there must not look like code that fails',
    source: SOURCE,
    return: 'reversible',
    estimate: 3,
    class: 'read',
  });
}

/** Each service's old code is started and asked; what it answers is told, and never stops the rehearsal. */
export function askOld(chain: Chain, pair: Pair, phase: 'own' | 'expanded'): void {
  for (const service of pair.stage.services) {
    if (notAsked(pair, service) !== undefined) continue;
    const { all, engines } = oldUnits(pair.old, service);
    ask(chain, pair.old, service, phase, { units: all, engines });
  }
}

/** What the old code wrote is read and deleted by the new one, which serves by now. */
export function readOld(chain: Chain, pair: Pair): void {
  for (const service of pair.stage.services) {
    if (notAsked(pair, service) !== undefined || writesOf(service).length === 0) continue;
    ask(chain, pair.stage, service, 'new', { units: [], engines: [] });
  }
}

const TITLES: Readonly<Record<Phase, (name: string, release: string) => string>> = {
  own: (name, release) => `Ask ${release}'s ${name} on its own schema, by lists and writes`,
  expanded: (name, release) => `Ask ${release}'s ${name} on the expanded schema, by lists and writes`,
  new: (name, release) => `Ask ${release}'s ${name} for what the old one wrote`,
};
const WHYS: Readonly<Record<Phase, string>> = {
  own: 'what fails here too is not the new schema’s fault',
  expanded: 'started anew, as on every controller that has not risen yet',
  new: 'both serve side by side in a roll: what one writes the other has to read',
};

function ask(
  chain: Chain,
  { host, live, credentials }: Stage,
  service: Service,
  phase: Phase,
  { units, engines }: { readonly units: readonly string[]; readonly engines: readonly string[] },
): void {
  const { name, api } = service;
  if (api?.list === undefined || credentials === undefined) return;
  const { more = [], beats } = lists(service);
  chain.step({
    id: `${host}/${name}/${phase === 'new' ? 'reads-old' : `old-${phase}`}`,
    kind: 'rehearsal.old-code',
    on: [host],
    params: {
      path: `${REHEARSAL_DIR}/old-code-${name}-${phase}`,
      phase,
      service: name,
      credentials,
      at: `http://127.0.0.1:${api.port}`,
      login: name === 'keystone',
      units: [...units],
      engines: [...engines],
      beats: engines.length > 0 && beats !== undefined ? beats : null,
      http:
        units.length > 0 ? { url: `http://127.0.0.1:${api.port}${api.path}`, expect: [...api.expect] } : null,
      reads: [api.list, ...more.map(({ path }) => path)],
      writes: writesOf(service).map((row) => ({ ...row })),
      logs: [`/var/log/${name}`],
      patience: 120,
      clones: MARIADB,
    },
    title: TITLES[phase](name, live.to.openstack),
    why: WHYS[phase],
    source: SOURCE,
    return: 'reversible',
    estimate: units.length > 0 ? 25 : 8,
  });
}

/** The old code stops before anything is taken away from the schema, and its way to the clones with it. */
export function endOld(chain: Chain, pair: Pair): void {
  const { stage, old } = pair;
  const units = stage.services
    .filter((service) => notAsked(pair, service) === undefined)
    .flatMap((service) => oldUnits(old, service).all);
  const stop = (host: string, thing: string, what: readonly string[], title: string, why: string): void =>
    chain.step({
      id: `${host}/${thing}`,
      kind: 'systemd.stop',
      on: [host],
      params: { units: [...what] },
      title,
      why,
      source: SOURCE,
      return: 'reversible',
      estimate: 5,
      settle: 120,
    });
  if (units.length > 0) {
    stop(
      old.host,
      'openstack/stop',
      units,
      `Stop the old release's services on ${old.host}`,
      'contract takes away what they ask for',
    );
  }
  for (const host of [old.host, stage.host]) {
    stop(
      host,
      'relay/close',
      [RELAY_UNIT],
      `Close the way to the clones on ${host}`,
      'nothing old may reach them while the ladder goes on',
    );
  }
}
