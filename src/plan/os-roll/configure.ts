import { type Cluster, ROLES } from '../../model/cluster.ts';
import { type Configuration, wordsFor } from '../../model/configurer.ts';
import { LOCAL } from '../../model/disks.ts';
import { EXIT, WindlassError } from '../../model/error.ts';
import { configuredFiles } from '../../steps/configure.ts';
import type { Chain } from '../draft.ts';

type By<T extends Configuration['by']> = Extract<Configuration, { by: T }>;
type Configurer = By<'puppet' | 'ansible' | 'command'>;

/** How the planner classes the steps, for limits of parallelism. */
export interface Classed {
  readonly class?: string;
}

/** Keeps the configurer off a node before its work: it would undo half of it and start what must stay down. */
export function beforeWork(chain: Chain, cluster: Cluster, node: string, classed: Classed = {}): void {
  const configurer = configurerOf(cluster, node);
  const paused = configurer && pausedParams(configurer, cluster, node);
  // The bus's cutover may have kept it off before (see bus.ts).
  if (!paused || chain.draft.has(`${node}/${configurer.by}/disable`)) return;
  keepOff(chain, configurer, node, paused, {
    verb: 'disable',
    where: node,
    why: 'it would put back files and start services in the middle of the work; a run under way is waited for',
    classed,
  });
}

/** Keeps it off a machine that was made anew: where it is kept off by the node itself, the old disk took that along. */
export function keepOffAgain(chain: Chain, cluster: Cluster, node: string): void {
  const configurer = configurerOf(cluster, node);
  const paused = configurer && pausedParams(configurer, cluster, node);
  if (!paused || paused.on !== node) return;
  keepOff(chain, configurer, node, paused, {
    verb: 'disable-again',
    where: `the new ${node}`,
    why: 'the old disk took along that it was kept off; here it comes when the plan calls it',
    classed: {},
  });
}

function keepOff(
  chain: Chain,
  { by }: Configurer,
  node: string,
  { on, params }: PausedStep,
  say: { readonly verb: string; readonly where: string; readonly why: string; readonly classed: Classed },
): void {
  chain.step({
    id: `${node}/${by}/${say.verb}`,
    kind: 'configure.disable',
    on: [on],
    params,
    title: `Keep ${TITLE[by]} off ${say.where}`,
    why: say.why,
    source: SOURCE[by],
    return: 'reversible',
    estimate: 5,
    // A run that began before ends by itself: puppet's own `runtimeout` is an hour.
    settle: 3600,
    ...say.classed,
  });
}

/**
 * Configures a node for what it has become, proves that nothing is left to change, and lets the configurer come by
 * itself again. It may restart services: so before the node takes traffic, and on the first node of a new bus only
 * when the clients have moved there ("dangerous if puppet restarts the OpenStack daemons", 000).
 */
export function afterWork(chain: Chain, cluster: Cluster, node: string, classed: Classed = {}): void {
  const configurer = configurerOf(cluster, node);
  if (!configurer) return;
  const title = TITLE[configurer.by];
  apply(chain, cluster, node, configurer, { says: `Apply ${title} to ${node}`, classed });
  const paused = pausedParams(configurer, cluster, node);
  if (!paused) return;
  chain.step({
    id: `${node}/${configurer.by}/enable`,
    kind: 'configure.enable',
    on: [paused.on],
    params: paused.params,
    title: `Let ${title} come to ${node} by itself again`,
    why: 'the node is as it should be; only what this plan disabled is enabled',
    source: SOURCE[configurer.by],
    return: 'reversible',
    estimate: 5,
    ...classed,
  });
}

/** Makes a fresh system what the node is to be: all its packages and files. It is applied again when the node serves. */
export function build(chain: Chain, cluster: Cluster, node: string): void {
  const configurer = configurerOf(cluster, node);
  if (!configurer) return;
  const says = `Let ${TITLE[configurer.by]} make ${node} what it is to be`;
  // While nothing may start there is always something left to change.
  const unproved =
    configurer.by === 'command' ? { ...configurer, check: undefined } : { ...configurer, prove: false };
  apply(chain, cluster, node, unproved, { says, verb: 'build', classed: {} });
}

