// The real puppet agent, the real ansible-playbook and a command, kept off a node and let end its work, by real plans.
// There is no puppet server here: the agent is a client of one in all but the fetch, and takes its catalogue, compiled
// on the spot, from its own cache (`use_cached_catalog`). Locks, daemon, run, noop, sums and exit codes are its own.
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sshArgv } from '../../src/lab/index.ts';
import { Cluster } from '../../src/model/cluster.ts';
import { Chain, Draft } from '../../src/plan/draft.ts';
import { afterWork, beforeWork } from '../../src/plan/os-roll/configure.ts';
import { type Bench, openBench } from './bench.ts';
import { runDraft, type Worked } from './run-draft.ts';

const MOTD = '/etc/windlass-lab-motd';
const LOCK = '/var/cache/puppet/state/agent_disabled.lock';

let bench: Bench;

/** What an agent needs before it looks at a catalogue at all: a certificate of its own, and a CA. */
const AGENT = `export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
apt-get -qq install --no-install-recommends -y puppet-agent ansible-core openssl
ssl=/var/lib/puppet/ssl
install -d -o puppet -g puppet $ssl/certs $ssl/private_keys
cd $ssl
openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out certs/ca.pem -subj /CN=lab-ca -days 2
openssl req -newkey rsa:2048 -nodes -keyout private_keys/lab.pem -out lab.csr -subj /CN=lab
openssl x509 -req -in lab.csr -CA certs/ca.pem -CAkey ca.key -CAcreateserial -days 2 -out certs/lab.pem
chown -R puppet:puppet .
cat > /etc/puppet/puppet.conf <<'EOF'
[main]
certname = lab
[agent]
certificate_revocation = false
use_cached_catalog = true
report = false
EOF
`;

/** A manifest compiled into the agent's cache: what a server would have answered. */
const CATALOGUE = `site=/etc/puppet/code/environments/production/manifests/site.pp
cache=/var/cache/puppet/client_data/catalog
install -d "\${site%/*}" "$cache"
given > "$site"
puppet catalog compile lab --node_terminus plain --render-as json > /tmp/catalogue
sed -n '/^{/,$p' /tmp/catalogue > "$cache/lab.json"
test -s "$cache/lab.json"
`;

/** Prepares the host by its operators' own SSH: not a step of any plan. `given` prints the input. */
function prepare(script: string, input = ''): void {
  const [ssh = '', ...args] = sshArgv(bench.lab.place, bench.node, ['sh', '-eus']);
  const given = `given() {\ncat <<'GIVEN'\n${input}\nGIVEN\n}\n`;
  // One function, so that the whole script is read before a command of it could take the rest for its input.
  const whole = `${given}main() {\n${script}\n}\nmain < /dev/null\n`;
  execFileSync(ssh, args, { input: whole, stdio: ['pipe', 'pipe', 'pipe'], timeout: 300_000 });
}

const ask = async (...argv: string[]): Promise<string> =>
  (await bench.links.link(bench.node).look({ argv })).out.trim();

type Part = typeof beforeWork;
/** Plans parts of a node's work for a configuration, and runs the plan to its end. */
async function work(configuration: unknown, ...parts: readonly Part[]): Promise<Worked> {
  const configured = Cluster.parse({ ...bench.cluster, configuration });
  const draft = new Draft();
  draft.phase('p', 'P');
  const chain = new Chain(draft, []);
  for (const part of parts) part(chain, configured, bench.node);
  return runDraft(draft, bench);
}

beforeAll(async () => {
  bench = await openBench('configuring');
  prepare(AGENT);
});

afterAll(() => bench?.close());

