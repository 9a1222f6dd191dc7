import { z } from 'zod';
import * as http from '../drivers/http.ts';
import * as systemd from '../drivers/systemd.ts';
import { complaint, lines } from '../drivers/text.ts';
import type { Seen, Verdict } from '../model/command.ts';
import { REBOOT_MARK } from './apt.ts';
import { defineStep } from './kind.ts';
import { answer, done, found, todo, wait } from './verdict.ts';

const Units = z.strictObject({ units: z.array(z.string()).min(1) });

/**
 * A daemon ends what it has begun before it stops: nova's sleep 160 s from 2026.1 on (`manager_shutdown_timeout`; in the
 * lab 166 s for its conductor, under a unit that allows 185 s).
 */
const STOPPING = 600;

/** A start takes as long as systemd waits for the daemon to say that it is ready: 90 s for each, where its unit says nothing. */
const STARTING = 600;

/** Services stopped and masked, so that neither a package nor a boot brings them up. */
export const systemdHold = defineStep({
  kind: 'systemd.hold',
  atLeast: STOPPING,
  params: Units,
  commands: ({ units }) => [
    { argv: systemd.stop(...units) },
    systemd.endLeft(...units),
    { argv: systemd.mask(...units) },
  ],
  undo: ({ units }) => [{ argv: systemd.unmask(...units) }, { argv: systemd.start(...units) }],
  looks: ({ units }) => ({ states: systemd.unitStates(units), left: systemd.leftRunning(units) }),
  judge: ({ units }, seen) => stopped(units, seen, 'masked'),
});

/** Whether all units have stopped, with every daemon of theirs, and are masked or are not. */
function stopped(
  units: readonly string[],
  seen: Readonly<Record<string, Seen>>,
  mask: 'masked' | 'not masked',
): Verdict {
  const states = systemd.readUnitStates(answer(seen, 'states'));
  for (const unit of units.map(systemd.unitName)) {
    const state = states[unit];
    if (!state) return todo(`${unit} is unknown`);
    if (state.active === 'deactivating') return wait(`${unit} is stopping`);
    if (state.active !== 'inactive' && state.active !== 'failed') return todo(`${unit} is ${state.active}`);
    const is = state.load === 'masked' ? 'masked' : 'not masked';
    if (is !== mask) return todo(`${unit} is ${is}`);
  }
  const left = answer(seen, 'left');
  if (left.rc !== 0) return wait(complaint(left));
  if (left.out.trim() !== '')
    return todo(`process ${lines(left.out).join(', ')} runs on though its unit stopped`);
  return done(`${units.join(', ')} stopped${mask === 'masked' ? ' and masked' : ''}`);
}

/**
 * Services told to stop, without waiting for their end. Nova's daemons take nothing new from the bus from the moment they
 * are told, and then let what they have begun run out for up to 160 s (from 2026.1 on; `stop` of `nova/service.py` closes
 * the RPC server first): whoever takes over need not wait for that. Not masked: a mask takes the unit's own patience
 * with its daemon away while it stops (`TimeoutStopSec`), so `systemd.hold` follows it.
 */
export const systemdBeginStop = defineStep({
  kind: 'systemd.begin-stop',
  params: Units,
  commands: ({ units }) => [{ argv: systemd.beginStop(...units) }],
  undo: ({ units }) => [{ argv: systemd.start(...units) }],
  looks: ({ units }) => ({ states: systemd.unitStates(units) }),
  judge({ units }, seen) {
    const states = systemd.readUnitStates(answer(seen, 'states'));
    for (const unit of units.map(systemd.unitName)) {
      const state = states[unit];
      if (!state) return todo(`${unit} is unknown`);
      if (!['deactivating', 'inactive', 'failed'].includes(state.active))
        return todo(`${unit} is ${state.active}`);
    }
    return done(`${units.join(', ')} told to stop`);
  },
});

/** Of these units, the first that is kept down or is not; undefined where all are as wanted. */
export function down(units: readonly string[], seen: Seen, wanted: boolean): string | undefined {
  const there = lines(seen.out);
  return units.find((unit) => systemd.downPaths([unit]).every((path) => there.includes(path)) !== wanted);
}

