import type { Hypervisor, Package } from '../model/facts.ts';
import { lines, type Part } from './text.ts';

const SECONDS_PER_TICK = 0.01;

/**
 * Guests that run on a node, as its process table has them: libvirt gives each qemu its guest's uuid. And where their
 * disks are: `images_type` and the file system under the instances folder decide what a migration has to copy.
 */
export const guests: Part<Omit<Hypervisor, 'libvirt' | 'qemu'>> = {
  script: `echo '== ticks'
getconf CLK_TCK
awk '/^btime/ { print $2 }' /proc/stat
echo '== guests'
for dir in /proc/[0-9]*; do
  case "$(cat "$dir/comm" 2>/dev/null)" in qemu-*|kvm|qemu) ;; *) continue ;; esac
  uuid=$(tr '\\0' '\\n' <"$dir/cmdline" 2>/dev/null | awk 'found { print; exit } $0 == "-uuid" { found = 1 }')
  [ -n "$uuid" ] && echo "$uuid \${dir#/proc/} $(sed 's/.*) //' "$dir/stat" 2>/dev/null | cut -d ' ' -f 20)"
done
echo '== images'
path=/var/lib/nova/instances
for file in /etc/nova/nova.conf /etc/nova/nova-compute.conf; do
  [ -r "$file" ] || continue
  awk '/^\\[/ { section = $0 }
    section == "[libvirt]" && /^images_type[ \\t]*=/ { sub(/^[^=]*=[ \\t]*/, ""); print }' "$file"
  set=$(awk '/^\\[/ { section = $0 }
    section == "[DEFAULT]" && /^instances_path[ \\t]*=/ { sub(/^[^=]*=[ \\t]*/, ""); print }' "$file" | tail -n 1)
  case "$set" in /*) path=$set ;; esac
done
echo '== storage'
[ -d "$path" ] && df --output=fstype "$path" | tail -n 1
`,
  read(part) {
    const [ticks = '100', boot = '0'] = lines(part.ticks ?? '');
    const perTick = Number(ticks) > 0 ? 1 / Number(ticks) : SECONDS_PER_TICK;
    const images = lines(part.images ?? '').at(-1);
    const storage = lines(part.storage ?? '').at(-1);
    return {
      ...(images === undefined ? {} : { images }),
      ...(storage === undefined ? {} : { storage }),
      guests: lines(part.guests ?? '')
        .map((line) => {
          const [uuid = '', pid = '', since = ''] = line.split(' ');
          return { uuid, pid: Number(pid), started: Math.round(Number(boot) + Number(since) * perTick) };
        })
        .sort((a, b) => (a.uuid < b.uuid ? -1 : 1)),
    };
  },
};

const bare = (one: Package | undefined): string | undefined =>
  one?.version.replace(/^\d+:/, '').replace(/-[^-]*$/, '');

/** What runs guests, from the packages installed; undefined on a node that runs none. */
export function hypervisor(
  packages: Readonly<Record<string, Package>>,
  seen: Omit<Hypervisor, 'libvirt' | 'qemu'>,
): Hypervisor | undefined {
  const libvirt = bare(packages['libvirt-daemon'] ?? packages['libvirt-daemon-system']);
  const qemu = bare(packages['qemu-system-x86'] ?? packages['qemu-system-arm'] ?? packages['qemu-kvm']);
  if (libvirt === undefined && packages['nova-compute'] === undefined && seen.guests.length === 0) {
    return undefined;
  }
  return { ...(libvirt === undefined ? {} : { libvirt }), ...(qemu === undefined ? {} : { qemu }), ...seen };
}
