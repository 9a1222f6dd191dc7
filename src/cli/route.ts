import { existsSync } from 'node:fs';
import { Command } from 'commander';
import type { Cluster } from '../model/cluster.ts';
import type { Facts } from '../model/facts.ts';
import type { Outage } from '../model/plan.ts';
import type { Standing } from '../model/target.ts';
import { type Duration, type PricedHop, type PricedWay, priceWay } from '../plan/cost.ts';
import { duration } from '../plan/show.ts';
import { standingOf } from '../plan/standing.ts';
import { spell } from '../route/hop.ts';
import { type Held, type Refused, type Route, route, standing, targetOf } from '../route/index.ts';
import { readFacts, stateDir } from './context.ts';
import { loadCluster } from './load.ts';
import { findingText, print } from './print.ts';
import { type TargetOptions, targetOptions } from './target-options.ts';

/** A route with what every way of it costs. */
export interface PricedRoute extends Omit<Route, 'hops' | 'alternatives'>, PricedWay {
  readonly alternatives: readonly PricedWay[];
}

/** Prices the recommended way and every other; asks no node. */
export function priced(found: Route, cluster: Cluster, facts?: Facts): PricedRoute {
  return {
    ...found,
    ...priceWay(cluster, found.hops, facts),
    alternatives: found.alternatives.map((hops) => priceWay(cluster, hops, facts)),
  };
}

/** Predicted seconds away, the longest first; what does not go away is not named. */
function awayText(outage: Outage): string {
  const away = Object.entries(outage)
    .filter(([, seconds]) => seconds > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([what, seconds]) => `${what} ${Number(seconds.toFixed(1))} s`);
  return away.length === 0 ? 'nothing goes away' : `away: ${away.join(', ')}`;
}

/** `by` is said where it is not the planner's own estimate. */
const takesText = ({ seconds, by }: Duration): string =>
  `takes about ${duration(seconds)}${by === 'plan' ? '' : ' (by the catalogue: no plan can be made yet)'}`;

const hopText = (hop: PricedHop): string => `${hop.strategy}: ${spell(hop.from)} to ${spell(hop.to)}`;

function refusedText({ hop, rule, says, source }: Refused | Held): string {
  return `  ${spell(hop.from)} to ${spell(hop.to)}\n    ${rule}: ${says} (${source})`;
}

const otherText = ({ hops, outage, duration: takes }: PricedWay): string =>
  `  ${hops.map(hopText).join('; then ')}\n    ${takesText(takes)}; ${awayText(outage)}`;

/** A route as an operator reads it: the way, what else there is, what is not legal and why; with `rules`, why it is. */
export function routeText(
  from: Standing,
  to: Standing,
  found: PricedRoute,
  { rules = false }: { readonly rules?: boolean } = {},
): string {
  if (found.hops.length === 0) return `${spell(from)}: it stands there already`;
  const part = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : ['', title, ...lines];
  return [
    `${spell(from)} to ${spell(to)}: ${found.hops.length === 1 ? 'one hop' : `${found.hops.length} hops`}`,
    ...found.hops.map(
      (hop, index) =>
        `  ${index + 1}. ${hopText(hop)}\n     ${hop.why}\n     ${takesText(hop.duration)}\n     ${awayText(hop.outage)}`,
    ),
    ...(found.hops.length > 1 ? [`  in all: ${takesText(found.duration)}; ${awayText(found.outage)}`] : []),
    ...part('other legal ways:', found.alternatives.map(otherText)),
    ...part('not legal:', found.refused.map(refusedText)),
    ...part('to be known:', found.findings.map(findingText)),
    ...(rules ? part('asked, and nothing against it:', found.holds.map(refusedText)) : []),
  ].join('\n');
}

/** `windlass route`: uses the facts of the last discovery where there are some; asks no node. */
export function routeCommand(): Command {
  return targetOptions(
    new Command('route').description(
      'show the legal hops to a target, what each costs, and why the others are not',
    ),
  )
    .option('--rules', 'also every rule that was asked of the way and holds')
    .addHelpText('after', '\nExample:\n  windlass route --os trixie --openstack epoxy')
    .action(async (options: TargetOptions & { readonly rules?: boolean }) => {
      const cluster = await loadCluster(options.cluster);
      const kept = stateDir(options).facts;
      const facts: Facts | undefined = existsSync(kept) ? readFacts(kept) : undefined;
      const from = standing(
        facts ? standingOf(cluster, facts) : { os: cluster.os, openstack: cluster.openstack },
      );
      const to = targetOf(options, from);
      const found = priced(route(from, to, cluster, facts), cluster, facts);
      print(
        options.json
          ? JSON.stringify({ from, to, ...found }, null, 2)
          : routeText(from, to, found, { rules: options.rules === true }),
      );
    });
}
