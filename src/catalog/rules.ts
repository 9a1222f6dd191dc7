import type { Standing } from '../model/target.ts';
import { changesCollation, membersMix, newDefaults } from './components/galera.ts';
import { corosyncMixes } from './components/pacemaker.ts';
import { busWay, mirrors, runsOn } from './components/rabbitmq.ts';
import { archiveFor, distribution, distributionsBetween, type Shipped } from './distributions.ts';
import { findSeries, novaFloor, series, seriesBetween, seriesOrder } from './releases.ts';
import type { Service } from './service.ts';
import { uncovered } from './services/changes.ts';
import { besideOn, mustCutOver, rolls } from './services/index.ts';

/** What a rule judges: one hop of a cluster. */
export interface HopCase {
  readonly from: Standing;
  readonly to: Standing;
  readonly services: readonly Service[];
  readonly platform: readonly string[];
  /** What runs now, where it is known better than from the distribution: by component name. */
  readonly running: Readonly<Partial<Record<Shipped, string>>>;
}

/** `refuse`: the hop is not legal; `warn` and `note`: it is, and this has to be known. */
export interface Verdict {
  readonly level: 'refuse' | 'warn' | 'note';
  readonly says: string;
  readonly remedy: string;
}

export interface Rule {
  readonly id: `WL-RULE-${string}`;
  readonly title: string;
  readonly source: string;
  judge(hop: HopCase): Verdict | undefined;
}

const refuse = (says: string, remedy: string): Verdict => ({ level: 'refuse', says, remedy });
const warn = (says: string, remedy: string): Verdict => ({ level: 'warn', says, remedy });
const note = (says: string, remedy: string): Verdict => ({ level: 'note', says, remedy });

const newer = (hop: HopCase): boolean => seriesOrder(hop.to.openstack) > seriesOrder(hop.from.openstack);
const supported = (hop: HopCase): boolean =>
  series(hop.to.openstack).from.includes(series(hop.from.openstack).id);
const called = (id: string): string => {
  const found = findSeries(id);
  return found && found.id !== found.name ? `${found.id} ${found.name}` : id;
};

/** Versions of one component before and after a hop; undefined when either is not known or nothing changes. */
function versions(hop: HopCase, name: Shipped): { from: string; to: string } | undefined {
  if (hop.from.os === hop.to.os) return undefined;
  const from = hop.running[name] ?? distribution(hop.from.os).ships[name];
  const to = distribution(hop.to.os).ships[name];
  return from !== undefined && to !== undefined ? { from, to } : undefined;
}

/** Services whose old code nobody has tried on the new schema. */
function unproved(hop: HopCase): readonly Service[] {
  return hop.services.filter(
    (service) => service.database.length > 0 && !rolls(service, hop.from.openstack, hop.to.openstack),
  );
}

const sources = (hop: HopCase): string[] => [
  ...new Set(
    hop.services.flatMap((service) => rolls(service, hop.from.openstack, hop.to.openstack)?.source ?? []),
  ),
];

