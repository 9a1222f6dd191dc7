import type { RepoRecipe } from '../repo-recipe.ts';
import { ALONG, CLOUD_SYSTEMS, STAY } from './systems.ts';

/** One release on, without Glance, which forky lacks (research/lab.md 3). */
export const gazpachoTrixie: RepoRecipe = {
  name: 'gazpacho-trixie',
  about: 'OpenStack Gazpacho (2026.1) of forky for trixie',
  openstack: '2026.1',
  suite: 'trixie',
  from: 'forky',
  systems: CLOUD_SYSTEMS,
  along: ALONG,
  stay: STAY,
};
