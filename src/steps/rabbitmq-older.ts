import { z } from 'zod';
import { busGate, closeBus, openBus, readBusGate } from '../drivers/firewall.ts';
import * as rabbitmq from '../drivers/rabbitmq.ts';
import * as systemd from '../drivers/systemd.ts';
import { complaint } from '../drivers/text.ts';
import type { Argv } from '../model/command.ts';
import { defineGuard, defineStep } from './kind.ts';
import { joined, leaveCluster } from './rabbitmq.ts';
import { answer, closed, done, found, open, todo, wait } from './verdict.ts';

/**
 * What servers do whose tools have neither definitions (3.8.2) nor maintenance mode (3.8.8) nor JSON (3.8): the same
 * ways, by `eval` and the kernel's packet filter. No secret passes through a plan: hashes go from server to server in
 * a file on the node.
 */
const UNIT = 'rabbitmq-server.service';
const ctl = (...argv: string[]): Argv => ['rabbitmqctl', '-q', '-t', '60', ...argv];
/** 3.6's `eval` answers for as long as it takes; only lists know a time. */
const evaluate = (program: string): Argv => ['rabbitmqctl', '-q', 'eval', program];

/** Where the server's own user may write and read; nobody else may look into it. */
export const OLDER_COPY = '/var/lib/rabbitmq/windlass-definitions.term';
/** Says that everything was given; /run is empty after a boot, and giving twice harms nothing. */
const GIVEN = '/run/windlass-bus-given';

/** Records by position: their shape is that of 3.6.0 to 3.8; users from before 3.6 have no algorithm, which means MD5. */
const KEEP = `Users = [{element(2, U), element(3, U), element(4, U), case element(5, U) of undefined -> rabbit_password_hashing_md5; A -> A end} || U <- ets:tab2list(rabbit_user)],
VHosts = [element(2, V) || V <- ets:tab2list(rabbit_vhost)],
Permissions = [{U, V, C, W, R} || {user_permission, {user_vhost, U, V}, {permission, C, W, R}} <- ets:tab2list(rabbit_user_permission)],
Parameters = [{V, C, N, T} || {runtime_parameters, {V, C, N}, T} <- ets:tab2list(rabbit_runtime_parameters)],
Head = [integer_to_list(length(L)) ++ " " || L <- [Users, VHosts, Permissions, Parameters]],
ok = file:write_file("${OLDER_COPY}", ["windlass ", Head, "\\n", term_to_binary({windlass, 1, Users, VHosts, Permissions, Parameters})]).`;

/** By the server's own functions, so that it keeps its records as it likes; each may be said again. */
const GIVE = `{ok, File} = file:read_file("${OLDER_COPY}"),
[_, Rest] = binary:split(File, <<"\\n">>),
{windlass, 1, Users, VHosts, Permissions, Parameters} = binary_to_term(Rest),
By = <<"windlass">>,
[case rabbit_vhost:exists(V) of true -> ok; false -> rabbit_vhost:add(V, By) end || V <- VHosts],
[begin
  case rabbit_auth_backend_internal:lookup_user(U) of
    {ok, _} -> ok;
    _ -> ok = rabbit_auth_backend_internal:add_user(U, base64:encode(crypto:strong_rand_bytes(32)), By)
  end,
  rabbit_auth_backend_internal:change_password_hash(U, Hash, Algorithm),
  rabbit_auth_backend_internal:set_tags(U, Tags, By)
end || {U, Hash, Tags, Algorithm} <- Users],
[rabbit_auth_backend_internal:set_permissions(U, V, C, W, R, By) || {U, V, C, W, R} <- Permissions],
[ok = rabbit_runtime_parameters:set_any(V, C, N, T, none) || {V, C, N, T} <- Parameters],
ok.`;

