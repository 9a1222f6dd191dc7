import { changesCollation, membersMix, newDefaults } from './components/galera.ts';
import { ovnStep } from './components/openvswitch.ts';
import { corosyncMixes, pacemakerMixes } from './components/pacemaker.ts';
import { busWay, flagsFor, mirrors, runsOn } from './components/rabbitmq.ts';
import { distribution, type Shipped } from './distributions.ts';
import { MEASURED } from './outages.ts';
import { type HopCase, holds, note, type Rule, refuse, versions, warn } from './rule.ts';
import { compareVersions, minor } from './version.ts';

/** Both ways of the bus, and what each costs whom it serves (research/rules.md: plan both and show the cost). */
const BOTH_WAYS = `In place each member's stop costs its clients about ${MEASURED.busStop.seconds} s; built anew, as this planner does, all of them about ${MEASURED.busCutover.seconds} s once`;

/** Components with data of their own version, and the word by which it is known that they are there. */
const KEEPERS: readonly { readonly component: Shipped; readonly needs: string }[] = [
  { component: 'mariadb', needs: 'galera' },
  { component: 'ceph', needs: 'ceph-mon' },
  { component: 'openvswitch', needs: 'openvswitch' },
  { component: 'ovn', needs: 'ovn' },
];

/** Versions of a component before and after, where the word by which it is known is there. */
const versionsOf = (hop: HopCase, word: string, component: Shipped) =>
  hop.platform.includes(word) || hop.carries.includes(word) ? versions(hop, component) : undefined;

