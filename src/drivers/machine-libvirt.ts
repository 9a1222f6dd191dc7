import { createHash } from 'node:crypto';
import type { Command } from '../model/command.ts';
import type { LibvirtMachine } from '../model/machine.ts';
import { bash } from './bash.ts';

/** Where a machine's own files lie on its host: its disk, what it is first told, its host key. */
const FOLDER = '/var/lib/libvirt/images/windlass';

/** A domain of the name that is not ours is never touched: ours writes to the disk in our folder. */
const OURS = `export LIBVIRT_DEFAULT_URI=qemu:///system LC_ALL=C
name=$1
dir=${FOLDER}/$name
there() { virsh dominfo "$name" >/dev/null 2>&1; }
ours() { virsh domblklist "$name" | awk -v disk="$dir/disk.qcow2" '$2 == disk { found = 1 } END { exit !found }'; }
if there && ! ours; then
  echo "a domain $name is on this host that Windlass did not make" >&2
  exit 12
fi
`;

/** The same for the same name, so that no neighbour's memory is wrong when it is made again. */
function mac(name: string): string {
  const hash = createHash('sha256').update(name).digest('hex');
  return `52:54:00:${hash.slice(0, 2)}:${hash.slice(2, 4)}:${hash.slice(4, 6)}`;
}

/** cloud-init's network file, version 2. JSON is YAML, and needs no care for what is in it. */
const network = (name: string, { address, gateway, dns }: LibvirtMachine): string =>
  JSON.stringify({
    version: 2,
    ethernets: {
      eth0: {
        match: { macaddress: mac(name) },
        'set-name': 'eth0',
        addresses: [address],
        ...(gateway === undefined ? {} : { routes: [{ to: '0.0.0.0/0', via: gateway }] }),
        ...(dns.length === 0 ? {} : { nameservers: { addresses: dns } }),
      },
    },
  });

/** What cloud-init is told, but for the host key: the host makes it and adds it below the last line. */
const user = (name: string, { keys }: LibvirtMachine): string => `#cloud-config
hostname: ${name}
manage_etc_hosts: localhost
disable_root: false
ssh_pwauth: false
ssh_authorized_keys: ${JSON.stringify(keys)}
ssh_keys:`;

const disk = (file: string, type: string, target: string, more = ''): string =>
  `<disk type='file' device='disk'><driver name='qemu' type='${type}'/><source file='@dir@/${file}'/><target dev='${target}' bus='virtio'/>${more}</disk>`;

/** The domain; the host fills in its kind (`kvm`, or `qemu` where it has none) and the folder. */
const domain = (name: string, { memory, cpus, bridge }: LibvirtMachine): string => `<domain type='@kind@'>
<name>${name}</name><memory unit='MiB'>${memory}</memory><vcpu>${cpus}</vcpu>
<os><type>hvm</type></os><features><acpi/></features>@cpu@
<devices>
${disk('disk.qcow2', 'qcow2', 'vda')}
${disk('seed.iso', 'raw', 'vdb', '<readonly/>')}
<interface type='bridge'><mac address='${mac(name)}'/><source bridge='${bridge}'/><model type='virtio'/></interface>
<serial type='file'><source path='@dir@/console.log' append='on'/></serial>
<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
</devices></domain>`;

/**
 * Begun anew where an earlier try was cut off before its domain was there. The last line of standard output is the
 * machine's public host key. It is made here, and its other half goes nowhere but to the machine: who is let in to this
 * host by SSH can trust it.
 */
const make = (name: string, machine: LibvirtMachine): string => `${OURS}image=$2 format=$3 size=$4
if ! there; then
  rm -rf -- "$dir"
  install -d -m 0711 "$dir"
  install -d -m 0700 "$dir/seed"
  cd "$dir/seed"
  ssh-keygen -q -t ed25519 -N '' -C "$name" -f key
  cat >network-config <<'END'
${network(name, machine)}
END
  cat >user-data <<'END'
${user(name, machine)}
END
  {
    echo '  ed25519_private: |'
    sed 's/^/    /' key
    echo "  ed25519_public: $(cat key.pub)"
  } >>user-data
  { echo "instance-id: windlass-$(cat /proc/sys/kernel/random/uuid)"; echo "local-hostname: $name"; } >meta-data
  if command -v xorriso >/dev/null; then iso='xorriso -as mkisofs'; else iso=genisoimage; fi
  $iso -quiet -volid CIDATA -joliet -rock -output ../seed.iso user-data meta-data network-config
  chmod 0600 ../seed.iso
  qemu-img create -q -f qcow2 -b "$image" -F "$format" -- ../disk.qcow2 "$size"
  kind=qemu cpu=
  if virsh domcapabilities --virttype kvm >/dev/null 2>&1; then kind=kvm cpu="<cpu mode='host-passthrough'/>"; fi
  sed "s|@kind@|$kind|; s|@cpu@|$cpu|; s|@dir@|$dir|" >../domain.xml <<'END'
${domain(name, machine)}
END
  virsh define ../domain.xml >&2
fi
if [ "$(virsh domstate "$name" | head -n 1)" != running ]; then virsh start "$name" >&2; fi
cat "$dir/seed/key.pub"
`;

const REMOVE = `${OURS}if there; then
  if [ "$(virsh domstate "$name" | head -n 1)" != 'shut off' ]; then virsh destroy "$name" >&2; fi
  virsh undefine "$name" --managed-save --snapshots-metadata --checkpoints-metadata >&2
fi
rm -rf -- "$dir"
`;

/** A throwaway machine, on its host: made, or found and started, with its public host key written; and removed again. */
export const machine = {
  make: (name: string, of: LibvirtMachine): Command =>
    bash(make(name, of), name, of.image, of.format, of.disk),
  remove: (name: string): Command => bash(REMOVE, name),
};
