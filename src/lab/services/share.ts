import { SHARE } from '../node.ts';
import type { NodeFile } from '../service.ts';

/** The one export of the share, as /etc/cinder and volumes' connections name it. */
export const EXPORT = 'share:/volumes';

/** Where it is on every node. */
export const VOLUMES = `${SHARE}/volumes`;

const script = (mount: string): string => `#!/bin/sh
if [ "$#" -lt 2 ] || [ "$1" != '${EXPORT}' ]; then
  echo "mount.nfs: this lab exports ${EXPORT} only" >&2
  exit 32
fi
${mount}
`;

/**
 * Volumes are files on a share. Containers cannot mount NFS, so the program that `mount -t nfs` calls shows the
 * folder that all nodes of the lab see; Cinder's and Nova's own NFS drivers do the rest as in the field.
 */
export const mountNfs: NodeFile = {
  path: '/usr/sbin/mount.nfs',
  mode: 0o755,
  content: script(`exec mount --bind ${VOLUMES} "$2"`),
};

/**
 * The same on a compute. libvirt moves a guest only with disks on a filesystem that it knows to be shared, and
 * asks for its type: one in user space that bears GlusterFS's name passes. Its process is a unit of its own, for
 * in Nova's it would end when Nova is restarted, and the guests' disks with it.
 */
export const mountNfsForGuests: NodeFile = {
  path: mountNfs.path,
  mode: 0o755,
  content: script(
    `exec systemd-run --quiet --collect --property=Type=forking bindfs -o subtype=glusterfs,allow_other ${VOLUMES} "$2"`,
  ),
};