/**
 * Services stopped and not masked: keystone's postinst enables its unit and fails on a masked one, apt ending with 100
 * (research/lab.md 5 (1); seen again with Gazpacho's). `until: release`: nothing starts them before `systemd.release`
 * does. A node that booted in the middle of its upgrade ran half-new daemons on the bus before (lab).
 */
export const systemdStop = defineStep({
  kind: 'systemd.stop',
  atLeast: STOPPING,
  params: Units.extend({ until: z.literal('release').optional() }),
  commands: ({ units, until }) => [
    ...(until ? [systemd.keepDown(...units)] : []),
    { argv: systemd.stop(...units) },
    systemd.endLeft(...units),
    { argv: systemd.unmask(...units) },
  ],
  undo: ({ units, until }) => [
    ...(until ? [systemd.letUp(...units)] : []),
    { argv: systemd.start(...units) },
  ],
  looks: ({ units, until }) => ({
    states: systemd.unitStates(units),
    left: systemd.leftRunning(units),
    ...(until ? { down: systemd.keptDown } : {}),
  }),
  judge({ units, until }, seen) {
    const verdict = stopped(units, seen, 'not masked');
    if (verdict.is !== 'done' || !until) return verdict;
    const free = down(units, answer(seen, 'down'), true);
    return free === undefined ? verdict : todo(`${free} would start at a boot`);
  },
});

/**
 * Services unmasked and started. A unit that is `active` proves little (uwsgi stays active with a broken
 * application), so an API is also asked by HTTP on its own node. `enable`: those that a boot has to start too; trixie's
 * placement-api comes disabled, and would be gone at the next one (lab).
 */
export const systemdRelease = defineStep({
  kind: 'systemd.release',
  atLeast: STARTING,
  params: z.strictObject({
    units: z.array(z.string()).min(1),
    enable: z.array(z.string()).min(1).optional(),
    http: z.strictObject({ url: z.string(), expect: z.array(z.int()) }).optional(),
  }),
  commands: ({ units, enable = [] }) => [
    { argv: systemd.unmask(...units) },
    systemd.letUp(...units),
    ...(enable.length > 0 ? [systemd.enableDisabled(...enable)] : []),
    systemd.forgive(...units),
    systemd.startInTurn(...units),
  ],
  undo: ({ units }) => [{ argv: systemd.stop(...units) }, { argv: systemd.mask(...units) }],
  looks: ({ units, http: ask }) => ({
    states: systemd.unitStates(units),
    down: systemd.keptDown,
    ...(ask ? { http: http.statusOf(ask.url) } : {}),
  }),
  judge({ units, enable = [], http: ask }, seen) {
    const states = systemd.readUnitStates(answer(seen, 'states'));
    const kept = answer(seen, 'down');
    if (kept.rc !== 0) return wait(`what is kept from starting: ${complaint(kept)}`);
    const held = down(units, kept, false);
    if (held !== undefined) return todo(`${held} is kept from starting`);
    for (const unit of units.map(systemd.unitName)) {
      const state = states[unit];
      if (!state || state.load === 'masked') return todo(`${unit} is masked`);
      // One that was not ready in time is ended by systemd, and begun anew where its unit says so.
      if (state.active === 'activating' || state.active === 'deactivating')
        return wait(`${unit} is ${state.active} (${state.sub})`);
      if (state.active !== 'active') return todo(`${unit} is ${state.active}`);
    }
    const off = enable.find((unit) => states[systemd.unitName(unit)]?.enabled === 'disabled');
    if (off !== undefined) return todo(`${off} would not start at a boot`);
    if (ask) {
      const status = http.readStatusOf(answer(seen, 'http'));
      if (!ask.expect.includes(status)) return wait(`${ask.url} answers ${status || 'nothing'}`);
    }
    return done(`${units.join(', ')} active${ask ? ' and answering' : ''}`);
  },
});

/** Where it is written down that units were restarted for a reason: a restart itself leaves no trace that lasts. */
export const RESTARTED = '/var/lib/windlass/restarted';

/**
 * Services started anew, once for each `key`: with other options, or code that was exchanged under them. Cut off
 * between the restart and the note of it, it is made again, which harms no more than the first one.
 */
