import { z } from 'zod';
import { WindlassError } from '../model/error.ts';
import { apiWarm } from './api.ts';
import * as apt from './apt.ts';
import * as archive from './archive.ts';
import * as backup from './backup.ts';
import * as checkpoint from './checkpoint.ts';
import * as cluster from './cluster.ts';
import * as compute from './compute.ts';
import * as config from './config.ts';
import * as configure from './configure.ts';
import * as database from './database.ts';
import * as difference from './difference.ts';
import * as disk from './disk.ts';
import * as file from './file.ts';
import * as galera from './galera.ts';
import * as guards from './guards.ts';
import * as haproxy from './haproxy.ts';
import * as kept from './kept.ts';
import type { Answers, GuardKind, StepKind } from './kind.ts';
import * as network from './network.ts';
import * as pacemaker from './pacemaker.ts';
import * as apart from './pacemaker-apart.ts';
import * as parts from './parts.ts';
import * as rabbitmq from './rabbitmq.ts';
import { rabbitmqForceBoot } from './rabbitmq-force-boot.ts';
import { rabbitmqForget } from './rabbitmq-forget.ts';
import * as older from './rabbitmq-older.ts';
import * as rebuild from './rebuild.ts';
import * as rehearsal from './rehearsal.ts';
import * as ask from './rehearsal-ask.ts';
import * as old from './rehearsal-old.ts';
import * as seal from './rehearsal-seal.ts';
import * as rollback from './rollback.ts';
import * as systemd from './systemd.ts';

/** Kinds by name. Parameters come from a plan file, so every use parses them first. */
export interface Kinds {
  step(kind: string): StepKind<unknown>;
  guard(kind: string): GuardKind<unknown>;
}

function openStep<P>(kind: StepKind<P>): StepKind<unknown> {
  const { undo, carries, goesBack, tells, atLeast, again } = kind;
  return {
    kind: kind.kind,
    params: z.unknown(),
    ...(atLeast === undefined ? {} : { atLeast }),
    ...(again === undefined ? {} : { again }),
    commands: (params) => kind.commands(kind.params.parse(params)),
    ...(carries ? { carries: (params: unknown) => carries(kind.params.parse(params)) } : {}),
    ...(undo ? { undo: (params: unknown) => undo(kind.params.parse(params)) } : {}),
    ...(goesBack ? { goesBack: (params: unknown) => goesBack(kind.params.parse(params)) } : {}),
    looks: (params) => kind.looks(kind.params.parse(params)),
    judge: (params, seen) => kind.judge(kind.params.parse(params), seen),
    ...(tells ? { tells: (params: unknown, seen: Answers) => tells(kind.params.parse(params), seen) } : {}),
  };
}

function openGuard<P>(kind: GuardKind<P>): GuardKind<unknown> {
  return {
    kind: kind.kind,
    params: z.unknown(),
    looks: (params) => kind.looks(kind.params.parse(params)),
    judge: (params, seen) => kind.judge(kind.params.parse(params), seen),
  };
}

