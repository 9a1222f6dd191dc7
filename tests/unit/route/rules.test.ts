import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assumedFacts } from '../../../src/catalog/assume.ts';
import { DISTRIBUTIONS } from '../../../src/catalog/distributions.ts';
import { SERIES } from '../../../src/catalog/releases.ts';
import { judge, RULES } from '../../../src/catalog/rules.ts';
import { uncovered } from '../../../src/catalog/services/changes.ts';
import { databaseWay, servicesNamed } from '../../../src/catalog/services/index.ts';
import { Cluster } from '../../../src/model/cluster.ts';
import { WindlassError } from '../../../src/model/error.ts';
import type { Facts, NodeFacts } from '../../../src/model/facts.ts';
import type { Standing } from '../../../src/model/target.ts';
import { hopCase } from '../../../src/route/hop.ts';
import { type Route, route } from '../../../src/route/index.ts';

const THREE = ['keystone', 'glance', 'placement'];
const at = (text: string): Standing => {
  const [os = '', openstack = ''] = text.split('/');
  return { os, openstack };
};

function cluster(from = 'bookworm/zed', more: { words?: string[]; storage?: boolean } = {}): Cluster {
  const { os, openstack } = at(from);
  const id = DISTRIBUTIONS.find(({ codename }) => codename === os)?.id ?? 'debian';
  return Cluster.parse({
    cluster: 'test',
    os: `${id}/${os}`,
    openstack,
    nodes: {
      ctl1: { address: '192.0.2.11', roles: ['controller'] },
      ctl2: { address: '192.0.2.12', roles: ['controller'] },
      ctl3: { address: '192.0.2.13', roles: ['controller'] },
      ...(more.storage ? { osd1: { address: '192.0.2.41', roles: ['ceph-mon', 'ceph-osd'] } } : {}),
    },
    services: { controller: THREE, ...(more.words ? { network: more.words } : {}) },
    platform: ['rabbitmq', 'galera', 'pacemaker', 'haproxy'],
  });
}

/** Facts of such a cluster in which every controller tells something of its own. */
function facts(of: Cluster, tell: (node: NodeFacts) => void): Facts {
  const known = assumedFacts(of);
  for (const node of Object.values(known.nodes)) tell(node);
  return known;
}

/** What one rule says of a hop, as `level says`; undefined when it says nothing. */
function says(rule: string, from: string, to: string, of: Cluster, known?: Facts): string | undefined {
  const found = judge(hopCase(of, at(from), at(to), known)).find((one) => one.rule.id === rule);
  return found && `${found.verdict.level}: ${found.verdict.says}`;
}

describe('the message bus', () => {
  const bus = (version: string, flags: Record<string, boolean> = {}) => {
    const of = cluster();
    return facts(of, (node) => {
      if (node.rabbitmq) Object.assign(node.rabbitmq, { version, flags });
    });
  };
  const asked = (rule: string, known: Facts) => says(rule, 'bookworm/zed', 'trixie/epoxy', cluster(), known);

  test('in place, 4.0 demands its feature flags; one that is off is told with the way to enable it', () => {
    expect(asked('WL-RULE-RABBITMQ-FLAGS', bus('3.13.7'))).toMatch(
      /^holds: before 4\.0\.5 is entered these must be on: stream_filtering, /,
    );
    expect(asked('WL-RULE-RABBITMQ-FLAGS', bus('3.13.7', { stream_filtering: false }))).toBe(
      'warn: 4.0.5 does not start in place before these are on: stream_filtering',
    );
    // Built anew, nothing of the old one is carried over.
    expect(asked('WL-RULE-RABBITMQ-FLAGS', bus('3.10.8'))).toBeUndefined();
  });

  test('both ways are told with what they cost; backwards there is none', () => {
    expect(asked('WL-RULE-RABBITMQ', bus('3.13.7'))).toContain('In place each member');
    expect(asked('WL-RULE-RABBITMQ', bus('3.10.8'))).toMatch(/^note: 3\.10 to 4\.0 is not one step/);
    expect(asked('WL-RULE-RABBITMQ', bus('4.2.1'))).toMatch(/^refuse: RabbitMQ does not go back/);
  });

  test('what it runs on is asked of the target: forky’s Erlang is outside the table', () => {
    expect(says('WL-RULE-ERLANG', 'bookworm/zed', 'trixie/epoxy', cluster())).toMatch(/^holds/);
    expect(says('WL-RULE-ERLANG', 'trixie/epoxy', 'forky/gazpacho', cluster('trixie/2025.1'))).toMatch(
      /^warn/,
    );
  });
});

