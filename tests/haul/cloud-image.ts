// An image as Debian's own for clouds: a kernel, a boot loader, cloud-init, nobody's keys. It is made of a lab's host, with
// files alone: a container has no loop devices to mount.
const DIR = '/var/lib/libvirt/image';

/** Where it lies on the host. */
export const IMAGE = `${DIR}/debian-12.qcow2`;

/** Sectors of 512 bytes: where the boot loader's partition begins, how long it is, and where the system's begins. */
const [BOOT, LENGTH] = [2048, 262_144];
const ROOT = BOOT + LENGTH;

export const MAKE_IMAGE = `export DEBIAN_FRONTEND=noninteractive
mkdir -p ${DIR}/root
cd ${DIR}
apt-get -qq update
apt-get -qq -y --no-install-recommends install syslinux syslinux-common mtools dosfstools fdisk xorriso >/dev/null
tar -C / --one-file-system --exclude=.${DIR} --exclude='./var/cache/apt/*' --exclude='./root/.ssh' --exclude='./etc/ssh/ssh_host_*' -cf - . | tar -C root -xf -
for path in proc sys dev run tmp; do mkdir -p root/$path; done
mount -t proc proc root/proc
mount --bind /dev root/dev
trap 'umount root/dev root/proc' EXIT
cat /etc/resolv.conf >root/etc/resolv.conf
chroot root apt-get -qq -y --no-install-recommends install linux-image-cloud-amd64 initramfs-tools cloud-init cloud-guest-utils fdisk netplan.io udev >/dev/null
: >root/etc/machine-id
rm -f root/etc/systemd/network/* root/etc/hostname
echo 'LABEL=root / ext4 defaults 0 1' >root/etc/fstab
echo 'datasource_list: [NoCloud, None]' >root/etc/cloud/cloud.cfg.d/90-image.cfg
cp root/boot/vmlinuz-* vmlinuz
cp root/boot/initrd.img-* initrd.img
umount root/dev root/proc
trap - EXIT
printf 'DEFAULT linux\nLABEL linux\n KERNEL vmlinuz\n APPEND initrd=initrd.img root=LABEL=root ro console=ttyS0\n' >syslinux.cfg
mkfs.vfat -F 16 -h ${BOOT} -C boot.img ${LENGTH / 2} >/dev/null
mcopy -i boot.img vmlinuz initrd.img syslinux.cfg ::
syslinux --install boot.img
truncate -s 1800M root.img
mke2fs -q -t ext4 -L root -d root root.img
rm -rf root
truncate -s 2G disk.raw
printf '${BOOT},${LENGTH},e,*\n${ROOT},,83\n' | sfdisk -q disk.raw
dd if=/usr/lib/syslinux/mbr/mbr.bin of=disk.raw bs=440 count=1 conv=notrunc status=none
dd if=boot.img of=disk.raw bs=512 seek=${BOOT} conv=notrunc,sparse status=none
dd if=root.img of=disk.raw bs=512 seek=${ROOT} conv=notrunc,sparse status=none
qemu-img convert -O qcow2 disk.raw ${IMAGE}
rm -f boot.img root.img disk.raw`;
