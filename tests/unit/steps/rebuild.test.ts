import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pack, unpack } from '../../../src/drivers/carried.ts';
import { Disk } from '../../../src/drivers/disk.ts';
import { diskRestore } from '../../../src/steps/disk.ts';
import { nodeRemake } from '../../../src/steps/rebuild.ts';
import { COMMAND_DISK } from './disk-examples.ts';
import { REBUILD_EXAMPLES } from './rebuild-examples.ts';
import { argvs, bad, judge, ok, osRelease } from './seen.ts';
import { mayThrowAway, type Root, throwawayRoot } from './throwaway-root.ts';

const REMAKE = nodeRemake.params.parse(REBUILD_EXAMPLES[0]?.params);

describe('a machine made anew', () => {
  test('its provider gets the node’s name and the disk’s id as its last words', () => {
    expect(argvs(nodeRemake, REMAKE)).toEqual([['/opt/machines', 'remake', 'ctl1', REMAKE.id]]);
  });

  test.each([
    ['made, and up on the target', ok(), osRelease('trixie'), 'done'],
    ['made, and booting', ok(), bad(255, 'no route'), 'wait'],
    ['made with another system', ok(), osRelease('bookworm'), 'wait'],
    ['not made', bad(1), osRelease('bookworm'), 'todo'],
    ['unknown to its provider', bad(2, 'no such domain'), osRelease('trixie'), 'wait'],
  ])('that is %s', (_, remade, os, is) => {
    expect(judge(nodeRemake, REMAKE, { remade, os }).is).toBe(is);
  });

  test('has no fence of ours, and so gets one', () => {
    expect(nodeRemake.goesBack?.(REMAKE)).toEqual(['ctl1']);
  });

  const disk = Disk.parse({ ...COMMAND_DISK, remade: ['/opt/machines', 'remade'] });
  const gone = bad(1, 'No such file');
  test.each([
    ['is fresh, without the mark yet', gone, ok(), 'todo'],
    ['is fresh, and marked', ok('/var/lib/windlass/disks/x\n'), ok(), 'todo'],
    ['was never made anew', gone, bad(1), 'done'],
    ['is nobody knows what', gone, bad(2), 'wait'],
  ])('its disk is put back where it %s', (_, mark, remade, is) => {
    expect(judge(diskRestore, disk, { mark, remade, has: ok() }).is).toBe(is);
  });
});

describe.runIf(mayThrowAway)('what only a node’s disk has', () => {
  const STATE = [
    { path: '/var/lib/windlass-try/data', exact: true },
    { path: '/var/lib/windlass-try/images', exact: false },
    { path: '/var/lib/windlass-try/.cookie', exact: false },
    { path: '/var/lib/windlass-try/never', exact: true },
  ];
  const OLD = `mkdir -p /var/lib/windlass-try/data/sub /var/lib/windlass-try/images
cd /var/lib/windlass-try
groupadd -g 61234 windlass-try; useradd -u 61234 -g 61234 windlass-try
echo row >data/sub/row; echo secret >.cookie; echo one >images/one
chown -R windlass-try:windlass-try .; chmod 400 .cookie; chmod 750 data
`;
  const NEW = `mkdir -p /var/lib/windlass-try/data /var/lib/windlass-try/images /var/lib/windlass-try/never
groupadd -g 61240 windlass-try; useradd -u 61240 -g 61240 windlass-try
cd /var/lib/windlass-try
echo empty >data/fresh; echo two >images/two; echo stays >never/here
chown -R windlass-try:windlass-try .
`;
  let old: Root;
  let fresh: Root;
  beforeEach(async () => {
    [old, fresh] = [await throwawayRoot(), await throwawayRoot()];
    old.sh(OLD);
    fresh.sh(NEW);
  });
  afterEach(() => {
    old.close();
    fresh.close();
  });
  const carry = (): void => {
    const { argv, input } = pack(STATE);
    const packed = old.run({ argv: ['bash', '-c', '"$@" | base64', 'sh', ...argv], input });
    expect(packed.err).toBe('');
    fresh.sh(`base64 -d >/run/state.tar <<'END'\n${packed.out}END\n`);
  };
  const put = () => fresh.run(unpack('/run/state.tar', '/run/state.put', STATE));

  test('is on the new one as it was, by name of its owner, and nothing else where it is to be exact', () => {
    carry();
    expect(put()).toMatchObject({ rc: 0, err: '' });
    const found = fresh.sh("cd /var/lib/windlass-try; find . -type f -printf '%P %U %m\\n' | sort");
    expect(found.trim().split('\n')).toEqual([
      '.cookie 61240 400',
      'data/sub/row 61240 644',
      'images/one 61240 644',
      'images/two 61240 644',
      'never/here 61240 644',
    ]);
    expect(fresh.sh("stat -c '%a %U' /var/lib/windlass-try/data").trim()).toBe('750 windlass-try');
  });

  test('leaves no archive, says that it was put, and that a boot is due', () => {
    carry();
    put();
    expect(
      fresh.sh('ls -d /run/state.tar /run/state.put /run/reboot-required 2>/dev/null || true').trim(),
    ).toBe('/run/reboot-required\n/run/state.put');
  });

  test('cut off in the middle, and put again, it is the same', () => {
    carry();
    fresh.sh('cp /run/state.tar /run/again.tar; rm -rf /var/lib/windlass-try/data/*; touch /run/state.put');
    put();
    fresh.sh('mv /run/again.tar /run/state.tar; echo torn >/var/lib/windlass-try/data/sub/row');
    expect(put().rc).toBe(0);
    expect(fresh.sh('cat /var/lib/windlass-try/data/sub/row')).toBe('row\n');
  });

  test('what is no archive is not put, says so, and nothing was emptied for it', () => {
    fresh.sh('echo torn >/run/state.tar');
    expect(put().rc).not.toBe(0);
    expect(fresh.sh('[ ! -e /run/state.put ]; cat /var/lib/windlass-try/data/fresh')).toBe('empty\n');
  });
});
