import type { Cluster } from '../model/cluster.ts';
import type { Facts } from '../model/facts.ts';
import type { Finding } from '../model/finding.ts';
import type { Target } from '../model/target.ts';
import { standing, standingOf } from '../route/index.ts';
import type { Check, Scene } from './check.ts';
import { clock } from './clock.ts';
import { cloudDown, cloudUnread, computeDisabled, guests } from './cloud.ts';
import { collation } from './collation.ts';
import { computeAhead, computeFloor, workaroundLeft } from './compute-versions.ts';
import { disk } from './disk.ts';
import { dpkgAudit } from './dpkg-audit.ts';
import { dpkgLock } from './dpkg-lock.ts';
import { expand } from './expand.ts';
import { ceph, foreignNewer, foreignUnknown } from './foreign.ts';
import { galera } from './galera.ts';
import { haproxyServer, haproxySocket, haproxySqlCheck } from './haproxy.ts';
import { held } from './held.ts';
import { iptables } from './iptables.ts';
import { linuxbridge } from './linuxbridge.ts';
import { departed, newPackages } from './new-packages.ts';
import { nicNames } from './nic-names.ts';
import { quorum, twice, unreached, vipNowhere } from './nodes.ts';
import { oldCode } from './old-code.ts';
import {
  optionLeaving,
  optionLost,
  optionRefused,
  optionRemoved,
  optionRenamed,
  optionsUnread,
  optionUnknown,
} from './options.ts';
import { osloMessaging } from './oslo-messaging.ts';
import { pacemakerConstraint, pacemakerNode, vipStopped } from './pacemaker.ts';
import { platform } from './platform.ts';
import { rabbitmqMember, rabbitmqPartition } from './rabbitmq-member.ts';
import { rabbitmqBacklog, rabbitmqFlags, rabbitmqMirrored } from './rabbitmq-queues.ts';
import { reboot } from './reboot.ts';
import { rpcPins } from './rpc-pins.ts';
import { schemaHeads } from './schema-heads.ts';
import { selfMigrating } from './self-migrating.ts';
import { sources } from './sources.ts';
import { standingOpenstack, standingOs } from './standing.ts';
import { tableDefaults } from './table-defaults.ts';
import { down, masked } from './units.ts';
import { apiHollow, uwsgiPython, uwsgiThreads } from './uwsgi.ts';

/** Every trap Windlass knows, in the order findings are told. */
export const CHECKS: readonly Check[] = [
  unreached,
  twice,
  vipNowhere,
  standingOs,
  standingOpenstack,
  platform,
  dpkgLock,
  dpkgAudit,
  held,
  sources,
  disk,
  clock,
  reboot,
  galera,
  rabbitmqMember,
  rabbitmqPartition,
  pacemakerNode,
  pacemakerConstraint,
  vipStopped,
  haproxySocket,
  haproxyServer,
  haproxySqlCheck,
  masked,
  down,
  apiHollow,
  uwsgiPython,
  uwsgiThreads,
  cloudUnread,
  cloudDown,
  quorum,
  osloMessaging,
  selfMigrating,
  oldCode,
  schemaHeads,
  rpcPins,
  computeFloor,
  computeAhead,
  workaroundLeft,
  computeDisabled,
  guests,
  ceph,
  foreignNewer,
  foreignUnknown,
  iptables,
  linuxbridge,
  expand,
  newPackages,
  departed,
  rabbitmqMirrored,
  rabbitmqFlags,
  rabbitmqBacklog,
  collation,
  tableDefaults,
  nicNames,
  optionRefused,
  optionLost,
  optionRemoved,
  optionRenamed,
  optionLeaving,
  optionUnknown,
  optionsUnread,
];

const LEVELS: readonly Finding['level'][] = ['block', 'warn', 'note'];

/** Everything the checks find in a cluster on its way to a target: what blocks first. */
export function check(cluster: Cluster, facts: Facts, target: Target): Finding[] {
  const scene: Scene = { cluster, facts, from: standingOf(cluster), to: standing(target) };
  const found = CHECKS.flatMap(({ code, title, source, find }) =>
    find(scene).map((one): Finding => ({ ...one, code, title, source })),
  );
  return found.sort((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level));
}