describe('puppet', () => {
  const puppet = { by: 'puppet' };
  const reason = `{"disabled_message":"windlass: configuring is being upgraded"}`;

  test('is kept off: neither its daemon nor a person’s run changes anything', async () => {
    prepare(CATALOGUE, `file { '${MOTD}': content => "one\\n" }\n`);
    const { outcome, because } = await work(puppet, beforeWork);
    expect({ outcome, because }).toEqual({
      outcome: { is: 'finished' },
      because: ['disabled by us, and no run is under way'],
    });
    expect(await ask('cat', LOCK)).toBe(reason);

    prepare(`systemctl start puppet
until journalctl -u puppet -o cat | grep -q "administratively disabled (Reason: 'windlass: configuring"; do sleep 0.2; done
systemctl stop puppet
rc=0
puppet agent --test || rc=$?
test "$rc" -eq 1
test ! -e ${MOTD}`);
  });

  test('goes on where it is already kept off by us', async () => {
    expect((await work(puppet, beforeWork)).outcome).toEqual({ is: 'finished' });
  });

  test('is applied past our lock, asked whether anything is left, and let go', async () => {
    const { outcome, because } = await work(puppet, afterWork);
    expect(outcome).toEqual({ is: 'finished' });
    expect(because.slice(1)).toEqual([
      'applied; a run without changes finds 8 resources as they should be',
      'enabled',
    ]);
    expect(await ask('cat', MOTD)).toBe('one');
    expect(await ask('find', LOCK)).toBe('');
  });

  test('stays off while something is left, which is named, and is let go when it is mended', async () => {
    prepare(CATALOGUE, "exec { 'never settles': command => '/bin/true' }\n");
    const left = await work(puppet, beforeWork, afterWork);
    expect(left.outcome).toMatchObject({ is: 'halted', faults: [{ code: 'WL-STEP-CHECK' }] });
    expect(JSON.stringify(left.outcome)).toContain('Exec[never settles]');
    expect(await ask('cat', LOCK)).toBe(reason);

    prepare(CATALOGUE, "exec { 'breaks': command => '/bin/false' }\n");
    const broken = await left.again();
    expect(broken.outcome).toMatchObject({ is: 'halted', faults: [{ code: 'WL-STEP-COMMAND' }] });
    expect(JSON.stringify(broken.outcome)).toContain('resources failed');
    expect(await ask('cat', LOCK)).toBe(reason);

    prepare(CATALOGUE, `file { '${MOTD}': content => "one\\n" }\n`);
    expect((await broken.again()).outcome).toEqual({ is: 'finished' });
    expect(await ask('find', LOCK)).toBe('');
  });

  test('disabled by somebody else is left so, and goes on when they let it', async () => {
    prepare('puppet agent --disable "disk being changed, Ann"');
    const refused = await work(puppet, beforeWork);
    expect(refused.outcome).toMatchObject({ is: 'halted', faults: [{ code: 'WL-STEP-REFUSED' }] });
    expect(JSON.stringify(refused.outcome)).toContain('disk being changed, Ann');
    expect(await ask('cat', LOCK)).toBe('{"disabled_message":"disk being changed, Ann"}');
    prepare('puppet agent --enable');
    expect((await refused.again()).outcome).toEqual({ is: 'finished' });
    expect(await ask('cat', LOCK)).toBe(reason);
    prepare('puppet agent --enable');
  });
});

test('a playbook is run for the node, and asked with --check', async () => {
  const play = [
    {
      hosts: 'all',
      gather_facts: false,
      connection: 'local',
      tasks: [{ copy: { content: 'two\n', dest: MOTD } }],
    },
  ];
  prepare('given > /root/site.yml', JSON.stringify(play));
  const apply = ['ansible-playbook', '-i', '{node},', '--limit', '{node}', '/root/site.yml'];
  const { outcome, because } = await work({ by: 'ansible', on: bench.node, apply }, beforeWork, afterWork);
  expect(outcome).toEqual({ is: 'finished' });
  expect(because.at(-1)).toBe('applied; --check would change nothing on 1 hosts');
  expect(await ask('cat', MOTD)).toBe('two');
});

test('any command, with its own pause, codes and check', async () => {
  // A daemon that is told to stop before it has its signals in hand ends as failed: the operator's has been up for long.
  prepare(
    `given > /root/site.pp
systemctl start puppet
until [ "$(cat /run/puppet/agent.pid)" = "$(systemctl show -P MainPID puppet)" ]; do sleep 0.2; done`,
    `file { '${MOTD}': content => "three\\n" }\n`,
  );
  const configuration = {
    by: 'command',
    apply: ['puppet', 'apply', '--detailed-exitcodes', '/root/site.pp'],
    good: [0, 2],
    check: { argv: ['grep', '-qx', 'three', MOTD] },
    pause: {
      disable: ['systemctl', 'stop', 'puppet'],
      enable: ['systemctl', 'start', 'puppet'],
      disabled: { argv: ['systemctl', 'is-active', 'puppet'], yes: [3], no: [0] },
    },
  };
  expect((await work(configuration, beforeWork)).outcome).toEqual({ is: 'finished' });
  expect(await ask('systemctl', 'is-active', 'puppet')).toBe('inactive');
  expect((await work(configuration, afterWork)).outcome).toEqual({ is: 'finished' });
  expect(await ask('systemctl', 'is-active', 'puppet')).toBe('active');
  expect(await ask('cat', MOTD)).toBe('three');
  expect(await ask('find', '/var/lib/windlass', '-maxdepth', '1', '-name', 'paused*')).toBe('');
});
