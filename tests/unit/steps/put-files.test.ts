// Packages put back by their kept files, by a real dpkg's own word and by a look at every file, on a throwaway copy of this
// machine's root.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { backupPackages, packageGiveBack } from '../../../src/steps/checkpoint.ts';
import type { StepKind } from '../../../src/steps/kind.ts';
import { packagesLower } from '../../../src/steps/rollback.ts';
import { LOCAL_ARCHIVES } from './local-archives.ts';
import { mayThrowAway, type Root, throwawayRoot } from './throwaway-root.ts';

const KEEP = '/var/backups/windlass/0123456789ab/packages';
const ARCHIVE = '/etc/apt/sources.list.d/windlass-2025.1.list';
const made = ['/var/lib/wl-dash/static', '/var/lib/wl-dash/key'].map((path) => ({
  package: 'wl-dash',
  path,
}));
const keeping = { dir: KEEP, archive: ARCHIVE, held: [], removes: [], adds: [], made };

/**
 * Two releases: `wl-code` loses a module, gains a folder and gives a file to `wl-split`, which comes new; `wl-page` makes
 * something of wl-code's files whenever they change; so does `wl-dash`, and throws a key away that was beside it; `wl-tool` is one choice of an alternative, in its new release of
 * another path.
 */
const ARCHIVES = `umask 022
make() { # release name version; then field lines; files are laid into $root before
  local place=/srv/$1 name=$2 version=$3; shift 3
  mkdir -p "$place" "$root/DEBIAN"
  { printf 'Package: %s\\nVersion: %s\\nArchitecture: all\\nMaintainer: nobody <nobody@example.org>\\nDescription: made for a test\\n' "$name" "$version"; for field; do echo "$field"; done; } >"$root/DEBIAN/control"
  dpkg-deb -Zgzip --root-owner-group --build "$root" "$place" >/dev/null
}
new() { root=$(mktemp -d); chmod 755 "$root"; mkdir -p "$root/DEBIAN"; }
script() { { echo '#!/bin/sh'; cat; } >"$root/DEBIAN/$1"; chmod 755 "$root/DEBIAN/$1"; }
code=usr/lib/python3/dist-packages/wlcode
for release in old new; do
  new; mkdir -p "$root/$code"
  echo "RELEASE = '$release'" >"$root/$code/__init__.py"
  if [ $release = old ]; then echo 'X = 1' >"$root/$code/gone.py"; echo "taken = 1" >"$root/$code/moved.py"
  else mkdir "$root/$code/fresh"; echo 'Y = 1' >"$root/$code/fresh/__init__.py"; fi
  echo 'python3 -m compileall -qf /${'usr/lib/python3/dist-packages/wlcode'}' | script postinst
  if [ $release = old ]; then make old wl-code 1.0; else make new wl-code 2.0 'Depends: wl-split'; fi

  new; mkdir -p "$root/usr/share/wl-page"; echo $release >"$root/usr/share/wl-page/release"
  printf 'interest-noawait /usr/lib/python3/dist-packages/wlcode\\n' >"$root/DEBIAN/triggers"
  if [ $release = new ]; then echo 'interest-noawait /usr/share/wl-nowhere' >>"$root/DEBIAN/triggers"; fi
  script postinst <<'SCRIPT'
python3 -c 'import wlcode; print(wlcode.RELEASE)' >/var/lib/wl-page
SCRIPT
  make $release wl-page $([ $release = old ] && echo 1.0 || echo 2.0) 'Depends: wl-code'

  new; mkdir -p "$root/usr/share/wl-dash"; echo $release >"$root/usr/share/wl-dash/release"
  printf 'interest-noawait /usr/lib/python3/dist-packages/wlcode\n' >"$root/DEBIAN/triggers"
  script postinst <<'SCRIPT'
mkdir -p /var/lib/wl-dash/static /var/lib/wl-dash/key; rm -f /var/lib/wl-dash/key/secret
echo "$(cat /usr/share/wl-dash/release) $(date +%s.%N)" >/var/lib/wl-dash/static/page
SCRIPT
  make $release wl-dash $([ $release = old ] && echo 1.0 || echo 2.0) 'Depends: wl-code'

  new; mkdir -p "$root/usr/bin"; path=/usr/bin/wl-$release; echo $release >"$root$path"; chmod 755 "$root$path"
  echo "update-alternatives --install /usr/bin/wl wl $path 10" | script postinst
  echo "update-alternatives --remove wl $path" | script prerm
  make $release wl-tool $([ $release = old ] && echo 1.0 || echo 2.0)
done
new; mkdir -p "$root/$code"; echo "taken = 2" >"$root/$code/moved.py"
make new wl-split 2.0 'Replaces: wl-code (<< 2.0)' 'Breaks: wl-code (<< 2.0)'
${LOCAL_ARCHIVES}apt-get -qy install wl-page wl-tool wl-dash
echo once >/var/lib/wl-dash/key/secret
echo 'deb [trusted=yes] copy:/srv/new ./' >${ARCHIVE}
apt-get -q update
`;

