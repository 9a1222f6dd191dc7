// A real machine for what containers have not: a guest of libvirt on a lab's host, Debian with its own kernel, its system on
// volumes of LVM. qemu translates every instruction of it, so it boots in minutes where hardware takes seconds.
import { appendFileSync, readFileSync } from 'node:fs';
import { until } from '../../src/lab/command.ts';
import type { Lab } from '../../src/lab/index.ts';
import { QEMU_CONF } from '../../src/lab/services/nova-compute.ts';
import { answerOf, shell } from '../lab/operator.ts';

/** Its name, as node and as domain. */
export const MACHINE = 'vm1';
/** The volume its system lies on. */
export const VOLUME = 'vg0/root';
/** The host forwards it to the machine's own SSH: qemu's network of its own needs no bridge. */
const PORT = 2222;
const DIR = '/var/lib/libvirt/machine';

/** What the host has of itself is also the machine's: its keys are the host's, and it lets in whom the host lets in. */
const IMAGE = `export DEBIAN_FRONTEND=noninteractive
mkdir -p ${DIR}/root
cd ${DIR}
tar -C / --one-file-system --exclude=.${DIR} --exclude='./var/cache/apt/*' -cf - . | tar -C root -xf -
for path in proc sys dev run tmp; do mkdir -p root/$path; done
mount -t proc proc root/proc
mount --bind /dev root/dev
trap 'umount root/dev root/proc' EXIT
cat /etc/resolv.conf >root/etc/resolv.conf
chroot root apt-get -qq update
chroot root apt-get -qq -y --no-install-recommends install linux-image-cloud-amd64 initramfs-tools lvm2 udev procps >/dev/null
echo ${MACHINE} >root/etc/hostname
echo '127.0.0.1 localhost ${MACHINE}' >root/etc/hosts
rm -f root/etc/systemd/network/*
printf '[Match]\\nName=eth0\\n[Network]\\nDHCP=yes\\n' >root/etc/systemd/network/10-eth0.network
echo '/dev/${VOLUME} / ext4 defaults 0 1' >root/etc/fstab
cat >root/sbin/to-volumes <<'EOF'
#!/bin/sh
# The only process of the first boot: what the plain disk holds goes to a volume on the other one.
set -eux
mount -t proc proc /proc 2>/dev/null || test -e /proc/self
mount -t sysfs sys /sys 2>/dev/null || test -e /sys/block
mount -t tmpfs run /run
export LVM_SUPPRESS_FD_WARNINGS=1
conf='activation { udev_sync = 0 udev_rules = 0 } backup { backup = 0 archive = 0 }'
modprobe dm-mod
pvcreate --config "$conf" -y /dev/vdb
vgcreate --config "$conf" -y vg0 /dev/vdb
lvcreate --config "$conf" -y -Wn -Zn -L 1600M -n root vg0
dd if=/dev/vda of=/dev/mapper/vg0-root bs=4M conv=sparse,fsync
echo went to volumes
set +x
echo o >/proc/sysrq-trigger
# The disk is gone before the power: only what the shell has in itself is left.
while :; do :; done
EOF
chmod 0755 root/sbin/to-volumes
cp root/boot/vmlinuz-* vmlinuz
cp root/boot/initrd.img-* initrd
umount root/dev root/proc
trap - EXIT
truncate -s 1600M plain.raw
mke2fs -q -t ext4 -d root plain.raw
rm -rf root`;

/** libvirt and qemu on a lab's host, which is a container. */
export const HYPERVISOR = `export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
apt-get -qq -y --no-install-recommends install qemu-system-x86 qemu-utils libvirt-daemon-system libvirt-clients >/dev/null
cat >/etc/libvirt/qemu.conf <<'EOF'
${QEMU_CONF}EOF
cat >/etc/libvirt/libvirtd.conf <<'EOF'
auth_unix_ro = "none"
auth_unix_rw = "none"
EOF
systemctl restart libvirtd
`;