/** Users with their password hashes, vhosts, permissions, policies and parameters of an older server, kept on its node. */
export const rabbitmqKeepOlder = defineStep({
  kind: 'rabbitmq.keep-older',
  params: z.strictObject({ path: z.string() }),
  commands: ({ path }) => [
    { argv: ['install', '-d', '-m', '0700', path.replace(/\/[^/]*$/, '')] },
    // Made before it is written: the server's own umask would let others read it.
    { argv: ['install', '-o', 'rabbitmq', '-g', 'rabbitmq', '-m', '0600', '/dev/null', OLDER_COPY] },
    { argv: evaluate(KEEP) },
    { argv: ['install', '-m', '0600', OLDER_COPY, path] },
    { argv: ['rm', '-f', '--', OLDER_COPY] },
  ],
  undo: ({ path }) => [{ argv: ['rm', '-f', '--', path] }],
  looks: ({ path }) => ({ head: { argv: ['sed', '-n', '1p;1q', '--', path] } }),
  judge({ path }, seen) {
    const head = /^windlass ([1-9]\d*) (\d+) (\d+)/.exec(answer(seen, 'head').out);
    return answer(seen, 'head').rc === 0 && head
      ? done(`${head[1]} users, ${head[2]} vhosts, ${head[3]} permissions in ${path}`)
      : todo(`${path} is not there`);
  },
});

/**
 * Clients of the bus are refused by the node itself, from before the server starts. Not by the server's own listeners:
 * its configuration belongs to the configurer, there would be a moment before they close, and opening them would need
 * a restart of the new bus in the very moment it is needed.
 */
export const rabbitmqCloseOlder = defineStep({
  kind: 'rabbitmq.close-older',
  params: z.strictObject({}),
  commands: () => [closeBus],
  undo: () => [openBus],
  looks: () => ({ gate: busGate }),
  judge(_params, seen) {
    const asked = answer(seen, 'gate');
    if (asked.rc !== 0) return wait(`iptables: ${complaint(asked)}`);
    return readBusGate(asked.out) === true ? done('clients of the bus are refused') : todo('open to clients');
  },
});

/** Started by itself, behind the closed gate. */
export const rabbitmqStartOlder = defineStep({
  kind: 'rabbitmq.start-older',
  params: z.strictObject({ node: z.string(), version: z.string() }),
  commands: () => [
    { argv: systemd.unmask(UNIT) },
    { argv: systemd.resetFailed(UNIT) },
    { argv: systemd.start(UNIT) },
  ],
  undo: () => [{ argv: systemd.stop(UNIT) }, { argv: systemd.mask(UNIT) }],
  looks: () => ({ status: rabbitmq.olderStatus, gate: busGate }),
  judge({ node, version }, seen) {
    const status = rabbitmq.readOlderStatus(answer(seen, 'status'));
    if (typeof status === 'string') return todo(status);
    const mine = status.versions[`rabbit@${node}`]?.rabbitmq ?? '';
    if (!mine.startsWith(version)) return todo(`RabbitMQ ${mine || 'is not running'}`);
    if (status.running.length !== 1) return wait(`it runs with ${status.running.join(', ')}`);
    return readBusGate(answer(seen, 'gate').out) === true
      ? done(`RabbitMQ ${mine} runs alone, closed to clients`)
      : wait('it is not closed to clients');
  },
});

/** What was kept given to the new server; the `guest` of a fresh one goes when the old cluster had none. */
export const rabbitmqGiveOlder = defineStep({
  kind: 'rabbitmq.give-older',
  params: z.strictObject({ path: z.string(), users: z.array(z.string()) }),
  commands: ({ path, users }) => [
    { argv: ['install', '-o', 'rabbitmq', '-g', 'rabbitmq', '-m', '0600', path, OLDER_COPY] },
    { argv: evaluate(GIVE) },
    { argv: ['rm', '-f', '--', OLDER_COPY] },
    ...(users.includes('guest') ? [] : [{ argv: ctl('delete_user', 'guest') }]),
    { argv: ['install', '-m', '0644', '/dev/null', GIVEN] },
  ],
  looks: () => ({
    users: rabbitmq.olderUsers,
    given: { argv: ['find', GIVEN, '-maxdepth', '0'] },
  }),
  judge({ users }, seen) {
    const there = rabbitmq.readOlderUsers(answer(seen, 'users'));
    if (there === undefined) return wait('RabbitMQ does not answer');
    const missing = users.filter((user) => !there.includes(user));
    if (missing.length > 0) return todo(`users missing: ${missing.join(', ')}`);
    if (there.includes('guest') && !users.includes('guest')) return todo('the user guest is there');
    const given = found(answer(seen, 'given'));
    if (given === undefined) return wait(`find: ${complaint(answer(seen, 'given'))}`);
    return given === '' ? todo('not everything was given yet') : done(`${there.length} users`);
  },
});

