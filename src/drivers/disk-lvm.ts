import type { Command } from '../model/command.ts';
import { bash } from './bash.ts';

/**
 * Snapshots of the volumes that hold a node's system, taken and merged on the node itself (lvcreate(8), lvconvert(8)).
 * A snapshot that ran full is worth nothing: LVM marks it invalid (`I` or `S` in lv_attr), and so do we.
 */
export interface LvmDisk {
  readonly id: string;
  readonly volumes: readonly string[];
  readonly size: string;
}

const args = ({ id, size, volumes }: LvmDisk): string[] => [id, size, ...volumes];

const on = (script: string, disk: LvmDisk): Command => bash(script, ...args(disk));

/**
 * State of the snapshot of a volume: `absent`, `whole`, `invalid`, or `merging`, from when it is put back until all of it is:
 * a list of volumes does not show it then, and its name is taken all the same.
 */
const STATE = `id=$1 size=$2
shift 2
state() {
  attr=$(lvs --all --noheadings --options lv_name,lv_attr -- "\${1%/*}" | tr -d '[]' |
    awk -v name="\${1#*/}-$id" '$1 == name { print $2 }')
  case $attr in
    '') echo absent ;;
    S*) echo merging ;;
    ????[IS]*) echo invalid ;;
    *) echo whole ;;
  esac
}
merged() {
  while [ "$(state "$1")" = merging ]; do sleep 2; done
}
`;

/**
 * What is not on a named volume would stay new under an old system: a kernel in a \`/boot\` of its own finds no modules.
 * Then nothing is kept, and what is missing is named.
 */
const KEEP = `${STATE}for path in / /usr /etc /var /boot; do
  source=$(findmnt --noheadings --nofsroot --output SOURCE --target "$path")
  volume=$(lvs --noheadings --separator / --options vg_name,lv_name -- "$source" 2>/dev/null | tr -d ' ') || volume=
  known=
  for named; do if [ "$named" = "$volume" ]; then known=yes; fi; done
  if [ -z "$known" ]; then
    echo "$path lies on $source, which is none of the volumes named: $*" >&2
    exit 12
  fi
done
case $size in
  *%) room=(--extents "\${size}ORIGIN") ;;
  *) room=(--size "$size") ;;
esac
sync
for volume; do
  merged "$volume"
  case $(state "$volume") in
    whole) ;;
    invalid)
      echo "the snapshot $volume-$id ran full: remove it" >&2
      exit 13 ;;
    absent) lvcreate --yes --snapshot --name "\${volume#*/}-$id" "\${room[@]}" "$volume" ;;
  esac
done
`;

/** Snapshots of some volumes, one that ran full or is being merged are no kept disk, and take room all the same: 3. */
const HAS = `${STATE}whole=0 absent=0
for volume; do
  is=$(state "$volume")
  echo "$volume $is"
  case $is in
    whole) whole=$((whole + 1)) ;;
    absent) absent=$((absent + 1)) ;;
  esac
done
if [ "$whole" = $# ]; then exit 0; fi
if [ "$absent" = $# ]; then exit 1; fi
exit 3
`;

/**
 * The merge of a volume in use waits until it is activated anew: for the boot, which comes when this has ended. Its record
 * lies on the disk that goes, so the boot must not come before the end was told.
 */
const RESTORE = `${STATE}for volume; do
  if [ "$(state "$volume")" = invalid ]; then
    echo "the snapshot $volume-$id ran full: nothing can be put back from it" >&2
    exit 13
  fi
done
for volume; do
  if [ "$(state "$volume")" = whole ]; then lvconvert --merge "$volume-$id"; fi
done
systemd-run --quiet --on-active=15 systemctl reboot
`;

const DROP = `${STATE}for volume; do
  merged "$volume"
  if [ "$(state "$volume")" != absent ]; then lvremove --yes "$volume-$id"; fi
done
`;

/** What is told to it, by the word for it. */
export const lvm = {
  keep: (disk: LvmDisk): Command => on(KEEP, disk),
  has: (disk: LvmDisk): Command => on(HAS, disk),
  restore: (disk: LvmDisk): Command => on(RESTORE, disk),
  drop: (disk: LvmDisk): Command => on(DROP, disk),
};