function apply(
  chain: Chain,
  cluster: Cluster,
  node: string,
  configurer: Configurer,
  { says, verb, classed }: { readonly says: string; readonly verb?: string; readonly classed: Classed },
): void {
  const title = TITLE[configurer.by];
  const at = known(cluster, configurer.by === 'puppet' ? node : (configurer.on ?? node));
  chain.step({
    id: `${node}/${configurer.by}/${verb === undefined ? 'forget' : `forget-${verb}`}`,
    kind: 'file.remove',
    on: [at],
    params: { paths: configuredFiles(node) },
    title: `Forget what an earlier run of ${title} proved of ${node}`,
    why: 'only what is applied and asked from here on counts',
    source: 'docs/configuration.md',
    return: 'reversible',
    estimate: 1,
    ...classed,
  });
  chain.step({
    id: `${node}/${configurer.by}/${verb ?? 'apply'}`,
    kind: 'configure.apply',
    on: [at],
    params: workParams(configurer, cluster, node),
    title: `${says}${proves(configurer) ? ' until nothing is left to change' : ''}`,
    why: 'some of what it writes depends on the operating system: alternatives, paths, removed options',
    source: SOURCE[configurer.by],
    return: 'restore',
    estimate: 180 * configurer.runs,
    timeout: 3600 * (configurer.runs + 1),
    // The answer is there when the commands end.
    settle: 0,
    ...classed,
  });
}

const TITLE = { puppet: 'puppet', ansible: 'the playbook', command: 'the configurer' } as const;
const SOURCE = {
  puppet: '000; puppet 7.23 in the lab',
  ansible: 'docs/configuration.md',
  command: 'docs/configuration.md',
} as const;

const proves = (configurer: Configurer): boolean =>
  configurer.by === 'command' ? configurer.check !== undefined : configurer.prove;

/** Who configures this node, if anybody does. */
export function configurerOf(cluster: Cluster, node: string): Configurer | undefined {
  const { configuration } = cluster;
  if (configuration === undefined || configuration.by === 'none') return undefined;
  if (configuration.nodes === undefined) return configuration;
  // A word that means nothing would leave nodes to a configurer that nobody keeps off.
  for (const word of configuration.nodes) {
    if (!(ROLES as readonly string[]).includes(word)) known(cluster, word);
  }
  const roles: readonly string[] = cluster.nodes[node]?.roles ?? [];
  return configuration.nodes.some((word) => word === node || roles.includes(word))
    ? configuration
    : undefined;
}

/** Stable over plans of one cluster, so that a later plan knows the lock of an earlier one as ours. */
const reasonOf = (cluster: Cluster, { reason }: By<'puppet'>): string =>
  reason ?? `windlass: ${cluster.cluster} is being upgraded`;

interface PausedStep {
  readonly on: string;
  readonly params: Record<string, unknown>;
}

/** The parameters of disabling and enabling, where the configurer comes by itself at all. */
function pausedParams(configurer: Configurer, cluster: Cluster, node: string): PausedStep | undefined {
  if (configurer.by === 'puppet') {
    const { program } = configurer;
    return { on: node, params: { by: 'puppet', node, program, reason: reasonOf(cluster, configurer) } };
  }
  const { pause } = configurer;
  if (pause === undefined) return undefined;
  return {
    on: known(cluster, pause.on ?? node),
    params: {
      by: 'command',
      node,
      disable: wordsFor(pause.disable, node),
      enable: wordsFor(pause.enable, node),
      disabled: {
        argv: wordsFor(pause.disabled.argv, node),
        yes: [...pause.disabled.yes],
        no: [...pause.disabled.no],
      },
    },
  };
}

function workParams(configurer: Configurer, cluster: Cluster, node: string): Record<string, unknown> {
  const { by, runs } = configurer;
  switch (by) {
    case 'puppet': {
      const { program, prove } = configurer;
      return { by, node, runs, program, reason: reasonOf(cluster, configurer), prove };
    }
    case 'ansible':
      return { by, node, runs, apply: wordsFor(configurer.apply, node), prove: configurer.prove };
    case 'command': {
      const { apply, good, check } = configurer;
      return {
        by,
        node,
        runs,
        apply: wordsFor(apply, node),
        good: [...good],
        check: check ? { argv: wordsFor(check.argv, node), converged: [...check.converged] } : null,
      };
    }
  }
}

/** A node the file names for the configurer must be one Windlass reaches and fences, or where it runs itself. */
function known(cluster: Cluster, name: string): string {
  if (cluster.nodes[name] || name === LOCAL) return name;
  throw new WindlassError(
    {
      code: 'WL-CONFIGURATION-NODE',
      message: `configuration names ${name}, which is no node of ${cluster.cluster}`,
      remedy: `correct it, or add ${name} to the file's nodes (role undercloud for a deployment host); localhost is where Windlass runs`,
    },
    EXIT.usage,
  );
}
