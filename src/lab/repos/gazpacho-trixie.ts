import type { RepoRecipe } from '../repo-recipe.ts';
import { along, CLOUD_SYSTEMS, CMD2, STAY, TEAM } from './systems.ts';

/** One release on, without Glance, which forky lacks (research/lab.md 3). */
export const gazpachoTrixie: RepoRecipe = {
  name: 'gazpacho-trixie',
  about: 'OpenStack Gazpacho (2026.1) of forky for trixie',
  openstack: '2026.1',
  suite: 'trixie',
  from: 'forky',
  systems: CLOUD_SYSTEMS,
  along: along(...CMD2),
  team: TEAM,
  stay: STAY,
};