/** Every file that packages of this test may touch, with what it holds, and dpkg's own notes of them. */
const TREE = `cd /
find usr/lib/python3/dist-packages/wlcode usr/share/wl-* usr/bin/wl* etc/alternatives/wl* var/lib/dpkg/alternatives/wl* var/lib/dpkg/info/wl-* -printf '%p %M %u:%g %l\\n' | sort
find usr/lib/python3/dist-packages/wlcode usr/share/wl-* usr/bin/wl-* var/lib/dpkg/alternatives/wl* var/lib/dpkg/info/wl-* -type f ! -name '*.pyc' | sort | xargs sha256sum
dpkg-query -W -f '\${Package} \${Version} \${Status}\\n' 'wl-*' | grep -v ' not-installed$' | grep -v config-files
grep wl- /var/lib/dpkg/triggers/File
apt-mark showauto 'wl-*'
dpkg --audit
python3 -c 'import wlcode; print(wlcode.RELEASE)'
cat /var/lib/wl-page /var/lib/wl-dash/static/page /var/lib/wl-dash/key/secret
`;

describe.skipIf(!mayThrowAway)('on a real dpkg', { timeout: 240_000 }, () => {
  let root: Root;
  let before = '';
  const look = <P>(kind: StepKind<P>, params: P) =>
    kind.judge(
      params,
      Object.fromEntries(Object.entries(kind.looks(params)).map(([name, one]) => [name, root.run(one)])),
    );
  const lower = () => {
    const [command] = packagesLower.commands({ dir: KEEP });
    if (command === undefined) throw new Error('no command');
    return root.run(command);
  };
  const KEY = { dir: KEEP, package: 'wl-dash', path: '/var/lib/wl-dash/key' };
  const giveBack = () => {
    const [command] = packageGiveBack.commands(KEY);
    if (command === undefined) throw new Error('no command');
    return command;
  };
  const raise = () => {
    root.sh('apt-get -qy dist-upgrade');
    if (root.sh('ls /var/lib/wl-dash/key') === '') root.run(giveBack());
    expect(root.sh(TREE)).toContain('wl-split 2.0 install ok installed');
    expect(root.sh('wl=$(readlink -f /usr/bin/wl); echo $wl; cat /var/lib/wl-page')).toBe(
      '/usr/bin/wl-new\nnew\n',
    );
  };

  beforeAll(async () => {
    root = await throwawayRoot();
    root.sh(ARCHIVES);
    root.sh('python3 -c "import wlcode; print(wlcode.RELEASE)" >/var/lib/wl-page');
    before = root.sh(TREE);
  }, 240_000);
  afterAll(() => root.close());

  test('files are kept as they lie there, and nothing counts as kept before', () => {
    const [packages, files] = backupPackages.commands(keeping);
    if (packages === undefined || files === undefined) throw new Error('no commands');
    expect(root.run(packages)).toMatchObject({ rc: 0 });
    expect(look(backupPackages, keeping)).toEqual({ is: 'todo', because: 'no files are kept yet' });
    const ran = root.run(files);
    expect(ran, ran.err).toMatchObject({ rc: 0, out: expect.stringContaining('files of 4 packages') });
    expect(look(backupPackages, keeping)).toMatchObject({ is: 'done' });
    root.sh(`rm ${KEEP}/files/wl-tool.tar`);
    expect(look(backupPackages, keeping)).toEqual({ is: 'todo', because: 'no files of wl-tool' });
    root.sh(`rm ${KEEP}/files/wl-tool.json`);
    expect(root.run(files)).toMatchObject({ rc: 0 });
    expect(look(backupPackages, keeping)).toMatchObject({ is: 'done' });
  });

  test('what a package throws away when it rises is given back', () => {
    root.sh('apt-get -qy dist-upgrade');
    expect(root.sh('ls /var/lib/wl-dash/key; cat /var/lib/wl-dash/static/page')).toMatch(/^new /);
    expect(look(packageGiveBack, KEY)).toMatchObject({ is: 'todo' });
    expect(root.run(giveBack())).toMatchObject({ rc: 0 });
    expect(look(packageGiveBack, KEY)).toMatchObject({ is: 'done' });
    expect(root.sh('cat /var/lib/wl-dash/key/secret')).toBe('once\n');
  });

  test('every file, link, note and mark is as before, and who waits for changes was woken', () => {
    raise();
    const ran = lower();
    expect(ran, ran.out + ran.err).toMatchObject({ rc: 0 });
    expect(ran.out).toContain('4 packages are put back by their files');
    expect(ran.out).not.toContain('Unpacking');
    expect(look(packagesLower, { dir: KEEP })).toMatchObject({ is: 'done' });
    expect(root.sh(TREE)).toBe(before);
  });

  test('cut off between two packages dpkg knows it as half done, and once more it is whole', () => {
    raise();
    // Whoever unpacks the second package is killed with what called it.
    root.sh(`mv /usr/bin/tar /usr/bin/tar.real
printf '#!/bin/sh\\nif [ -e /tmp/once ]; then kill -9 $PPID; exit 3; fi\\ntouch /tmp/once\\nexec /usr/bin/tar.real "$@"\\n' >/usr/bin/tar; chmod 755 /usr/bin/tar`);
    expect(lower().rc).not.toBe(0);
    root.sh('mv /usr/bin/tar.real /usr/bin/tar; rm /tmp/once');
    expect(root.sh('dpkg --audit')).toContain('wl-code');
    expect(look(packagesLower, { dir: KEEP })).toMatchObject({ is: 'todo' });
    const ran = lower();
    expect(ran, ran.out + ran.err).toMatchObject({ rc: 0 });
    expect(root.sh(TREE)).toBe(before);
  });

  test.each([
    [
      'a kept file is not what dpkg remembers',
      `mkdir -p /tmp/x/usr/share/wl-page; cd /tmp/x; echo other >usr/share/wl-page/release
tar --delete -f ${KEEP}/files/wl-page.tar usr/share/wl-page/release; tar -rf ${KEEP}/files/wl-page.tar usr/share/wl-page/release`,
      /dpkg --verify says that they are not as they were: .*wl-page\/release/,
    ],
    [
      'what was kept is torn',
      `head -c 700 ${KEEP}/files/wl-code.tar >/tmp/x.tar; cp /tmp/x.tar ${KEEP}/files/wl-code.tar`,
      /tar -C \/ -xpf ended with 2/,
    ],
  ])('apt mends it by the packages where %s', (_, harm, why) => {
    raise();
    root.sh(`cp -a ${KEEP}/files /tmp/files; ${harm}`);
    const ran = lower();
    expect(ran, ran.out + ran.err).toMatchObject({ rc: 0 });
    expect(ran.out).toMatch(new RegExp(`not by files: ${why.source}`));
    expect(ran.out).toContain('Unpacking wl-code (1.0)');
    expect(look(packagesLower, { dir: KEEP })).toMatchObject({ is: 'done' });
    expect(
      root.sh('dpkg --verify wl-code wl-page wl-tool; dpkg --audit; cat /usr/share/wl-page/release'),
    ).toBe('old\n');
    root.sh(`rm -rf ${KEEP}/files; mv /tmp/files ${KEEP}/files`);
  });

  test.each([
    [
      'files of it could not be kept',
      `mv ${KEEP}/files/wl-tool.json /tmp/; echo 'no room' >${KEEP}/files/wl-tool.without`,
      `mv /tmp/wl-tool.json ${KEEP}/files/; rm ${KEEP}/files/wl-tool.without`,
      'wl-tool: no room',
    ],
    [
      'dpkg has something half done',
      `sed -i '/^Package: wl-page$/,/^$/s/^Status: .*/Status: install ok half-configured/' /var/lib/dpkg/status; printf '#!/bin/sh\\nexit 1\\n' >/var/lib/dpkg/info/wl-page.postinst`,
      ':',
      'wl-page is install ok half-configured',
    ],
    [
      'nothing but packages was kept',
      `mv ${KEEP}/files /tmp/`,
      `mv /tmp/files ${KEEP}/`,
      'no files were kept',
    ],
  ])('apt does it by the packages where %s', (_, harm, mend, why) => {
    raise();
    root.sh(harm);
    const ran = lower();
    expect(ran, ran.out + ran.err).toMatchObject({ rc: 0 });
    expect(ran.out).toContain(`not by files: ${why}`);
    expect(ran.out).toContain('Unpacking wl-code (1.0)');
    expect(look(packagesLower, { dir: KEEP })).toMatchObject({ is: 'done' });
    root.sh(mend);
  });
});
