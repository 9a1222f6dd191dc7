// Packages kept, raised, cut in the middle and brought back by a real dpkg and apt, on a throwaway copy of this machine's
// root. The archives are local folders with packages made for it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lowerPackages } from '../../../src/drivers/lower-packages.ts';
import { aptAutoremove } from '../../../src/steps/apt.ts';
import { archiveRaise } from '../../../src/steps/archive.ts';
import { backupPackages } from '../../../src/steps/checkpoint.ts';
import type { StepKind } from '../../../src/steps/kind.ts';
import { etcBack, packagesLower } from '../../../src/steps/rollback.ts';
import { LOCAL_ARCHIVES } from './local-archives.ts';
import { mayThrowAway, type Root, throwawayRoot } from './throwaway-root.ts';

const KEEP = '/var/backups/windlass/0123456789ab/packages';
const ARCHIVE = '/etc/apt/sources.list.d/windlass-2025.1.list';
const keeping = { dir: KEEP, archive: ARCHIVE, held: [], removes: ['wl-agent'], adds: ['wl-extra'] };
const raising = { archive: ARCHIVE, held: [], removes: ['wl-agent'], kept: KEEP };

/** Two releases of a small service: a library goes, one comes, an agent is in the way, a configuration file changes. */
const ARCHIVES = `umask 022
make() { # release name version [field: value]...
  local place=/srv/$1 name=$2 version=$3; shift 3
  local root; root=$(mktemp -d); chmod 755 "$root"
  mkdir -p "$place" "$root/DEBIAN" "$root/etc/wl" "$root/usr/share/$name"
  { printf 'Package: %s\\nVersion: %s\\nArchitecture: all\\nMaintainer: nobody <nobody@example.org>\\nDescription: made for a test\\n' "$name" "$version"; for field; do echo "$field"; done; } >"$root/DEBIAN/control"
  echo "$version" >"$root/usr/share/$name/version"
  if [ "$name" = wl-common ]; then echo "release = $version" >"$root/etc/wl/wl.conf"; echo /etc/wl/wl.conf >"$root/DEBIAN/conffiles"; fi
  if [ "$name" = wl-api ] && [ "$version" != 1.0-1 ]; then printf '#!/bin/sh\\n[ ! -e /tmp/wl-break ] || exit 1\\n' >"$root/DEBIAN/postinst"; chmod 755 "$root/DEBIAN/postinst"; fi
  dpkg-deb -Zgzip --root-owner-group --build "$root" "$place" >/dev/null
}
make old wl-common '2:1.0~rc1+deb12u1' 'Depends: wl-lib'
make old wl-api 1.0-1 'Depends: wl-common (= 2:1.0~rc1+deb12u1)'
make old wl-lib 1.0
make old wl-agent 1.0 'Depends: wl-common'
make new wl-common '3:2.0' 'Depends: wl-newlib' 'Breaks: wl-agent'
make new wl-api 2.0-1 'Depends: wl-common (= 3:2.0)'
make new wl-newlib 2.0
make new wl-extra 2.0 'Depends: wl-common (>= 3:2.0)'
${LOCAL_ARCHIVES}apt-get -qy install wl-api wl-agent
apt-mark auto wl-common
apt-mark hold bash
mkdir -p /var/backups/windlass/0123456789ab
echo 'secret = of the operator' >>/etc/wl/wl.conf
tar -C / -czf /var/backups/windlass/0123456789ab/etc.tar.gz etc
echo 'deb [trusted=yes] copy:/srv/new ./' >${ARCHIVE}
apt-get -q update
`;

