import type { RepoRecipe } from '../repo-recipe.ts';
import { along, CLOUD_SYSTEMS, CMD2, STAY, TEAM } from './systems.ts';

/** The step after Gazpacho; sid also has Glance again (research/lab.md 3). */
export const hibiscusTrixie: RepoRecipe = {
  name: 'hibiscus-trixie',
  about: 'OpenStack Hibiscus (2026.2) of sid for trixie',
  openstack: '2026.2',
  suite: 'trixie',
  from: 'sid',
  systems: CLOUD_SYSTEMS,
  along: along(...CMD2),
  team: TEAM,
  stay: STAY,
};
