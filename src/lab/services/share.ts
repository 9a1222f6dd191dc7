import { SHARE } from '../node.ts';
import type { NodeFile } from '../service.ts';

/** The one export of the share, as /etc/cinder and volumes' connections name it. */
export const EXPORT = 'share:/volumes';

/** Where it is on every node. */
export const VOLUMES = `${SHARE}/volumes`;

/**
 * Volumes are files on a share. Containers cannot mount NFS, so the program that `mount -t nfs` calls binds the
 * folder that all nodes of the lab see; Cinder's and Nova's own NFS drivers do the rest as in the field.
 */
export const mountNfs: NodeFile = {
  path: '/usr/sbin/mount.nfs',
  mode: 0o755,
  content: `#!/bin/sh
if [ "$#" -lt 2 ] || [ "$1" != '${EXPORT}' ]; then
  echo "mount.nfs: this lab exports ${EXPORT} only" >&2
  exit 32
fi
exec mount --bind ${VOLUMES} "$2"
`,
};
