import { existsSync } from 'node:fs';
import { Command } from 'commander';
import type { Facts } from '../model/facts.ts';
import type { Hop } from '../model/plan.ts';
import type { Standing } from '../model/target.ts';
import { standingOf } from '../plan/standing.ts';
import { spell } from '../route/hop.ts';
import { type Refused, type Route, route, standing, targetOf } from '../route/index.ts';
import { readFacts, stateDir } from './context.ts';
import { loadCluster } from './load.ts';
import { findingText, print } from './print.ts';
import { type TargetOptions, targetOptions } from './target-options.ts';

/** Predicted seconds away, the longest first; what does not go away is not named. */
function awayText({ outage }: Hop): string {
  const away = Object.entries(outage)
    .filter(([, seconds]) => seconds > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([what, seconds]) => `${what} ${Number(seconds.toFixed(1))} s`);
  return away.length === 0 ? 'nothing goes away' : `away: ${away.join(', ')}`;
}

const hopText = (hop: Hop): string => `${hop.strategy}: ${spell(hop.from)} to ${spell(hop.to)}`;

function refusedText({ hop, rule, says, source }: Refused): string {
  return `  ${spell(hop.from)} to ${spell(hop.to)}\n    ${rule}: ${says} (${source})`;
}

/** A route as an operator reads it: the way, what else there is, what is not legal and why. */
export function routeText(from: Standing, to: Standing, found: Route): string {
  if (found.hops.length === 0) return `${spell(from)}: it stands there already`;
  const part = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : ['', title, ...lines];
  return [
    `${spell(from)} to ${spell(to)}: ${found.hops.length === 1 ? 'one hop' : `${found.hops.length} hops`}`,
    ...found.hops.map(
      (hop, index) => `  ${index + 1}. ${hopText(hop)}\n     ${hop.why}\n     ${awayText(hop)}`,
    ),
    ...part(
      'other legal ways:',
      found.alternatives.map((way) => `  ${way.map(hopText).join('; then ')}`),
    ),
    ...part('not legal:', found.refused.map(refusedText)),
    ...part('to be known:', found.findings.map(findingText)),
  ].join('\n');
}

/** `windlass route`: uses the facts of the last discovery where there are some; asks no node. */
export function routeCommand(): Command {
  return targetOptions(
    new Command('route').description(
      'show the legal hops to a target, what each costs, and why the others are not',
    ),
  )
    .addHelpText('after', '\nExample:\n  windlass route --os trixie --openstack epoxy')
    .action(async (options: TargetOptions) => {
      const cluster = await loadCluster(options.cluster);
      const kept = stateDir(options).facts;
      const facts: Facts | undefined = existsSync(kept) ? readFacts(kept) : undefined;
      const from = standing(
        facts ? standingOf(cluster, facts) : { os: cluster.os, openstack: cluster.openstack },
      );
      const to = targetOf(options, from);
      const found = route(from, to, cluster, facts);
      print(options.json ? JSON.stringify({ from, to, ...found }, null, 2) : routeText(from, to, found));
    });
}
