import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureLayers, inRoot, type LayerContext } from './layer.ts';
import { mountOverlay, unmount } from './overlay.ts';

/** The parts of the image that guests boot: Debian's kernel, a busybox, and an empty disk. */
export interface GuestImage {
  readonly kernel: string;
  readonly ramdisk: string;
  readonly disk: string;
}

/** In the order in which they need each other. */
const MODULES = [
  'virtio_ring',
  'virtio',
  'virtio_pci_modern_dev',
  'virtio_pci_legacy_dev',
  'virtio_pci',
  'failover',
  'net_failover',
  'virtio_net',
  'virtio_blk',
];

// csum, gso: the switch in user space does not finish checksums that a guest left to its network card.
const INIT = `#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
for m in ${MODULES.join(' ')}; do
  [ -e /mod/$m.ko ] || continue
  case $m in virtio_net) insmod /mod/$m.ko csum=0 gso=0 ;; *) insmod /mod/$m.ko ;; esac
done
ip link set lo up; ip link set eth0 up
echo "guest: booted $(uname -r)"
udhcpc -i eth0 -t 5 -T 3 -A 3 -s /bin/lease -b
ip -4 -o address show eth0
httpd -p 80 -h /
exec sh </dev/ttyS0 >/dev/ttyS0 2>&1
`;

const LEASE = `#!/bin/busybox sh
case $1 in bound|renew)
  ip address replace $ip/$mask dev eth0
  [ -z "$router" ] || ip route replace default via $router
;; esac
exit 0
`;

// The kernel and its modules are taken out of the package; it is installed nowhere.
const BUILD = `cd /build
apt-get update -q
apt-get install -qy --no-install-recommends busybox-static cpio
apt-get download -q "$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/^ *Depends: //p' | head -n 1)"
dpkg-deb -x linux-image-*.deb kernel
cp kernel/boot/vmlinuz-* out/kernel
mkdir -p root/bin root/proc root/sys root/dev root/mod root/etc
cp /bin/busybox root/bin/
for m in ${MODULES.join(' ')}; do
  find kernel -name "$m.ko" -exec cp {} root/mod/ ';'
done
[ -e root/mod/virtio_net.ko ]
install -m 0755 init root/init
install -m 0755 lease root/bin/lease
cd root
find . | cpio -o -H newc --quiet | gzip -9 > ../out/ramdisk
truncate -s 8M ../out/disk
`;

/** Guests are the same whatever their hosts run; trixie's kernels have packed modules, which busybox does not load. */
const SUITE = 'bookworm';

/** Builds the guests' image if it is not there: everything in it comes from Debian's mirror. */
export async function ensureGuestImage(context: LayerContext): Promise<GuestImage> {
  const key = createHash('sha256')
    .update(JSON.stringify([SUITE, INIT, LEASE, BUILD]))
    .digest('hex');
  const folder = join(context.home.layers, `guest-${SUITE}-${key.slice(0, 12)}`);
  if (!existsSync(folder)) {
    context.say('building the guests’ image');
    const work = `${folder}.building`;
    const overlay = {
      lowers: await ensureLayers(context, { suite: SUITE, groups: [] }),
      upper: join(work, 'upper'),
      work: join(work, 'work'),
      at: join(work, 'merged'),
    };
    unmount(overlay.at);
    rmSync(work, { recursive: true, force: true });
    mountOverlay(overlay);
    try {
      mkdirSync(join(overlay.at, 'build/out'), { recursive: true });
      writeFileSync(join(overlay.at, 'build/init'), INIT);
      writeFileSync(join(overlay.at, 'build/lease'), LEASE);
      await inRoot(overlay.at, context.proxy, ['sh', '-euc', BUILD]);
      cpSync(join(overlay.at, 'build/out'), join(work, 'out'), { recursive: true });
    } finally {
      unmount(overlay.at);
    }
    renameSync(join(work, 'out'), folder);
    rmSync(work, { recursive: true, force: true });
  }
  return { kernel: join(folder, 'kernel'), ramdisk: join(folder, 'ramdisk'), disk: join(folder, 'disk') };
}