/** Of what carries a cloud: bus, database, cluster, network, storage. */
export const COMPONENT_RULES: readonly Rule[] = [
  {
    id: 'WL-RULE-RABBITMQ',
    title: 'RabbitMQ goes step by step, or is built anew',
    source: 'rabbitmq-website, upgrade guide; 000; research/lab.md 2',
    judge: (hop) => {
      const pair = versionsOf(hop, 'rabbitmq', 'rabbitmq');
      if (!pair) return undefined;
      const way = busWay(pair.from, pair.to);
      if (way.way === 'none') return refuse(way.why, 'Build a new message bus and move the clients by hand.');
      if (way.way !== 'rebuild') return holds(`${way.why}. ${BOTH_WAYS}`, way.source);
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
      const made = runsOn(rabbitmq, erlang);
      if (made === undefined) return undefined;
      return made
        ? holds(`RabbitMQ ${rabbitmq} of ${to.os} is made for its Erlang ${erlang}`)
        : warn(
            `${to.os} pairs RabbitMQ ${rabbitmq} with Erlang ${erlang}, which is outside RabbitMQ's own table`,
            'Try it on one node before the roll.',
          );
    },
  },
  {
    id: 'WL-RULE-COROSYNC',
    title: 'Corosync 2 and 3 are two clusters',
    source: '000; research/rules.md',
    judge: (hop) => {
      const pair = versionsOf(hop, 'pacemaker', 'corosync');
      const mix = pair && corosyncMixes(pair.from, pair.to);
      if (!mix) return undefined;
      return mix.mixes
        ? holds(mix.why, mix.source)
        : note(
            mix.why,
            'The VIP stays on the last old node until two new ones see each other, then it is stopped there at once.',
          );
    },
  },
  {
    id: 'WL-RULE-GALERA',
    title: 'Galera members of two MariaDB versions must work in one cluster',
    source: '000; research/lab.md 2; MDEV-33263',
    judge: (hop) => {
      const pair = versionsOf(hop, 'galera', 'mariadb');
      const mix = pair && membersMix(pair.from, pair.to);
      if (!mix) return undefined;
      return mix.mixes === true
        ? holds(`MariaDB ${mix.why}`, mix.source)
        : warn(`MariaDB ${mix.why}`, 'Rehearse one member on a copy, or plan a full stop of the database.');
    },
  },
  {
    id: 'WL-RULE-COLLATION',
    title: 'MariaDB 11.5 and newer give old character sets another default collation',
    source: 'research/lab.md 4 (items 4 and 5)',
    judge: (hop) => {
      const pair = versionsOf(hop, 'galera', 'mariadb');
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
      const pair = versionsOf(hop, 'galera', 'mariadb');
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
  {
    id: 'WL-RULE-RABBITMQ-FLAGS',
    title: 'A RabbitMQ is entered in place only with the feature flags it demands',
    source: 'rabbitmq-website, feature flags; research/rules.md',
    judge: (hop) => {
      const pair = versionsOf(hop, 'rabbitmq', 'rabbitmq');
      if (!pair || busWay(pair.from, pair.to).way !== 'in-place') return undefined;
      const wanted = flagsFor(pair.from, pair.to);
      const off = wanted.filter((flag) => hop.flags[flag] === false);
      if (off.length > 0) {
        return warn(
          `${pair.to} does not start in place before these are on: ${off.join(', ')}`,
          `On one member: rabbitmqctl enable_feature_flag all; or the bus is built anew.`,
        );
      }
      return wanted.length === 0
        ? holds(`${pair.from} to ${pair.to} demands no feature flag`)
        : holds(`before ${pair.to} is entered these must be on: ${wanted.join(', ')}; the server is asked`);
    },
  },
  {
    id: 'WL-RULE-PACEMAKER',
    title: 'Pacemakers of two versions work in one cluster only over some steps',
    source: 'Pacemaker Administration, version compatibility table; research/lab.md 2',
    judge: (hop) => {
      const corosync = versionsOf(hop, 'pacemaker', 'corosync');
      // Two clusters side by side never ask their Pacemakers to understand each other.
      if (corosync && !corosyncMixes(corosync.from, corosync.to).mixes) return undefined;
      const pair = versionsOf(hop, 'pacemaker', 'pacemaker');
      const mix = pair && pacemakerMixes(pair.from, pair.to);
      if (!mix) return undefined;
      return mix.mixes
        ? holds(mix.why, mix.source)
        : warn(mix.why, 'Plan a full stop of the cluster (the VIPs with it), or go over a version between.');
    },
  },
  {
    id: 'WL-RULE-BACKWARDS',
    title: 'What carries a cloud does not go back: its data is of the newer version',
    source: 'MariaDB documentation, downgrading: between major versions only by a dump; ceph/ceph#39069',
    judge: (hop) => {
      const back = KEEPERS.flatMap(({ component, needs }) => {
        const pair = versionsOf(hop, needs, component);
        return pair && compareVersions(minor(pair.to), minor(pair.from)) < 0
          ? [`${component} ${pair.from} runs, ${hop.to.os} has ${pair.to}`]
          : [];
      });
      return back.length === 0
        ? undefined
        : refuse(
            back.join('; '),
            'Keep the archive it came from for the new system too, or choose a system that has it as new.',
          );
    },
  },
  {
    id: 'WL-RULE-OPENVSWITCH',
    title: 'Open vSwitch is stopped while its package changes',
    source: 'openvswitch-switch 3.5.0 prerm and postinst; 002',
    judge: (hop) => {
      const pair = versionsOf(hop, 'openvswitch', 'openvswitch');
      return (
        pair &&
        holds(
          `from ${pair.from} to ${pair.to}: guests lose what is sent while it is stopped, and again while the agent synchronises; the node is emptied before`,
        )
      );
    },
  },
  {
    id: 'WL-RULE-OVN',
    title: 'OVN rolls from one long-term release to the next',
    source: 'OVN upgrade guide; research/rules.md',
    judge: (hop) => {
      const pair = versionsOf(hop, 'ovn', 'ovn');
      const step = pair && ovnStep(pair.from, pair.to);
      if (!step) return undefined;
      return step.rolls
        ? holds(step.why)
        : warn(
            step.why,
            'Set external_ids:ovn-match-northd-version=true on every node, raise the databases and northd first, then the controllers, then Neutron; take it away afterwards.',
          );
    },
  },
  {
    id: 'WL-RULE-CEPH',
    title: 'Ceph goes two releases at a time, no more',
    source: 'Ceph release notes; ceph/ceph#39069: upgrades that span more than 2 releases are prevented',
    judge: (hop) => {
      const daemons = hop.carries.some((name) => name === 'ceph-mon' || name === 'ceph-osd');
      const pair = daemons ? versions(hop, 'ceph') : undefined;
      if (!pair) return undefined;
      const steps = Number.parseInt(pair.to, 10) - Number.parseInt(pair.from, 10);
      if (steps < 0) return undefined;
      return steps > 2
        ? refuse(
            `Ceph ${pair.from} to ${pair.to} is ${steps} releases at once`,
            'Raise Ceph on the present system first, from its own archive, or stop at a system between.',
          )
        : holds(`Ceph ${pair.from} to ${pair.to}: ${steps} releases; monitors, managers, then OSDs`);
    },
  },
];
