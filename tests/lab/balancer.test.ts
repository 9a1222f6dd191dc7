// Requests under way in a real HAProxy: what is drained, held and ended, by the steps a planner gives.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Cluster } from '../../src/model/cluster.ts';
import { Chain, Draft } from '../../src/plan/draft.ts';
import { drainApis } from '../../src/plan/os-roll/drain.ts';
import { type Bench, openBench } from './bench.ts';
import { answerOf } from './operator.ts';
import { runDraft, type Worked } from './run-draft.ts';

const SOCKET = '/run/haproxy/admin.sock';

let bench: Bench;
let tenants = 0;

/** One API that answers a request when /run/answers is there; HAProxy before it, as the lab's controllers have it. */
const PREPARE = `export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
apt-get -qq install --no-install-recommends -y haproxy socat python3 curl
cat > /root/api.py <<'EOF'
import http.server, os, time
class Api(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        while not os.path.exists('/run/answers'):
            time.sleep(0.05)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'answered')
http.server.ThreadingHTTPServer(('127.0.0.1', 9001), Api).serve_forever()
EOF
systemd-run -q --unit api python3 /root/api.py
cat > /etc/haproxy/haproxy.cfg <<'EOF'
global
  stats socket ${SOCKET} mode 600 level admin
defaults
  mode http
  timeout connect 5s
  timeout client 1h
  timeout server 1h
frontend fe
  bind 127.0.0.1:9000
  default_backend glancebe
backend glancebe
  server ctl1 127.0.0.1:9001
EOF
systemctl restart haproxy
until curl -s -o /dev/null http://127.0.0.1:9001/ --max-time 1 || test $? = 28; do sleep 0.1; done
`;

/** Acts as the tenants and the operators do: by their own SSH, not by a step of any plan. */
const shell = (script: string): Promise<string> => answerOf(bench.lab, bench.node, 'sh', '-euc', script);

/** A tenant asks, and its request has come to the API. */
function request(): Promise<string> {
  tenants += 1;
  return shell(`systemd-run -q --unit tenant-${tenants} -p StandardOutput=truncate:/run/tenant.out --remain-after-exit \
  curl -s -w %{http_code} http://127.0.0.1:9000/
until echo show stat | socat stdio ${SOCKET} | grep -q "^glancebe,ctl1,[0-9]*,[0-9]*,1,"; do sleep 0.1; done`);
}

/** What the tenant got, once its request is over. */
const got = (): Promise<string> =>
  shell(`until systemctl show -P SubState tenant-${tenants} | grep -q -e exited -e failed; do sleep 0.1; done
cat /run/tenant.out`);

function drain(policy: Record<string, unknown>): Promise<Worked> {
  const { cluster, node } = bench;
  const draft = new Draft();
  draft.phase('p', 'P');
  new Chain(draft, []).step({
    id: `${node}/haproxy/drain`,
    ...drainApis({ cluster: Cluster.parse({ ...cluster, policy }), balancers: [node], socket: SOCKET }, [
      { backend: 'glancebe', server: 'ctl1' },
    ]),
    title: 'Drain',
    why: 'test',
    source: '001',
    estimate: 1,
  });
  return runDraft(draft, bench);
}

beforeAll(async () => {
  bench = await openBench('balancing');
  await shell(PREPARE);
});

beforeEach(async () => {
  await shell(`rm -f /run/answers; echo "set server glancebe/ctl1 state ready" | socat stdio ${SOCKET}`);
});

afterAll(() => bench?.close());

test('a request that does not end holds the run, cut off by nobody; once it has ended the run goes on', async () => {
  await request();
  const held = await drain({ drain: '2s' });
  expect(held.outcome).toMatchObject({ is: 'halted', faults: [{ code: 'WL-STEP-CHECK' }] });
  expect(JSON.stringify(held.outcome)).toContain('glancebe: 1 sessions');
  await shell('touch /run/answers');
  expect(await got()).toBe('answered200');
  expect((await held.again()).outcome).toEqual({ is: 'finished' });
});

test('it is ended, and told of, where the policy says so', async () => {
  await request();
  const { outcome, told } = await drain({ drain: '2s', undrained: 'end' });
  expect({ outcome, told }).toEqual({
    outcome: { is: 'finished' },
    told: ['glancebe/ctl1: 1 requests had not ended after 2 s and were ended'],
  });
  expect(await got()).not.toContain('answered');
});

test('one that ends in time is let end', async () => {
  await request();
  const drained = drain({ drain: '60s', undrained: 'end' });
  await shell(`until echo show stat | socat stdio ${SOCKET} | grep "^glancebe,ctl1," | grep -q DRAIN; do sleep 0.1; done
touch /run/answers`);
  const { outcome, told } = await drained;
  expect({ outcome, told }).toEqual({ outcome: { is: 'finished' }, told: [] });
  expect(await got()).toBe('answered200');
});