/** The new server opened to clients: no restart, one rule less. */
export const rabbitmqAdmitOlder = defineStep({
  kind: 'rabbitmq.admit-older',
  params: z.strictObject({}),
  commands: () => [openBus],
  undo: () => [closeBus],
  looks: () => ({
    gate: busGate,
    listening: { argv: ['ss', '-Hltn', 'sport', '=', ':5672'] },
  }),
  judge(_params, seen) {
    const asked = answer(seen, 'gate');
    if (asked.rc !== 0) return wait(`iptables: ${complaint(asked)}`);
    if (readBusGate(asked.out) !== false) return todo('clients of the bus are refused');
    const listening = answer(seen, 'listening');
    return listening.rc === 0 && listening.out.trim() !== ''
      ? done('open, and listening on 5672')
      : wait('nobody listens on 5672');
  },
});

/** A fresh member joins the new cluster. `start` returns when it is up: its unit says so itself (Type=notify). */
export const rabbitmqJoinOlder = defineStep({
  kind: 'rabbitmq.join-older',
  params: z.strictObject({ node: z.string(), to: z.string() }),
  commands: ({ to }) => [
    { argv: systemd.unmask(UNIT) },
    { argv: systemd.resetFailed(UNIT) },
    { argv: systemd.start(UNIT) },
    { argv: ctl('stop_app') },
    { argv: ctl('reset') },
    { argv: ctl('join_cluster', `rabbit@${to}`) },
    { argv: ctl('start_app') },
  ],
  undo: leaveCluster,
  looks: () => ({ status: rabbitmq.olderStatus }),
  judge: (pair, seen) => joined(pair, rabbitmq.readOlderStatus(answer(seen, 'status'))),
});

/** At least `min` other members of an older bus run, without partitions. */
export const rabbitmqOlderRunning = defineGuard({
  kind: 'rabbitmq.older-running',
  params: z.strictObject({ nodes: z.array(z.string()).min(1), min: z.int().min(1) }),
  looks: ({ nodes }) => Object.fromEntries(nodes.map((on) => [on, { ...rabbitmq.olderStatus, on }])),
  judge({ nodes, min }, seen) {
    const words: string[] = [];
    for (const node of nodes) {
      const view = rabbitmq.readOlderStatus(answer(seen, node));
      if (typeof view === 'string') words.push(`${node}: ${view}`);
      else if (view.partitions.length > 0) return closed(`partitioned: ${view.partitions.join(', ')}`);
      else {
        const running = nodes.filter((name) => view.running.includes(`rabbit@${name}`));
        if (running.length >= min) return open(`running: ${running.join(', ')}`);
        words.push(`running: ${view.running.join(', ')}`);
      }
    }
    return closed(words.join('; '));
  },
});

/** No more messages wait in the old cluster than the policy lets be lost with it. */
export const rabbitmqOlderBacklog = defineGuard({
  kind: 'rabbitmq.older-backlog',
  params: z.strictObject({ node: z.string(), max: z.int().min(0) }),
  looks: ({ node }) => ({ waiting: { ...rabbitmq.olderBacklog, on: node } }),
  judge({ node, max }, seen) {
    const asked = answer(seen, 'waiting');
    const text = asked.out.trim();
    if (asked.lost || asked.rc !== 0 || !/^\d+$/.test(text))
      return closed(`${node}: RabbitMQ does not answer`);
    return Number(text) <= max
      ? open(`${text} messages waiting`)
      : closed(`${text} messages waiting, ${max} may be lost`);
  },
});
