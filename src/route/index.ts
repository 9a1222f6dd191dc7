import { archiveFor, distribution, distributionsBetween } from '../catalog/distributions.ts';
import { seriesBetween, seriesOrder } from '../catalog/releases.ts';
import type { Rule, Verdict } from '../catalog/rule.ts';
import { judge } from '../catalog/rules.ts';
import type { Cluster } from '../model/cluster.ts';
import { EXIT, WindlassError } from '../model/error.ts';
import type { Facts } from '../model/facts.ts';
import type { Finding } from '../model/finding.ts';
import type { Hop } from '../model/plan.ts';
import type { Standing, Target } from '../model/target.ts';
import { describe, hopCase, spell } from './hop.ts';
import { standing } from './target.ts';

/** A hop that may not be, with the rule that says so. */
export interface Refused {
  readonly hop: { readonly from: Standing; readonly to: Standing };
  readonly rule: string;
  readonly says: string;
  readonly remedy: string;
  readonly source: string;
}

/** A rule that was asked of a hop of the recommended way and has nothing against it. */
export interface Held {
  readonly hop: { readonly from: Standing; readonly to: Standing };
  readonly rule: string;
  readonly says: string;
  readonly source: string;
}

export interface Route {
  /** The way that is recommended: fewest hops, then least predicted outage. Empty when nothing is left to do. */
  readonly hops: readonly Hop[];
  /** Other legal ways, best first. */
  readonly alternatives: readonly (readonly Hop[])[];
  readonly refused: readonly Refused[];
  /** What the rules say of the recommended way without forbidding it. */
  readonly findings: readonly Finding[];
  /** Why it is legal: what was asked of it and holds. */
  readonly holds: readonly Held[];
}

/**
 * Legal ways from one standing to another. Throws WL-TARGET-UNKNOWN for names nobody knows and WL-ROUTE-ILLEGAL
 * (exit 3), listing the rules, when no way is legal.
 */
export function route(from: Standing, to: Target, cluster: Cluster, facts?: Facts): Route {
  const [start, goal] = [standing(from), standing(to)];
  if (same(start, goal)) return { hops: [], alternatives: [], refused: [], findings: [], holds: [] };
  const refused: Refused[] = [];
  const ways = search(start, goal, (at, next) => {
    const verdicts = judge(hopCase(cluster, at, next, facts));
    const against = verdicts.filter(({ verdict }) => verdict.level === 'refuse');
    refused.push(...against.map((found) => refusal(at, next, found)));
    return against.length === 0;
  }).map((way) =>
    way.map(([at, next], index) =>
      describe(cluster, hopCase(cluster, at, next, index === 0 ? facts : undefined)),
    ),
  );
  const [hops, ...alternatives] = ways.sort((a, b) => a.length - b.length || cost(a) - cost(b));
  if (!hops) throw illegal(start, goal, refused);
  return {
    hops,
    alternatives,
    refused,
    findings: findings(hops, cluster, facts),
    holds: held(hops, cluster, facts),
  };
}

const same = (a: Standing, b: Standing): boolean => a.os === b.os && a.openstack === b.openstack;
const cost = (hops: readonly Hop[]): number =>
  hops.flatMap(({ outage }) => Object.values(outage)).reduce((sum, seconds) => sum + seconds, 0);

type Step = readonly [Standing, Standing];

/** Every way of legal hops that never goes back, by depth first over the few standings that lie between. */
function search(start: Standing, goal: Standing, legal: (from: Standing, to: Standing) => boolean): Step[][] {
  const known = new Map<string, boolean>();
  const may = (from: Standing, to: Standing): boolean => {
    const key = `${spell(from)} ${spell(to)}`;
    const answer = known.get(key) ?? legal(from, to);
    known.set(key, answer);
    return answer;
  };
  const between = standingsBetween(start, goal);
  const walk = (at: Standing, left: readonly Standing[]): Step[][] => {
    const direct: Step[][] = may(at, goal) ? [[[at, goal]]] : [];
    const around = left.flatMap((stop, index) =>
      forward(at, stop) && may(at, stop)
        ? walk(stop, left.slice(index + 1)).map((rest): Step[] => [[at, stop], ...rest])
        : [],
    );
    return [...direct, ...around];
  };
  return walk(start, between);
}

/** Standings that lie between two, oldest first, and whose packages can be had. */
function standingsBetween(start: Standing, goal: Standing): Standing[] {
  const systems = [distribution(start.os), ...(distributionsBetween(start.os, goal.os) ?? [])];
  const releases = [start.openstack, ...seriesBetween(start.openstack, goal.openstack).map(({ id }) => id)];
  return systems
    .flatMap(({ codename }) => releases.map((openstack) => ({ os: codename, openstack })))
    .filter((at) => !same(at, start) && !same(at, goal) && archiveFor(at.os, at.openstack) !== undefined);
}

function forward(from: Standing, to: Standing): boolean {
  return (
    seriesOrder(from.openstack) <= seriesOrder(to.openstack) &&
    (from.os === to.os || (distributionsBetween(from.os, to.os)?.length ?? 0) > 0)
  );
}

function refusal(from: Standing, to: Standing, { rule, verdict }: { rule: Rule; verdict: Verdict }): Refused {
  return {
    hop: { from, to },
    rule: rule.id,
    says: verdict.says,
    remedy: verdict.remedy,
    source: rule.source,
  };
}

function illegal(start: Standing, goal: Standing, refused: readonly Refused[]): WindlassError {
  const direct = refused.filter(({ hop }) => same(hop.from, start) && same(hop.to, goal));
  const lines = direct.map(({ rule, says, source }) => `  ${rule}: ${says} (${source})`);
  return new WindlassError(
    {
      code: 'WL-ROUTE-ILLEGAL',
      message: [`no legal way from ${spell(start)} to ${spell(goal)}:`, ...lines].join('\n'),
      remedy: [...new Set(direct.map(({ remedy }) => remedy))].join(' '),
    },
    EXIT.blocked,
  );
}

const verdictsOf = (hops: readonly Hop[], cluster: Cluster, facts: Facts | undefined) =>
  hops.flatMap((hop, index) =>
    judge(hopCase(cluster, hop.from, hop.to, index === 0 ? facts : undefined)).map((found) => ({
      hop,
      ...found,
    })),
  );

function findings(hops: readonly Hop[], cluster: Cluster, facts: Facts | undefined): Finding[] {
  return verdictsOf(hops, cluster, facts).flatMap(({ hop, rule, verdict }): Finding[] =>
    verdict.level === 'holds'
      ? []
      : [
          {
            level: verdict.level === 'refuse' ? 'block' : verdict.level,
            code: rule.id,
            title: rule.title,
            evidence: `${spell(hop.from)} to ${spell(hop.to)}: ${verdict.says}`,
            remedy: verdict.remedy,
            source: rule.source,
          },
        ],
  );
}

function held(hops: readonly Hop[], cluster: Cluster, facts: Facts | undefined): Held[] {
  return verdictsOf(hops, cluster, facts).flatMap(({ hop: { from, to }, rule, verdict }) =>
    verdict.level === 'holds'
      ? [{ hop: { from, to }, rule: rule.id, says: verdict.says, source: verdict.source ?? rule.source }]
      : [],
  );
}

export { standing, standingOf, type TargetWords, targetOf } from './target.ts';
