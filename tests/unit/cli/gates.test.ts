import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { parseCluster } from '../../../src/cli/cluster-file.ts';
import { origin, person } from '../../../src/cli/person.ts';
import { windlass } from '../../../src/cli/program.ts';
import type { Gate } from '../../../src/model/plan.ts';
import { openJournal } from '../../../src/run/index.ts';
import { openProbeStore } from '../../../src/watch/index.ts';
import { plan, step } from '../run/world.ts';

const RUN = 'r1';
const me = person();
const chain = [step('a', 'one'), step('b', 'two', ['a/one/set'])];
const gate = (more: Partial<Gate> = {}): Gate => ({
  id: 'rest',
  title: 'the rest is next',
  before: ['b/two/set'],
  approvals: 2,
  approvers: [me, 'ben'],
  expires: 7200,
  onExpiry: 'halt',
  ...more,
});

let state: string;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'windlass-gates-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(state, { recursive: true });
});

/** A run that came to its gate ten minutes ago. */
async function atGate(more: Partial<Gate> = {}, told?: string[]): Promise<void> {
  const journal = openJournal(join(state, 'journal.db'));
  const made = plan(chain, {}, [gate(more)]);
  const at = Date.now() - 600_000;
  await journal.create(RUN, made, 'ann', at);
  const from = { host: 'desk', tty: '/dev/pts/3', client: '192.0.2.7' };
  for (const event of [
    { type: 'run.started', at, run: RUN, plan: made.id, cluster: 'fake', by: 'ann', epoch: 1, from },
    { type: 'step.started', at, step: 'a/one/set', attempt: 1 },
    {
      type: 'step.finished',
      at,
      step: 'a/one/set',
      outcome: 'done',
      because: told === undefined ? 'seen' : '20 upgraded, 0 new, 1 removed',
      ...(told === undefined ? {} : { told }),
    },
    { type: 'gate.opened', at, gate: 'rest' },
  ] as const) {
    await journal.append(RUN, event);
  }
  await journal.close();
}

/** What a command prints, and what it tells along the way. */
async function typed(...words: string[]): Promise<{ out: string; err: string }> {
  let out = '';
  let err = '';
  const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  const stderr = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += String(text);
    return true;
  });
  try {
    await windlass().parseAsync(['node', 'windlass', ...words, '--state', state]);
  } finally {
    stdout.mockRestore();
    stderr.mockRestore();
  }
  return { out, err };
}
const rows = async (): Promise<Record<string, unknown>[]> =>
  JSON.parse((await typed('audit', '--format', 'json')).out);

describe('windlass status', () => {
  test('tells of an open gate since when, who approved, who may, what is missing and until when', async () => {
    await atGate();
    await typed('approve', 'rest');
    const { out } = await typed('status');
    expect(out).toMatch(/gate rest is open since \d\d:\d\d:\d\d: the rest is next\n/);
    expect(out).toContain(`    approved by ${me}; may approve: ${me}, ben\n`);
    expect(out).toMatch(/ {4}missing: 1 approval of ben; it expires at \d\d:\d\d:\d\d\n/);
    const [told] = JSON.parse((await typed('status', '--json')).out).gates;
    expect(told).toMatchObject({
      id: 'rest',
      is: 'open',
      approvers: [me],
      may: [me, 'ben'],
      missing: { approvals: 1, of: ['ben'] },
    });
    expect(told.missing.expiresAt - told.openedAt).toBe(7_200_000);
  });

  test('tells what is measured as it is now', async () => {
    const condition = { kind: 'quiet' as const, minutes: 2, failures: 0 };
    await atGate({ approvals: 0, condition });
    expect((await typed('status')).out).toContain('measured now: nothing is watched – not yet so\n');
    const store = openProbeStore(join(state, 'probes.db'));
    store.declare({ name: 'api', kind: 'tcp', where: 'x', rate: 1 });
    const now = Date.now();
    store.add(
      Array.from({ length: 200 }, (_, at) => {
        const started = now - (200 - at) * 1000;
        return { probe: 'api', started, ended: started + 5, ok: at !== 150 };
      }),
    );
    store.close();
    const { out } = await typed('status');
    expect(out).toContain('missing: nothing failed for 2 min; it expires at');
    expect(out).toMatch(/measured now: 1 of \d+ attempts failed within 2 min \(api\) – not yet so\n/);
  });
});

