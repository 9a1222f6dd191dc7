import type { Wanted } from './repo-closure.ts';

/** A package repository that the lab can build: plain data, one file each in repos/. */
export interface RepoRecipe extends Wanted {
  readonly name: string;
  readonly about: string;
  /** The OpenStack release that it brings. */
  readonly openstack: string;
  /** The suite of the hosts that it is for. */
  readonly suite: string;
  /** The newer suite whose packages it takes, unchanged. */
  readonly from: string;
}
