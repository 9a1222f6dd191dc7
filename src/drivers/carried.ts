import type { Argv, Command, Look } from '../model/command.ts';
import { bash } from './bash.ts';

/** A path that a node takes along when its machine is made anew; `exact`: there is nothing else there afterwards. */
export interface Carried {
  readonly path: string;
  readonly exact: boolean;
}

const words = (carried: readonly Carried[]): Argv =>
  carried.map(({ path, exact }) => `${exact ? '=' : '+'}${path}`);

/** Shell text: whether a path lies on a filesystem of the network. */
const SHARED = `shared() {
  case $(stat -f -c %T -- "$1") in
    nfs* | ceph | fuse* | cifs | smb* | gfs* | ocfs2 | lustre | v9fs | 9p*) ;;
    *) return 1 ;;
  esac
}
`;

/**
 * Writes what is there of the paths as an archive to standard output. What lies on a filesystem of the network is seen
 * from the new machine as well and is left where it is. Owners go by name: a fresh system counts its users otherwise.
 */
const PACK = `${SHARED}cd /
list=$(mktemp)
trap 'rm -f -- "$list"' EXIT
for word; do
  path=\${word#?}
  [ -e "$path" ] || continue
  if shared "$path"; then continue; fi
  printf '%s\\0' ".$path" >>"$list"
done
tar --create --file=- --one-file-system --xattrs --acls --null --files-from="$list"
`;

/** The archive of a node's state, as one of its read-only commands writes it. */
export const pack = (carried: readonly Carried[]): { argv: Argv; input: string } =>
  bash(PACK, ...words(carried));

/**
 * Puts an archive's paths back. One that is to be exact is emptied first, if the archive has it and it is not of the
 * network: what a fresh package made there (an empty database, first keys) is nobody's. Run again it does the same again.
 */
const UNPACK = `${SHARED}archive=$1 mark=$2
shift 2
rm -f -- "$mark"
cd /
tar --list --file="$archive" >"$archive.list"
for word; do
  path=\${word#?}
  case $word in =*) ;; *) continue ;; esac
  grep -qxF -e ".$path" -e ".$path/" -- "$archive.list" || continue
  [ -e "$path" ] || continue
  if shared "$path"; then
    echo "$path is on a filesystem of the network here, and was on the node's own disk before" >&2
    exit 1
  fi
  if [ -d "$path" ]; then find "$path" -xdev -mindepth 1 -delete; fi
done
tar --extract --file="$archive" --preserve-permissions --same-owner --xattrs --acls
sync -f /
touch /run/reboot-required
sha256sum <"$archive" >"$mark.new"
mv -- "$mark.new" "$mark"
rm -f -- "$archive" "$archive.list"
`;

/** Unpacks `archive`; `mark` says afterwards that it was done. The next boot starts with what was put. */
export const unpack = (archive: string, mark: string, carried: readonly Carried[]): Command =>
  bash(UNPACK, archive, mark, ...words(carried));

/** Whether a file is there. */
export const there = (path: string): Look => ({ argv: ['find', path, '-maxdepth', '0'] });
