import { heldAtHome } from '../catalog/held.ts';
import type { Archive } from './layer.ts';
import { REPOS } from './repos/index.ts';
import type { Topology } from './topology.ts';

/** The repository of the lab that a topology's OpenStack comes from; undefined where its suite's own archive has it. */
export function archiveOf({ suite, openstack }: Topology): Archive | undefined {
  const found = Object.values(REPOS).find((repo) => repo.suite === suite && repo.openstack === openstack);
  return found && { repo: found.name, held: heldAtHome(`debian/${suite}`, openstack) };
}