describe('cluster, database, network, storage', () => {
  test('Pacemaker 2 rolls from 1.1.11 on, 2.1 with 3.0 was seen, others nobody has tried', () => {
    const old = (version: string) =>
      facts(cluster('bullseye/victoria'), (node) => {
        if (node.packages.pacemaker) node.packages.pacemaker.version = version;
      });
    const asked = (version: string) =>
      says(
        'WL-RULE-PACEMAKER',
        'bullseye/victoria',
        'bookworm/zed',
        cluster('bullseye/victoria'),
        old(version),
      );
    expect(asked('1.1.24-0')).toMatch(/^holds/);
    expect(asked('1.1.9-1')).toMatch(/^warn: Pacemaker 2\.1\.5 rolls from 1\.1\.11 on/);
    expect(says('WL-RULE-PACEMAKER', 'bookworm/zed', 'trixie/epoxy', cluster())).toMatch(/^holds/);
    // Of two Corosync clusters side by side nobody's Pacemaker has to understand the other.
    expect(
      says('WL-RULE-PACEMAKER', 'stretch/rocky', 'buster/rocky', cluster('stretch/rocky')),
    ).toBeUndefined();
  });

  test('a database that is newer than the new system’s does not go back', () => {
    const known = facts(cluster(), (node) => {
      if (node.galera) node.galera.version = '12.1.2-MariaDB';
    });
    expect(says('WL-RULE-BACKWARDS', 'bookworm/zed', 'trixie/epoxy', cluster(), known)).toBe(
      'refuse: mariadb 12.1.2 runs, trixie has 11.8.6',
    );
  });

  test('Ceph goes two releases at a time, where its daemons are', () => {
    const of = cluster('bookworm/zed', { storage: true });
    expect(says('WL-RULE-CEPH', 'bookworm/zed', 'trixie/epoxy', of)).toMatch(
      /^holds: Ceph 16\.2\.15 to 18\.2\.7: 2/,
    );
    expect(says('WL-RULE-CEPH', 'bookworm/zed', 'trixie/epoxy', cluster())).toBeUndefined();
    const old = facts(of, (node) => {
      node.packages['ceph-mon'] = { version: '14.2.22-1~bpo11+1', auto: false };
      node.packages['ceph-osd'] = { version: '14.2.22-1~bpo11+1', auto: false };
    });
    expect(says('WL-RULE-CEPH', 'bookworm/zed', 'trixie/epoxy', of, old)).toMatch(
      /^refuse: .* 4 releases at once/,
    );
  });

  test('OVN from bookworm to trixie is no long-term step: databases and northd first', () => {
    const of = cluster('bookworm/zed', { words: ['neutron-ovn-metadata-agent'] });
    const [, rule] = [of, judge(hopCase(of, at('bookworm/zed'), at('trixie/epoxy')))];
    const found = rule.find((one) => one.rule.id === 'WL-RULE-OVN');
    expect(found?.verdict).toMatchObject({
      level: 'warn',
      remedy: expect.stringContaining('ovn-match-northd-version=true'),
    });
    expect(says('WL-RULE-OVN', 'bookworm/zed', 'trixie/epoxy', cluster())).toBeUndefined();
  });
});

describe('OpenStack', () => {
  test('a SLURP jump is supported, and what it does not promise is said', () => {
    expect(says('WL-RULE-SLURP', 'trixie/epoxy', 'trixie/gazpacho', cluster('trixie/2025.1'))).toMatch(
      /^holds: .*jump from one SLURP release to the next.* not promised$/,
    );
  });

  test('what nobody measured is predicted from what its database commands take', () => {
    const of = Cluster.parse({
      ...cluster('xenial/mitaka'),
      services: { controller: ['keystone', 'glance', 'nova'] },
      archives: { ocata: { source: 'deb http://x/ ./' } },
    });
    const [hop] = route(at('xenial/mitaka'), at('xenial/ocata'), of).hops;
    // Newton's and Ocata's rungs, then stop, start and the balancers.
    expect(hop?.outage.nova).toBe(10 + 20 + 30 + 2 + 2 + 5 + 20 + 7 + 20 + 10);
  });
});

