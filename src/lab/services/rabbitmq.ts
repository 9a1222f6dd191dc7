import { z } from 'zod';
import { KILLED, until } from '../command.ts';
import { type Hands, type Health, type LabService, startUnit } from '../service.ts';
import { firstController, type Site } from '../site.ts';

/** The two queues that stand ready for bus probes: one mirrored by policy, one of quorum type. */
export const PROBE_QUEUES = { classic: 'windlass.probe.classic', quorum: 'windlass.probe.quorum' } as const;

const erlText = (text: string): string => `<<"${text}">>`;

/** An Erlang term that declares a durable queue: rabbitmqctl has no verb for it. */
function declareQueue(name: string, type?: string): string {
  const args = type === undefined ? '[]' : `[{${erlText('x-queue-type')}, longstr, ${erlText(type)}}]`;
  const queue = `rabbit_misc:r(${erlText('/')}, queue, ${erlText(name)})`;
  return `rabbit_amqqueue:declare(${queue}, true, false, ${args}, none, ${erlText('lab')}), ok.`;
}

const ClusterStatus = z.object({ running_nodes: z.array(z.string()) });

/** How many members a node sees running, out of `cluster_status` as JSON; none when it does not answer. */
export function runningMembers(out: string): number {
  const start = out.indexOf('{');
  return start < 0 ? 0 : ClusterStatus.parse(JSON.parse(out.slice(start))).running_nodes.length;
}

/** Exit codes by which rabbitmqctl says that its node is down or not ready; or it gave no answer in its time. */
const NOT_UP = [64, 69, 70, 75, KILLED];

const views = (site: Site, hands: Hands): Promise<{ name: string; running: number }[]> =>
  Promise.all(
    site.controllers.map(async (node) => {
      const options = { timeoutMs: 60_000, accept: NOT_UP };
      const out = await hands.on(node, 'rabbitmqctl -q cluster_status --formatter json', options);
      return { name: node.name, running: runningMembers(out) };
    }),
  );

async function whole(site: Site, hands: Hands, seconds: number): Promise<void> {
  await until(
    'RabbitMQ members together',
    seconds,
    async () => {
      const bad = (await views(site, hands)).filter((view) => view.running !== site.controllers.length);
      return bad.length === 0 || bad.map((view) => `${view.name} sees ${view.running}`).join('; ');
    },
    1500,
  );
}

const USERS = ['openstack', 'probe'] as const;

// Passwords go in by standard input: a command line is for all to read.
const addUser = (site: Site, name: (typeof USERS)[number]): string =>
  `rabbitmqctl -q add_user ${name} <<'PASSWORD'\n${site.secret(`rabbit-${name}`)}\nPASSWORD
rabbitmqctl -q set_permissions -p / ${name} '.*' '.*' '.*'`;

/** 4.0's `add_user` reads no password but from a terminal: it waited for ever (lab). */
function importUsers(site: Site): string {
  const file = '/var/lib/rabbitmq/lab-users.json';
  const definitions = {
    users: USERS.map((name) => ({ name, password: site.secret(`rabbit-${name}`), tags: [], limits: {} })),
    permissions: USERS.map((user) => ({ user, vhost: '/', configure: '.*', write: '.*', read: '.*' })),
  };
  return `install -o rabbitmq -g rabbitmq -m 0600 /dev/stdin ${file} <<'DEFINITIONS'\n${JSON.stringify(definitions)}\nDEFINITIONS
rabbitmqctl -q import_definitions ${file}
rm -f ${file}`;
}

/** Classic queues are mirrored as long as RabbitMQ knows how: 4.0 refuses the policy. */
const MIRRORED = `rabbitmqctl -q set_policy ha-all '^(?!amq\\.)(?!.*\\.quorum$).*' '{"ha-mode":"all","ha-sync-mode":"automatic"}' --apply-to queues
`;

const START = startUnit('rabbitmq-server');

export const rabbitmq: LabService = {
  name: 'rabbitmq',
  packages: ['rabbitmq-server'],
  units: ['rabbitmq-server'],
  secrets: { 'erlang-cookie': 'cookie', 'rabbit-openstack': 'password', 'rabbit-probe': 'password' },
  files: (site, node) => [
    {
      path: '/etc/rabbitmq/rabbitmq-env.conf',
      // One scheduler that does not spin: three brokers share two cores with everything else.
      content: `NODENAME=rabbit@${node.name}
RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="+S 1:1 +sbwt none +sbwtdcpu none +sbwtdio none"
`,
    },
    {
      path: '/etc/rabbitmq/rabbitmq.conf',
      content: `listeners.tcp.default = 5672
heartbeat = 60
vm_memory_high_watermark.absolute = 512MB
disk_free_limit.absolute = 100MB
`,
    },
    { path: '/etc/rabbitmq/advanced.config', content: '[{kernel, [{net_ticktime, 90}]}].\n' },
    {
      path: '/var/lib/rabbitmq/.erlang.cookie',
      content: site.secret('erlang-cookie'),
      mode: 0o400,
      owner: 'rabbitmq:rabbitmq',
    },
  ],

  async first(site, hands) {
    await Promise.all(site.controllers.map((node) => hands.on(node, START, { timeoutMs: 300_000 })));
    const one = firstController(site);
    for (const node of site.controllers.slice(1)) {
      await hands.on(
        node,
        `rabbitmqctl -q stop_app; rabbitmqctl -q reset; rabbitmqctl -q join_cluster rabbit@${one.name}; rabbitmqctl -q start_app`,
        { timeoutMs: 300_000 },
      );
    }
    const old = site.topology.suite === 'bookworm';
    await hands.on(
      one,
      `${old ? USERS.map((name) => addUser(site, name)).join('\n') : importUsers(site)}
rabbitmqctl -q delete_user guest
${old ? MIRRORED : ''}rabbitmqctl -q eval '${declareQueue(PROBE_QUEUES.classic)}'
rabbitmqctl -q eval '${declareQueue(PROBE_QUEUES.quorum, 'quorum')}'`,
      { timeoutMs: 300_000 },
    );
    for (const node of site.controllers) await hands.on(node, 'systemctl -q enable rabbitmq-server');
    await whole(site, hands, 120);
  },

  async cold(site, hands) {
    // Members wait for the one that stopped last, so all are started at once.
    await Promise.all(
      site.controllers.map((node) => hands.on(node, START, { timeoutMs: 400_000, accept: [1] })),
    );
    if ((await views(site, hands)).every((view) => view.running === 0)) {
      // After a power cut each may believe that another one stopped later: one must be told to go ahead.
      hands.say('RabbitMQ: no member goes first by itself, the first controller is told to');
      const stop = 'systemctl stop rabbitmq-server';
      await Promise.all(site.controllers.map((node) => hands.on(node, stop, { timeoutMs: 180_000 })));
      await hands.on(firstController(site), `rabbitmqctl -q force_boot\n${START}`, { timeoutMs: 300_000 });
      await Promise.all(site.controllers.map((node) => hands.on(node, START, { timeoutMs: 300_000 })));
    }
    await whole(site, hands, 180);
  },

  async rest(site, hands) {
    for (const node of site.controllers.toReversed()) {
      await hands.on(node, 'systemctl stop rabbitmq-server', { timeoutMs: 180_000 });
    }
  },

  async health(site, hands): Promise<readonly Health[]> {
    const size = site.controllers.length;
    return (await views(site, hands)).map((view) => ({
      name: `rabbitmq ${view.name}`,
      ok: view.running === size,
      detail: `sees ${view.running} of ${size} running`,
    }));
  },
};