describe('what a gate shows', () => {
  const lines = ['removed old-agent 1', ...Array.from({ length: 20 }, (_, at) => `upgraded lib${at} 1 to 2`)];
  const shows = ['a/one/set'];
  const looked = async (): Promise<void> => {
    await atGate({ shows, approvals: 1 }, lines);
  };

  test('is told by status, in short and to the end', async () => {
    await looked();
    const { out } = await typed('status');
    expect(out).toContain('    a: 20 upgraded, 0 new, 1 removed\n      removed old-agent 1\n');
    expect(out).toContain('and 10 more: windlass status --gate rest\n');
    expect(out).not.toContain('lib19');
    const whole = (await typed('status', '--gate', 'rest')).out;
    for (const line of lines) expect(whole).toContain(`      ${line}\n`);
    expect(whole).not.toContain('more:');
    await expect(typed('status', '--gate', 'east')).rejects.toMatchObject({
      fault: { code: 'WL-GATE-UNKNOWN' },
    });
  });

  test('is said again to who approves, and kept with the word for the audit', async () => {
    await looked();
    expect((await typed('approve', 'rest')).err).toContain(
      'on what it showed: a: 20 upgraded, 0 new, 1 removed\n',
    );
    const approved = (await rows()).find(({ what }) => what === 'gate approved');
    expect(String(approved?.shown).split('\n')).toEqual([
      'a: 20 upgraded, 0 new, 1 removed',
      ...lines.map((line) => `  ${line}`),
    ]);
    expect((await typed('audit')).out).toContain('    saw: a: 20 upgraded, 0 new, 1 removed');
    expect((await typed('status', '--gate', 'rest')).out).toContain('gate rest is passed');
  });
});

describe('windlass approve', () => {
  test('says how the gate stands then', async () => {
    await atGate();
    const { err } = await typed('approve', 'rest', '--plan', '0'.repeat(12));
    expect(err).toContain(`gate rest: said as ${me}; it is open, missing: 1 approval of ben`);
  });

  test.each([
    ['about another plan', {}, ['--plan', 'f'.repeat(64)], 'WL-GATE-PLAN'],
    ['by somebody who may not', { approvers: ['ben', 'cyd'] }, [], 'WL-GATE-APPROVER'],
    ['after its time', { expires: 60 }, [], 'WL-GATE-EXPIRED'],
  ])('%s is refused, and nothing is written', async (_, more, words, code) => {
    await atGate(more);
    await expect(typed('approve', 'rest', ...words)).rejects.toMatchObject({ exit: 2, fault: { code } });
    expect((await rows()).map(({ what }) => what)).toEqual(['run started', 'gate opened']);
  });
});

describe('windlass revoke', () => {
  test('takes one’s own approval back', async () => {
    await atGate({ approvals: 1, approvers: [me] });
    expect((await typed('approve', 'rest', '--json')).out).toContain('"is": "passed"');
    const { out } = await typed('revoke', 'rest', '--json');
    expect(JSON.parse(out)).toMatchObject({ gate: 'rest', is: 'open', missing: { approvals: 1, of: [me] } });
    await expect(typed('revoke', 'rest')).rejects.toThrow('WL-GATE-NOT-APPROVED');
  });
});