describe.skipIf(!mayThrowAway)('on a real dpkg', { timeout: 240_000 }, () => {
  let root: Root;
  const look = <P>(kind: StepKind<P>, params: P) =>
    kind.judge(
      params,
      Object.fromEntries(Object.entries(kind.looks(params)).map(([name, one]) => [name, root.run(one)])),
    );
  const apply = <P>(kind: StepKind<P>, params: P) =>
    kind.commands(params).map((command) => root.run(command));
  const versions = (): string =>
    root.sh(
      `dpkg-query -W -f '\${Package} \${Version} \${db:Status-Status}\\n' 'wl-*'; apt-mark showauto 'wl-*'; apt-mark showhold; dpkg --audit`,
    );
  let before = '';
  beforeAll(async () => {
    root = await throwawayRoot();
    root.sh(ARCHIVES);
    before = versions();
  }, 240_000);
  afterAll(() => root.close());

  test('every package that will change is kept as the file it came from, and nothing else', () => {
    expect(look(backupPackages, keeping)).toMatchObject({ is: 'todo' });
    const [ran] = apply(backupPackages, keeping);
    expect(ran, ran?.err).toMatchObject({ rc: 0 });
    expect(look(backupPackages, keeping)).toMatchObject({
      is: 'done',
      because: '4 packages kept at their installed versions',
    });
    expect(root.sh(`cut -f1 ${KEEP}/wanted ${KEEP}/brought`).trim().split('\n')).toEqual([
      'wl-agent',
      'wl-api',
      'wl-common',
      'wl-lib',
      'wl-extra',
      'wl-newlib',
    ]);
    expect(root.sh(`stat -c %a ${KEEP} ${KEEP}/debs`)).toBe('700\n700\n');
    expect(look(packagesLower, { dir: KEEP })).toMatchObject({ is: 'done' });
  });

  test('a kept file that is not what it should be is no kept package', () => {
    root.sh(`cp -a ${KEEP} /tmp/whole; cp ${KEEP}/debs/wl-lib_* "$(ls ${KEEP}/debs/wl-api_*)"`);
    expect(look(backupPackages, keeping)).toMatchObject({
      is: 'todo',
      because: 'no package of wl-api 1.0-1',
    });
    root.sh(`rm -rf ${KEEP}; mv /tmp/whole ${KEEP}`);
  });

  test('what no archive and no cache has is named, and the step fails', () => {
    root.sh(`rm ${KEEP}/debs/wl-api_*; rm -f /var/cache/apt/archives/wl-*.deb
cp /srv/old/Packages /tmp/; sed -i '/^Package: wl-api/,/^$/d' /srv/old/Packages; apt-get -q update`);
    const [ran] = apply(backupPackages, keeping);
    expect(ran).toMatchObject({ rc: 12, err: expect.stringContaining('wl-api=1.0-1') });
    root.sh('cp /tmp/Packages /srv/old/; apt-get -q update');
    expect(apply(backupPackages, keeping)[0]).toMatchObject({ rc: 0 });
  });

  test('nothing rises whose old package was not kept', () => {
    root.sh(`cp ${KEEP}/wanted /tmp/wanted; sed -i /wl-api/d ${KEEP}/wanted`);
    const [, ran] = apply(archiveRaise, raising);
    expect(ran).toMatchObject({ rc: 12, err: expect.stringContaining('wl-api') });
    root.sh(`mv /tmp/wanted ${KEEP}/wanted`);
    expect(versions()).toBe(before);
  });

  test('raised, cleaned up and brought back: versions, marks, holds, nothing of the new release', () => {
    root.sh('apt-mark unhold bash; apt-mark manual wl-common');
    expect(apply(archiveRaise, raising).at(-1)).toMatchObject({ rc: 0 });
    root.sh('apt-get -qy install wl-extra');
    for (const ran of apply(aptAutoremove, { kept: KEEP })) expect(ran, ran.err).toMatchObject({ rc: 0 });
    expect(versions()).toContain('wl-api 2.0-1 installed');
    expect(versions()).not.toContain('wl-lib');
    expect(look(packagesLower, { dir: KEEP })).toMatchObject({ is: 'todo' });
    // No archive is needed for it.
    root.sh('mv /srv /srv.away; mkdir /srv');
    const [ran] = apply(packagesLower, { dir: KEEP });
    expect(ran, `${ran?.out}${ran?.err}`).toMatchObject({ rc: 0 });
    root.sh('rmdir /srv; mv /srv.away /srv');
    expect(look(packagesLower, { dir: KEEP })).toMatchObject({ is: 'done' });
    expect(versions()).not.toMatch(/wl-(newlib|extra) \S+ installed/);
    for (const line of before.split('\n')) expect(versions()).toContain(line);
  });

  test('from the middle of package work: what is half configured is put back whole', () => {
    root.sh('apt-mark unhold bash; touch /tmp/wl-break');
    expect(apply(archiveRaise, raising).at(-1)?.rc).not.toBe(0);
    expect(root.sh('dpkg --audit')).toContain('wl-api');
    const [ran] = apply(packagesLower, { dir: KEEP });
    expect(ran, `${ran?.out}${ran?.err}`).toMatchObject({ rc: 0 });
    expect(look(packagesLower, { dir: KEEP })).toMatchObject({ is: 'done' });
    for (const line of before.split('\n')) expect(versions()).toContain(line);
  });

  test.each([
    [
      'in the middle of an unpack: that package is unpacked again',
      'reinstreq',
      `dpkg --auto-deconfigure --unpack /var/cache/apt/archives/wl-newlib_*.deb
sed -i '/^Package: wl-common$/,/^$/s/^Status: .*/Status: install reinstreq half-configured/' /var/lib/dpkg/status`,
    ],
    [
      'between two unpacks: apt brings what the unpacked one needs',
      'wl-api',
      'dpkg --force-depends --unpack /var/cache/apt/archives/wl-api_*2.0-1*.deb',
    ],
  ])('power cut %s, and the raise goes to its end', (_, torn, cut) => {
    root.sh(
      `rm -f /tmp/wl-break; for deb in /srv/new/*.deb; do cp "$deb" /var/cache/apt/archives/; done; ${cut}`,
    );
    expect(root.sh('dpkg --audit; grep Status: /var/lib/dpkg/status')).toContain(torn);
    expect(root.run({ argv: ['dpkg', '--configure', '-a'] }).rc).not.toBe(0);
    expect(look(archiveRaise, raising).is).toBe('todo');
    for (const ran of apply(archiveRaise, raising))
      expect(ran, `${ran.out}${ran.err}`).toMatchObject({ rc: 0 });
    expect(look(archiveRaise, raising)).toMatchObject({ is: 'done' });
    expect(versions()).toContain('wl-api 2.0-1 installed');
    expect(root.run(lowerPackages(KEEP))).toMatchObject({ rc: 0 });
    for (const line of before.split('\n')) expect(versions()).toContain(line);
  });

  test('torn, and no file of it in the cache: it is named, and nothing is done', () => {
    root.sh(`rm -f /var/cache/apt/archives/wl-*.deb; cp /var/lib/dpkg/status /tmp/status
sed -i '/^Package: wl-common$/,/^$/s/^Status: .*/Status: install reinstreq half-configured/' /var/lib/dpkg/status`);
    const [ran] = apply(archiveRaise, raising);
    expect(ran).toMatchObject({ rc: 13, err: expect.stringContaining('wl-common was cut in half') });
    root.sh('cp /tmp/status /var/lib/dpkg/status');
  });

  test('a kept file that was changed since is refused before anything is touched', () => {
    root.sh(`rm -f /tmp/wl-break; cp -a ${KEEP}/debs /tmp/debs; echo >>"$(ls ${KEEP}/debs/wl-common_*)"`);
    expect(apply(archiveRaise, raising).at(-1)).toMatchObject({ rc: 0 });
    expect(look(packagesLower, { dir: KEEP })).toMatchObject({
      is: 'refuse',
      because: expect.stringContaining('wl-common'),
    });
    expect(root.run(lowerPackages(KEEP)).rc).not.toBe(0);
    expect(versions()).toContain('wl-api 2.0-1 installed');
    root.sh(`rm -rf ${KEEP}/debs; mv /tmp/debs ${KEEP}/debs`);
    expect(root.run(lowerPackages(KEEP))).toMatchObject({ rc: 0 });
  });

  test('configuration comes back as it was kept, what came since goes, and nothing else of /etc is touched', () => {
    const path = '/var/backups/windlass/0123456789ab/etc.tar.gz';
    const aside = '/var/backups/windlass/0123456789ab/etc-1.tar.gz';
    const back = { path, aside, places: ['/etc/wl', '/etc/systemd/system', ARCHIVE], absent: [ARCHIVE] };
    root.sh(`echo new >/etc/wl/wl.conf; mkdir -p /etc/wl/wl.conf.d; echo pin >/etc/wl/wl.conf.d/90-windlass.conf
ln -s /dev/null /etc/systemd/system/wl-api.service; echo motd >/etc/motd.new; echo 'wl:x:4711:' >>/etc/group`);
    expect(look(etcBack, back)).toMatchObject({ is: 'todo' });
    const [ran] = etcBack.commands(back);
    if (ran === undefined) throw new Error('no command');
    const seen = root.run(ran);
    expect(seen, seen.err).toMatchObject({ rc: 0 });
    expect(look(etcBack, back)).toMatchObject({ is: 'done' });
    expect(root.sh('cat /etc/wl/wl.conf')).toContain('secret = of the operator');
    expect(root.sh(`ls -d /etc/wl/* ${ARCHIVE} /etc/systemd/system/wl-api.service 2>/dev/null || :`)).toBe(
      '/etc/wl/wl.conf\n',
    );
    expect(root.sh('cat /etc/motd.new; tail -1 /etc/group')).toBe('motd\nwl:x:4711:\n');
    expect(root.sh(`tar -tzf ${aside}; stat -c %a ${aside}`)).toMatch(
      /wl\.conf\.d\/90-windlass\.conf[\s\S]*600\n$/,
    );
    expect(seen.out).not.toContain('secret');
  });
});