const disk = (file: string, format: string, target: string): string =>
  `<disk type='file' device='disk'><driver name='qemu' type='${format}' cache='unsafe'/><source file='${DIR}/${file}'/><target dev='${target}' bus='virtio'/></disk>`;

/** A domain as libvirt wants it told, with these disks and this on its kernel's command line. */
const domain = (name: string, kernelLine: string, ...disks: readonly string[]): string =>
  `<domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
<name>${name}</name><memory unit='MiB'>768</memory><vcpu>1</vcpu>
<os><type arch='x86_64' machine='q35'>hvm</type><kernel>${DIR}/vmlinuz</kernel><initrd>${DIR}/initrd</initrd>
<cmdline>${kernelLine} console=ttyS0 net.ifnames=0</cmdline></os>
<features><acpi/></features>
<devices>${disks.join('\n')}
<serial type='file'><source path='${DIR}/${name}.log' append='on'/></serial>
<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng></devices>
<qemu:commandline><qemu:arg value='-netdev'/><qemu:arg value='user,id=n0,hostfwd=tcp::${PORT}-:22'/>
<qemu:arg value='-device'/><qemu:arg value='virtio-net-pci,netdev=n0,addr=0x10'/></qemu:commandline></domain>`;

/** Makes the machine on a host of the lab, up and reached by the lab's own means under its name. */
export async function makeMachine(lab: Lab, host: string, say: (message: string) => void): Promise<void> {
  const on = (script: string): Promise<string> =>
    answerOf(
      lab,
      host,
      'bash',
      '-euo',
      'pipefail',
      '-c',
      `export LIBVIRT_DEFAULT_URI=qemu:///system\n${script}`,
    );
  say('making the image of a machine');
  await on(IMAGE);
  say('installing libvirt');
  await on(`${HYPERVISOR}qemu-img create -q -f qcow2 ${DIR}/disk.qcow2 4G`);
  say('taking its system to volumes');
  const [plain, disks] = [disk('plain.raw', 'raw', 'vda'), disk('disk.qcow2', 'qcow2', 'vdb')];
  const first = domain('to-volumes', 'root=/dev/vda ro init=/sbin/to-volumes', plain, disks);
  await on(`virsh create /dev/stdin <<'EOF'\n${first}\nEOF`);
  const ended = async (): Promise<true | string> =>
    (await on('virsh list --name')).includes('to-volumes') ? 'it runs' : true;
  await until('the system on volumes', 600, ended, 2000);
  await on(`grep -q '^went to volumes' ${DIR}/to-volumes.log`);
  say('booting the machine');
  const real = domain(MACHINE, 'root=/dev/mapper/vg0-root ro', disk('disk.qcow2', 'qcow2', 'vda'));
  await on(`virsh define /dev/stdin <<'EOF'\n${real}\nEOF\nvirsh start ${MACHINE}`);
  introduce(lab);
  await until('the machine', 600, () => machineUp(lab), 2000);
}

/** The lab's SSH files know of it: behind the host's address, with the host's key. */
function introduce({ place }: Lab): void {
  const [key = ''] = readFileSync(place.knownHosts, 'utf8').split('\n');
  appendFileSync(place.knownHosts, `${key.replace(/^\S+/, MACHINE)}\n`);
  const [host = ''] = readFileSync(place.sshConfig, 'utf8').split(/\n(?=Host )/);
  const mine = host
    .replace(/^Host .*$/m, `Host ${MACHINE}`)
    // Its sshd takes its time to say a word where qemu has half a core.
    .replace(/^( *ConnectTimeout) .*$/m, '$1 60')
    .replace(/^( *)HostKeyAlias .*$/m, `$1HostKeyAlias ${MACHINE}\n$1Port ${PORT}`);
  appendFileSync(place.sshConfig, `\n${mine}`);
}

/** Whether it has booted and lets people in. */
export async function machineUp(lab: Lab): Promise<true | string> {
  const { out, err } = await shell(lab, MACHINE, 'systemctl', 'is-system-running');
  return /^(running|degraded)$/m.test(out) || out.trim() || err.trim() || 'no answer';
}
