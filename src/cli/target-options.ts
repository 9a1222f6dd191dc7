import type { Command } from 'commander';
import { type ClusterOptions, clusterOptions } from './context.ts';

export interface TargetOptions extends ClusterOptions {
  readonly os?: string;
  readonly openstack?: string;
}

/** Adds the options that name a target. */
export function targetOptions(command: Command): Command {
  return clusterOptions(command)
    .option('--os <codename>', 'the distribution to reach, as trixie')
    .option('--openstack <release>', 'the OpenStack release to reach, by number or code name');
}