describe('windlass audit', () => {
  test('tells who, when, from where, what, on what they saw, and of which plan', async () => {
    await atGate();
    await typed('approve', 'rest');
    await typed('revoke', 'rest');
    await typed('reject', 'rest', '--because', '=cmd, "not" tonight');
    const told = await rows();
    expect(told.map(({ who, what, gate: at }) => [who, what, at])).toEqual([
      ['ann', 'run started', ''],
      ['windlass', 'gate opened', 'rest'],
      [me, 'gate approved', 'rest'],
      [me, 'approval revoked', 'rest'],
      [me, 'gate rejected', 'rest'],
    ]);
    expect(told[0]).toMatchObject({ from: 'desk /dev/pts/3 by SSH from 192.0.2.7' });
    expect(told[2]).toMatchObject({
      run: RUN,
      plan: `sha256:${'0'.repeat(64)}`,
      counted: true,
      from: expect.stringContaining(origin().host),
      saw: 'the rest is next: 1 steps done, 0 failed, 1 left, 0 findings',
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    });
    const csv = (await typed('audit', '--format', 'csv', '--all')).out.split('\r\n');
    expect(csv[0]).toBe('at,run,plan,who,from,what,gate,step,counted,why,saw,shown');
    // Quoted as RFC 4180 has it, and no formula for a spreadsheet.
    expect(csv[5]).toContain(`,gate rejected,rest,,true,"'=cmd, ""not"" tonight",`);
    expect((await typed('audit')).out).toContain(
      'gate rejected rest – =cmd, "not" tonight\n    saw: the rest',
    );
  });

  test('marks what was said in vain', async () => {
    await atGate({ approvers: ['ben', 'cyd'] });
    const journal = openJournal(join(state, 'journal.db'));
    await journal.append(RUN, { type: 'gate.approved', at: Date.now(), gate: 'rest', by: 'eve' });
    await journal.append(RUN, { type: 'gate.approved', at: Date.now(), gate: 'rest', by: 'ben' });
    await journal.append(RUN, { type: 'step.retried', at: Date.now(), step: 'a/one/set', by: 'ben' });
    await journal.append(RUN, {
      type: 'run.resumed',
      at: 9,
      by: 'ben',
      epoch: 2,
      takenFrom: 'ann (process 1 on desk)',
    });
    await journal.close();
    const told = (await rows()).slice(2);
    expect(told.map(({ who, what, counted }) => [who, what, counted])).toEqual([
      ['eve', 'gate approved', false],
      ['ben', 'gate approved', true],
      ['ben', 'step retried', true],
      ['ben', 'run taken over', true],
    ]);
    expect((await typed('audit')).out).toContain('eve: gate approved rest [did not count]');
  });
});

describe('who speaks', () => {
  test('is whom sudo names only where it is sudo that names them', () => {
    vi.stubEnv('SUDO_USER', 'anna');
    vi.spyOn(process, 'getuid').mockReturnValue(0);
    expect(person()).toBe('anna');
    vi.spyOn(process, 'getuid').mockReturnValue(1000);
    expect(person()).not.toBe('anna');
  });

  test('speaks from a host, and from the machine they logged in from', () => {
    vi.stubEnv('SSH_CONNECTION', '192.0.2.7 50022 192.0.2.1 22');
    expect(origin()).toMatchObject({ host: expect.any(String), client: '192.0.2.7' });
    vi.stubEnv('SSH_CONNECTION', '');
    expect(origin()).not.toHaveProperty('client');
  });
});

describe('policy.gates in the cluster file', () => {
  const file = (gates: string): string => `cluster: prod
os: debian/bookworm
openstack: zed
nodes:
  ctl1: {address: 192.0.2.11, roles: [controller]}
probes: {web-1: {kind: ping, address: 203.0.113.7}}
policy: {gates: ${gates}}
`;

  test('has defaults: one person, two hours', () => {
    const { gates } = parseCluster(file('{rest: {}}'), 'c').policy;
    expect(gates).toEqual({ approvals: 1, expires: 7200, rest: {} });
  });

  test('is as docs/gates.md shows it', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../docs/gates.md'), 'utf8');
    const [, shown = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
    const { gates } = parseCluster(file('{}').replace(/^policy.*$/m, shown), 'c').policy;
    expect(gates).toMatchObject({
      approvers: ['anna', 'ben', 'cyd'],
      sample: { approvals: 0, condition: { kind: 'alive', probes: ['web-1'] } },
      rest: { condition: { failures: '0.1%' } },
    });
  });

  test.each([
    [
      'more approvals than approvers',
      '{approvers: [ann], approvals: 2}',
      'policy.gates.approvals: expected no more',
    ],
    [
      'an approver named twice as two',
      '{rest: {approvers: [ann, ann], approvals: 2}}',
      'policy.gates.rest.approvals: expected no more',
    ],
    [
      'nobody and nothing',
      '{rest: {approvals: 0}}',
      'policy.gates.rest.approvals: expected at least 1, or a condition',
    ],
    ['no expiry', '{expires: 0}', 'policy.gates.expires: expected a time'],
    [
      'a condition that outlasts the gate',
      '{rest: {expires: 10m, condition: {kind: alive, minutes: 10}}}',
      'policy.gates.rest.condition: expected a time that is over before the gate expires',
    ],
    [
      'a probe that is not there',
      '{rest: {condition: {kind: alive, minutes: 5, probes: [web-2]}}}',
      "expected the name of a probe, received 'web-2' (did you mean web-1?)",
    ],
    ['a stage that is not there', '{canary: {}}', "expected a known key, received 'canary'"],
  ])('refuses %s', (_, gates, words) => {
    expect(() => parseCluster(file(gates), 'c')).toThrow(words);
  });
});