export const systemdRestart = defineStep({
  kind: 'systemd.restart',
  atLeast: STOPPING,
  params: z.strictObject({
    units: z.array(z.string()).min(1),
    key: z.string().regex(/^[\w.-]+$/),
    http: z.strictObject({ url: z.string(), expect: z.array(z.int()) }).optional(),
  }),
  commands: ({ units, key }) => [
    { argv: ['systemctl', 'restart', '--', ...units.map(systemd.unitName)] },
    { argv: ['install', '-D', '-m', '0644', '/dev/null', `${RESTARTED}/${key}`] },
  ],
  looks: ({ units, key, http: ask }) => ({
    note: { argv: ['find', `${RESTARTED}/${key}`, '-maxdepth', '0'] },
    states: systemd.unitStates(units),
    ...(ask ? { http: http.statusOf(ask.url) } : {}),
  }),
  judge({ units, http: ask }, seen) {
    const note = found(answer(seen, 'note'));
    if (note === undefined) return wait(`find: ${complaint(answer(seen, 'note'))}`);
    if (note === '') return todo('not restarted yet');
    const states = systemd.readUnitStates(answer(seen, 'states'));
    for (const unit of units.map(systemd.unitName)) {
      if (states[unit]?.active !== 'active') return wait(`${unit} is ${states[unit]?.active ?? 'unknown'}`);
    }
    if (ask) {
      const status = http.readStatusOf(answer(seen, 'http'));
      if (!ask.expect.includes(status)) return wait(`${ask.url} answers ${status || 'nothing'}`);
    }
    return done(`${units.join(', ')} restarted${ask ? ' and answering' : ''}`);
  },
});

/** A node booted into what was installed. The mark lies in /run, which a boot empties. */
export const nodeReboot = defineStep({
  kind: 'node.reboot',
  params: z.strictObject({}),
  commands: () => [{ argv: ['systemctl', 'reboot'] }],
  looks: () => ({
    mark: { argv: ['find', REBOOT_MARK, '-maxdepth', '0'] },
    system: { argv: ['systemctl', 'is-system-running'] },
  }),
  judge(_params, seen) {
    const mark = found(answer(seen, 'mark'));
    if (mark === undefined) return wait(`find: ${complaint(answer(seen, 'mark'))}`);
    if (mark !== '') {
      return answer(seen, 'system').out.trim() === 'stopping'
        ? wait('shutting down')
        : todo('runs from before the upgrade');
    }
    const system = answer(seen, 'system').out.trim();
    return system === 'running' || system === 'degraded'
      ? done(`booted: ${system}`)
      : wait(`booting: ${system}`);
  },
});

/** A last look at a node: nothing failed, nothing half configured, nothing of ours left. */
export const nodeVerify = defineStep({
  kind: 'node.verify',
  params: z.strictObject({ codename: z.string(), absent: z.array(z.string()) }),
  commands: () => [],
  looks: ({ absent }) => ({
    os: { argv: ['cat', '/etc/os-release'] },
    failed: { argv: ['systemctl', 'list-units', '--state=failed', '--plain', '--no-legend'] },
    masked: { argv: ['find', '/etc/systemd/system', '-maxdepth', '1', '-lname', '/dev/null'] },
    down: systemd.ours,
    audit: { argv: ['dpkg', '--audit'] },
    absent: { argv: ['find', ...absent, '-maxdepth', '0'] },
  }),
  judge({ codename }, seen) {
    if (!answer(seen, 'os').out.includes(`VERSION_CODENAME=${codename}`)) return todo(`not on ${codename}`);
    for (const [what, title] of [
      ['failed', 'failed units'],
      ['masked', 'units still masked'],
      ['down', 'kept from starting'],
      ['audit', 'dpkg --audit'],
      ['absent', 'left behind'],
    ] as const) {
      const told = answer(seen, what);
      // `find` says 1 where nothing is left, and `dpkg --audit` where something is: then its text says so.
      if (told.rc !== 0 && told.rc !== 1) return wait(`${title}: ${complaint(told)}`);
      const text = told.out.trim();
      if (text !== '') return todo(`${title}: ${text.replace(/\s*\n\s*/g, '; ')}`);
    }
    return done(`on ${codename}, nothing failed, nothing left behind`);
  },
});