export const RULES: readonly Rule[] = [
  {
    id: 'WL-RULE-OS-FAMILY',
    title: 'One distribution does not become another',
    source: 'Debian and Ubuntu upgrade only within themselves',
    judge: ({ from, to }) =>
      distribution(from.os).id === distribution(to.os).id
        ? undefined
        : refuse(
            `${from.os} is ${distribution(from.os).id}, ${to.os} is ${distribution(to.os).id}`,
            'Build new nodes with the other distribution and move service by service.',
          ),
  },
  {
    id: 'WL-RULE-OS-DOWNGRADE',
    title: 'An operating system does not go back',
    source: 'Debian release notes: downgrades are not supported',
    judge: ({ from, to }) =>
      from.os !== to.os && distributionsBetween(from.os, to.os)?.length === 0
        ? refuse(
            `${to.os} is older than ${from.os}`,
            'Restore a checkpoint, or reinstall the nodes one by one.',
          )
        : undefined,
  },
  {
    id: 'WL-RULE-OS-ONE-STEP',
    title: 'An operating system goes one release at a time',
    source: 'Debian release notes: upgrades only from the release before',
    judge: ({ from, to }) => {
      const way = distributionsBetween(from.os, to.os) ?? [];
      return way.length > 1
        ? refuse(
            `between ${from.os} and ${to.os} lies ${way
              .slice(0, -1)
              .map(({ codename }) => codename)
              .join(', ')}`,
            'Go release by release; the route shows the hops.',
          )
        : undefined;
    },
  },
  {
    id: 'WL-RULE-OPENSTACK-DOWNGRADE',
    title: 'OpenStack does not go back',
    source: '002; no service migrates its database downwards',
    judge: ({ from, to }) =>
      seriesOrder(to.openstack) < seriesOrder(from.openstack)
        ? refuse(
            `${called(to.openstack)} is older than ${called(from.openstack)}, and databases do not migrate downwards`,
            'Restore a checkpoint taken before the upgrade: windlass rollback.',
          )
        : undefined,
  },
  {
    id: 'WL-RULE-ARCHIVE',
    title: 'The packages must be to be had',
    source: "the catalogue's distributions",
    judge: ({ to }) =>
      archiveFor(to.os, to.openstack)
        ? undefined
        : refuse(
            `no archive is known that has ${called(to.openstack)} for ${to.os}`,
            `${to.os} ships ${called(distribution(to.os).openstack ?? 'no OpenStack')}; a pairing is added in src/catalog/distributions.ts.`,
          ),
  },
  {
    id: 'WL-RULE-ARCHIVE-LACKS',
    title: "A service that the new system's archive does not have would stay behind",
    source: "Debian's package indexes; research/lab.md 3",
    judge: ({ from, to, services }) => {
      const lacks = distribution(to.os).lacks ?? [];
      const gone = from.os === to.os ? [] : services.filter(({ name }) => lacks.includes(name));
      if (gone.length === 0) return undefined;
      const names = gone.map(({ name }) => name).join(', ');
      return refuse(`${to.os} has no ${names}`, `Give ${names} nodes of its own, or choose another system.`);
    },
  },
  {
    id: 'WL-RULE-ARCHIVE-STAYS',
    title: 'A service that the archive does not have stays at its release',
    source: 'research/lab.md 3',
    judge: ({ from, to, services }) => {
      const pairing = distribution(to.os).pairings.find(({ openstack }) => openstack === to.openstack);
      const stay = newer({ from, to, services, platform: [], running: {} })
        ? services.filter(({ name }) => pairing?.stays?.includes(name)).map(({ name }) => name)
        : [];
      return stay.length === 0
        ? undefined
        : warn(
            `${stay.join(', ')} cannot be had at ${called(to.openstack)} on ${to.os} and stays at ${called(from.openstack)}`,
            'Leave it there, or give it a node of its own.',
          );
    },
  },
  {
    id: 'WL-RULE-SLURP',
    title: 'Upstream skips only from one SLURP release to the next',
    source: 'TC resolution 20220210; openstack/releases series_status.yaml',
    judge: (hop) => {
      if (!newer(hop) || supported(hop)) return undefined;
      const way = seriesBetween(hop.from.openstack, hop.to.openstack).slice(0, -1);
      const stops = way.filter(({ slurp }) => slurp);
      const says = `upstream does not support ${called(hop.from.openstack)} to ${called(hop.to.openstack)}: it skips ${way.map(({ id }) => called(id)).join(', ')}${stops.length > 0 ? `, of which ${stops.map(({ id }) => id).join(', ')} must be stopped at` : ''}`;
      const open = unproved(hop);
      if (hop.services.length > 0 && open.length === 0) {
        return warn(
          `${says}. It has been done with ${hop.services.map(({ name }) => name).join(', ')} (${sources(hop).join('; ')})`,
          'Rehearse on a copy of your own databases first, and keep the checkpoint until you are content.',
        );
      }
      return refuse(
        `${says}; nobody has proved it for ${open.map(({ name }) => name).join(', ') || 'a cluster whose services are not named'}`,
        `Stop at ${stops.at(-1)?.id ?? way.at(-1)?.id ?? 'a release between'} on the way, where its packages can be had.`,
      );
    },
  },
  {
    id: 'WL-RULE-CUTOVER',
    title: 'Some services cannot run old and new side by side',
    source: 'research/lab.md 5',
    judge: (hop) => {
      const cut = hop.services.flatMap((service) => {
        const known = rolls(service, hop.from.openstack, hop.to.openstack);
        return known && mustCutOver(service, hop.from, hop.to) ? [`${service.name}: ${known.note}`] : [];
      });
      return cut.length === 0
        ? undefined
        : warn(`to be cut over, not rolled: ${cut.join('; ')}`, 'Plan a short window for these APIs.');
    },
  },
  {
    id: 'WL-RULE-BESIDE',
    title: 'Some services go from old to new code in a way of their own',
    source: 'docs/rolling.md',
    judge: (hop) => {
      const ways = hop.services.flatMap((service) => {
        const beside = newer(hop) ? besideOn(service, hop.from, hop.to) : undefined;
        return beside ? [`${service.name}: ${beside.note}`] : [];
      });
      return ways.length === 0
        ? undefined
        : note(
            `without a pause, though not all of old and new works side by side: ${ways.join('; ')}`,
            'Nothing to do. Who would rather have a short clean cut names the service under policy: cutover.',
          );
    },
  },
  {
    id: 'WL-RULE-DATABASE',
    title: 'A database that nobody here knows how to raise would stay old under new code',
    source: "the catalogue's services",
    judge: (hop) => {
      const open = newer(hop) ? hop.services.filter((entry) => uncovered(entry, hop.to.openstack)) : [];
      const names = open.map(({ name }) => name).join(', ');
      return open.length === 0
        ? undefined
        : warn(
            `no command is known that brings the database of ${names} to ${called(hop.to.openstack)} and can be read back`,
            'Raise it by hand at the gate, or add the command and its check: docs/adding-a-service.md.',
          );
    },
  },
  {
    id: 'WL-RULE-NOVA-FLOOR',
    title: 'Nova refuses compute services below its floor',
    source: 'nova/objects/service.py; research/lab.md 4 (items 7 and 8)',
    judge: (hop) => {
      if (!newer(hop) || !hop.services.some(({ name }) => name === 'nova')) return undefined;
      const [has, floor] = [series(hop.from.openstack).novaService, novaFloor(hop.to.openstack)];
      return has !== undefined && floor !== undefined && has < floor
        ? warn(
            `computes report ${has}, ${called(hop.to.openstack)} accepts ${floor} and newer: conductor, scheduler and the new computes would stop`,
            'Set [workarounds]disable_compute_service_check_for_ffu = true on control plane and computes for the time of the hop, then remove it.',
          )
        : undefined;
    },
  },
  {
    id: 'WL-RULE-RABBITMQ',
    title: 'RabbitMQ goes step by step, or is built anew',
    source: 'rabbitmq-website, upgrade guide; 000; research/lab.md 2',
    judge: (hop) => {
      const pair = hop.platform.includes('rabbitmq') ? versions(hop, 'rabbitmq') : undefined;
      if (!pair) return undefined;
      const way = busWay(pair.from, pair.to);
      if (way.way === 'none') return refuse(way.why, 'Build a new message bus and move the clients by hand.');
      if (way.way !== 'rebuild') return undefined;
      const ha =
        mirrors(pair.from) && !mirrors(pair.to) ? ' Mirrored classic queues do not exist any more.' : '';
      return note(
        `${way.why}.${ha}`,
        'Keep the queues short at the cutover; messages left in the old cluster are lost.',
      );
    },
  },
  {
    id: 'WL-RULE-ERLANG',
    title: 'RabbitMQ runs on the Erlang it was made for',
    source: 'rabbitmq-website, which-erlang; research/rules.md',
    judge: ({ to, platform }) => {
      const { rabbitmq, erlang } = distribution(to.os).ships;
      if (!platform.includes('rabbitmq') || rabbitmq === undefined || erlang === undefined) return undefined;
      return runsOn(rabbitmq, erlang) === false
        ? warn(
            `${to.os} pairs RabbitMQ ${rabbitmq} with Erlang ${erlang}, which is outside RabbitMQ's own table`,
            'Try it on one node before the roll.',
          )
        : undefined;
    },
  },
  {
    id: 'WL-RULE-COROSYNC',
    title: 'Corosync 2 and 3 are two clusters',
    source: '000; research/rules.md',
    judge: (hop) => {
      const pair = hop.platform.includes('pacemaker') ? versions(hop, 'corosync') : undefined;
      const mix = pair && corosyncMixes(pair.from, pair.to);
      return mix && !mix.mixes
        ? note(
            mix.why,
            'The VIP stays on the last old node until two new ones see each other, then it is stopped there at once.',
          )
        : undefined;
    },
  },
  {
    id: 'WL-RULE-GALERA',
    title: 'Galera members of two MariaDB versions must work in one cluster',
    source: '000; research/lab.md 2; MDEV-33263',
    judge: (hop) => {
      const pair = hop.platform.includes('galera') ? versions(hop, 'mariadb') : undefined;
      const mix = pair && membersMix(pair.from, pair.to);
      return mix && mix.mixes !== true
        ? warn(`MariaDB ${mix.why}`, 'Rehearse one member on a copy, or plan a full stop of the database.')
        : undefined;
    },
  },
  {
    id: 'WL-RULE-COLLATION',
    title: 'MariaDB 11.5 and newer give old character sets another default collation',
    source: 'research/lab.md 4 (items 4 and 5)',
    judge: (hop) => {
      const pair = hop.platform.includes('galera') ? versions(hop, 'mariadb') : undefined;
      return pair && changesCollation(pair.from, pair.to)
        ? note(
            `from ${pair.from} to ${pair.to} new tables would not match the foreign keys of old ones (errno 150)`,
            'The plan pins character_set_collations before any schema changes.',
          )
        : undefined;
    },
  },
  {
    id: 'WL-RULE-SNAPSHOT-ISOLATION',
    title: 'MariaDB 11.6 and newer refuse writes that overlap',
    source: 'MDEV-35124; nova bug 2116186; lab cloud',
    judge: (hop) => {
      const pair = hop.platform.includes('galera') ? versions(hop, 'mariadb') : undefined;
      const changed =
        pair && newDefaults(pair.from, pair.to).find(({ option }) => option === 'innodb_snapshot_isolation');
      return changed
        ? note(
            changed.says,
            'The plan keeps innodb_snapshot_isolation off. Turn it on again when every service retries such writes (oslo.db 17.4.0 and newer name them).',
          )
        : undefined;
    },
  },
];

/** Every rule's verdict on a hop, in the catalogue's order. */
export function judge(hop: HopCase): readonly { readonly rule: Rule; readonly verdict: Verdict }[] {
  return RULES.flatMap((rule) => {
    const verdict = rule.judge(hop);
    return verdict ? [{ rule, verdict }] : [];
  });
}
