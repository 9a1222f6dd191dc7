import type { Command } from '../model/command.ts';
import { bash } from './bash.ts';

/**
 * Disks of a guest of libvirt, kept by external, disk-only snapshots (virsh(1), qemu-img(1)): from then on the guest writes
 * to overlays whose names end in the id, and what lies below them stays as it was. They come back by overlays made anew
 * under the same names while the guest is off: the domain's definition does not change, and what was kept stays kept.
 */
export interface LibvirtDisk {
  readonly id: string;
  readonly domain: string;
}

const on = (script: string, { domain, id }: LibvirtDisk): Command => bash(script, domain, id);

/** Target and file of each disk of the domain that can be written; \`kept\` says whether every one is an overlay of ours. */
const DISKS = `export LIBVIRT_DEFAULT_URI=qemu:///system LC_ALL=C
domain=$1 id=$2
disks() {
  virsh domblklist "$domain" --details | awk '$2 == "disk" { print $3 "\\t" $4 }'
}
kept() {
  disks | awk -F'\\t' -v end=".$id" '
    { all += 1; if (substr($2, length($2) - length(end) + 1) == end) ours += 1 }
    END { if (all == 0) exit 2; exit ours != all }'
}
`;

const KEEP = `${DISKS}rc=0
kept || rc=$?
if [ "$rc" = 2 ]; then echo "$domain has no disk that can be kept" >&2; exit 12; fi
if [ "$rc" = 1 ]; then virsh snapshot-create-as "$domain" "$id" --disk-only --atomic --no-metadata; fi
`;

const HAS = `${DISKS}disks
rc=0
kept || rc=$?
exit "$rc"
`;

/**
 * Everything that may fail is done while the machine still runs: what lies below is asked, the new overlays are made. qemu-img
 * has one field a line in its JSON; hosts of guests need no Python for that.
 */
const RESTORE = `${DISKS}if ! kept; then echo "$domain does not write to overlays of $id" >&2; exit 12; fi
field() { sed -n 's/^    "'"$1"'": "\\([^"\\\\]*\\)",\\{0,1\\}$/\\1/p' <<<"$info" | head -n 1; }
disks | while IFS='	' read -r _ overlay; do
  info=$(qemu-img info --force-share --output=json -- "$overlay")
  base=$(field full-backing-filename)
  format=$(field backing-filename-format)
  if [ -z "$base" ] || [ -z "$format" ]; then
    echo "qemu-img does not say what $overlay lies on: $info" >&2
    exit 12
  fi
  rm -f -- "$overlay.new"
  qemu-img create -q -f qcow2 -b "$base" -F "$format" -- "$overlay.new"
  chown --reference="$overlay" -- "$overlay.new"
  chmod --reference="$overlay" -- "$overlay.new"
done
running() { [ "$(virsh domstate "$domain" | head -n 1)" != 'shut off' ]; }
if running; then
  if ! virsh shutdown "$domain"; then echo 'it is not asked to shut down again: it will lose its power' >&2; fi
  for _ in $(seq 120); do
    running || break
    sleep 1
  done
  if running; then virsh destroy "$domain"; fi
fi
disks | while IFS='	' read -r _ overlay; do mv -- "$overlay.new" "$overlay"; done
virsh start "$domain"
`;

const DROP = `${DISKS}disks | while IFS='	' read -r target overlay; do
  case $overlay in
    *".$id")
      virsh blockcommit "$domain" "$target" --active --pivot --wait </dev/null
      rm -f -- "$overlay" ;;
  esac
done
`;

/** What is told to it, by the word for it. */
export const libvirt = {
  keep: (disk: LibvirtDisk): Command => on(KEEP, disk),
  has: (disk: LibvirtDisk): Command => on(HAS, disk),
  restore: (disk: LibvirtDisk): Command => on(RESTORE, disk),
  drop: (disk: LibvirtDisk): Command => on(DROP, disk),
};