describe('any route', () => {
  const standing = fc.record({
    os: fc.constantFrom(...DISTRIBUTIONS.map(({ codename }) => codename)),
    openstack: fc.constantFrom(...SERIES.map(({ id }) => id)),
  });
  const services = fc.subarray([...THREE, 'nova', 'neutron', 'cinder', 'heat']);
  const found = (from: Standing, to: Standing, names: readonly string[]): [Cluster, Route] | undefined => {
    const of = Cluster.parse({ ...cluster(), services: { controller: [...names] } });
    try {
      return [of, route(from, to, of)];
    } catch (error) {
      if (error instanceof WindlassError && error.fault.code === 'WL-ROUTE-ILLEGAL') return undefined;
      throw error;
    }
  };

  test('goes through no refused hop, neither the recommended one nor another', () => {
    fc.assert(
      fc.property(standing, standing, services, (from, to, names) => {
        const [of, way] = found(from, to, names) ?? [];
        if (!of || !way) return;
        for (const hop of [way.hops, ...way.alternatives].flat()) {
          const levels = judge(hopCase(of, hop.from, hop.to)).map(({ verdict }) => verdict.level);
          expect(levels).not.toContain('refuse');
        }
        const key = (hop: { from: Standing; to: Standing }): string => JSON.stringify([hop.from, hop.to]);
        const refused = new Set(way.refused.map(({ hop }) => key(hop)));
        for (const hop of [way.hops, ...way.alternatives].flat()) expect(refused).not.toContain(key(hop));
      }),
      { numRuns: 200 },
    );
  });

  test('is never longer than another, nor with more away where it is as long', () => {
    const away = (hops: Route['hops']): number =>
      hops.flatMap(({ outage }) => Object.values(outage)).reduce((sum, one) => sum + one, 0);
    fc.assert(
      fc.property(standing, standing, services, (from, to, names) => {
        const [, way] = found(from, to, names) ?? [];
        for (const other of way?.alternatives ?? []) {
          expect(other.length).toBeGreaterThanOrEqual(way?.hops.length ?? 0);
          if (other.length === way?.hops.length) expect(away(other)).toBeGreaterThanOrEqual(away(way.hops));
        }
      }),
      { numRuns: 200 },
    );
  });

  test('has for every database a way up on each hop, over every series of its ladder, or says that nobody knows one', () => {
    fc.assert(
      fc.property(standing, standing, services, (from, to, names) => {
        const [of, way] = found(from, to, names) ?? [];
        if (!of || !way) return;
        for (const hop of [way.hops, ...way.alternatives].flat()) {
          const [old, young] = [hop.from.openstack, hop.to.openstack];
          if (old === young) continue;
          const codes = judge(hopCase(of, hop.from, hop.to)).map(({ rule }) => rule.id);
          for (const entry of servicesNamed(names)) {
            const open = uncovered(entry, young);
            if (open) expect(codes).toContain('WL-RULE-DATABASE');
            else if (entry.databases.length > 0) expect(databaseWay(entry, old, young)).not.toEqual([]);
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  test('names for each refused hop the rule, its source and a remedy, and for what holds a source', () => {
    const ids: string[] = RULES.map(({ id }) => id);
    fc.assert(
      fc.property(standing, standing, services, (from, to, names) => {
        const [, way] = found(from, to, names) ?? [];
        for (const { rule, source, says: words, remedy } of way?.refused ?? []) {
          expect(ids).toContain(rule);
          for (const text of [source, words, remedy]) expect(text).toMatch(/\S/);
        }
        for (const { rule, source, says: words } of way?.holds ?? []) {
          expect(ids).toContain(rule);
          for (const text of [source, words]) expect(text).toMatch(/\S/);
        }
        expect(way?.findings.map(({ level }) => level) ?? []).not.toContain('holds');
      }),
      { numRuns: 200 },
    );
  });

  test('has rules of different names, each with a title and a source', () => {
    expect(new Set(RULES.map(({ id }) => id)).size).toBe(RULES.length);
    for (const { title, source } of RULES) for (const text of [title, source]) expect(text).toMatch(/\S/);
  });
});