const STEPS: readonly StepKind<unknown>[] = [
  openStep(file.fileWrite),
  openStep(file.fileRemove),
  openStep(apt.aptPrefetch),
  openStep(apt.aptSources),
  openStep(apt.aptRemove),
  openStep(apt.aptInstall),
  openStep(apt.aptDistUpgrade),
  openStep(apt.aptAutoremove),
  openStep(archive.archiveAdd),
  openStep(archive.archiveFetch),
  openStep(archive.archiveRaise),
  openStep(archive.archiveMarks),
  openStep(difference.aptDifference),
  openStep(difference.archiveDifference),
  openStep(apiWarm),
  openStep(systemd.systemdHold),
  openStep(systemd.systemdBeginStop),
  openStep(systemd.systemdStop),
  openStep(systemd.systemdRelease),
  openStep(systemd.systemdRestart),
  openStep(systemd.nodeReboot),
  openStep(rebuild.nodeRemake),
  openStep(rebuild.stateCarry),
  openStep(rebuild.statePut),
  openStep(rebuild.systemdMask),
  openStep(rebuild.systemdKeepDown),
  openStep(systemd.nodeVerify),
  openStep(haproxy.haproxyDrain),
  openStep(haproxy.haproxyEnable),
  openStep(haproxy.haproxyLetIn),
  openStep(pacemaker.pacemakerMove),
  openStep(pacemaker.pacemakerStandby),
  openStep(pacemaker.pacemakerOnline),
  openStep(pacemaker.pacemakerUpgradeCib),
  openStep(apart.pacemakerApart),
  openStep(apart.pacemakerForm),
  openStep(apart.pacemakerWithoutQuorum),
  openStep(galera.galeraHold),
  openStep(galera.galeraRejoin),
  openStep(galera.galeraBootstrap),
  openStep(galera.galeraUpgradeTables),
  openStep(galera.galeraDefaults),
  openStep(cluster.clusterVerify),
  openStep(rabbitmq.rabbitmqExport),
  openStep(rabbitmq.rabbitmqPrune),
  openStep(rabbitmq.rabbitmqSetAside),
  openStep(rabbitmq.rabbitmqShrink),
  openStep(rabbitmq.rabbitmqStartAlone),
  openStep(rabbitmq.rabbitmqImport),
  openStep(rabbitmq.rabbitmqAdmit),
  openStep(rabbitmq.rabbitmqStopApp),
  openStep(rabbitmq.rabbitmqJoin),
  openStep(rabbitmq.rabbitmqGrow),
  openStep(rabbitmqForget),
  openStep(rabbitmqForceBoot),
  openStep(rabbitmq.rabbitmqFlags),
  openStep(older.rabbitmqKeepOlder),
  openStep(older.rabbitmqCloseOlder),
  openStep(older.rabbitmqStartOlder),
  openStep(older.rabbitmqGiveOlder),
  openStep(older.rabbitmqAdmitOlder),
  openStep(older.rabbitmqJoinOlder),
  openStep(database.databaseMigrate),
  openStep(database.packageMend),
  openStep(parts.databaseCreate),
  openStep(parts.endpointMake),
  openStep(parts.haproxyListen),
  openStep(parts.configLend),
  openStep(parts.configAddresses),
  openStep(backup.backupDatabases),
  openStep(backup.backupProve),
  openStep(backup.backupEtc),
  openStep(checkpoint.backupPackages),
  openStep(checkpoint.packageKeepLost),
  openStep(checkpoint.packageGiveBack),
  openStep(checkpoint.pacemakerKeepCib),
  openStep(rollback.runEnded),
  openStep(rollback.packagesLower),
  openStep(rollback.etcBack),
  openStep(rollback.backupRestore),
  openStep(rollback.backupRetire),
  openStep(disk.diskKeep),
  openStep(disk.diskHas),
  openStep(disk.diskRestore),
  openStep(disk.diskDrop),
  openStep(kept.keptDrop),
  openStep(disk.nodeReturned),
  openStep(compute.novaDisable),
  openStep(compute.novaEnable),
  openStep(compute.guestsMove),
  openStep(compute.guestsStart),
  openStep(compute.computeAlive),
  openStep(compute.canaryBoot),
  openStep(compute.canaryRemove),
  openStep(network.networkLeave),
  openStep(network.networkReturn),
  openStep(config.configEdit),
  openStep(configure.configureDisable),
  openStep(configure.configureApply),
  openStep(configure.configureEnable),
  openStep(rehearsal.rehearsalClaim),
  openStep(rehearsal.rehearsalPackages),
  openStep(rehearsal.rehearsalServer),
  openStep(rehearsal.rehearsalDump),
  openStep(rehearsal.rehearsalRestore),
  openStep(rehearsal.rehearsalWall),
  openStep(rehearsal.rehearsalUntouched),
  openStep(rehearsal.rehearsalVersions),
  openStep(seal.rehearsalCopy),
  openStep(seal.rehearsalRewrite),
  openStep(seal.rehearsalCells),
  openStep(seal.rehearsalAccounts),
  openStep(seal.rehearsalEndpoints),
  openStep(seal.rehearsalSealed),
  openStep(ask.rehearsalHeads),
  openStep(ask.rehearsalStatus),
  openStep(ask.rehearsalList),
  openStep(old.rehearsalRelay),
  openStep(old.rehearsalEntered),
  openStep(old.rehearsalOldCode),
];

const GUARDS: readonly GuardKind<unknown>[] = [
  openGuard(guards.galeraOthersSynced),
  openGuard(guards.systemdAtRest),
  openGuard(guards.rabbitmqOthersRunning),
  openGuard(guards.rabbitmqBacklog),
  openGuard(guards.haproxyOthersUp),
  openGuard(guards.pacemakerSpare),
  openGuard(guards.pacemakerElsewhere),
  openGuard(older.rabbitmqOlderRunning),
  openGuard(older.rabbitmqOlderBacklog),
  openGuard(apart.pacemakerStopsAlone),
  openGuard(compute.computeEmptied),
  openGuard(rehearsal.rehearsalWalled),
];

function byName<T extends { readonly kind: string }>(what: string, kinds: readonly T[]): (name: string) => T {
  const map = new Map(kinds.map((kind) => [kind.kind, kind]));
  return (name) => {
    const kind = map.get(name);
    if (kind) return kind;
    throw new WindlassError({
      code: 'WL-KIND-UNKNOWN',
      message: `the plan names a kind of ${what} this Windlass does not know: ${name}`,
      remedy: 'use the version of Windlass that made the plan, or plan again',
    });
  };
}

/** Every kind of step and guard Windlass knows. */
export const kinds: Kinds = { step: byName('step', STEPS), guard: byName('guard', GUARDS) };
