import type { RepoRecipe } from '../repo-recipe.ts';
import { ALONG, CLOUD_SYSTEMS, STAY } from './systems.ts';

/** Five releases in one stride, on the same OS (research/lab.md 5). */
export const epoxyBookworm: RepoRecipe = {
  name: 'epoxy-bookworm',
  about: 'OpenStack Epoxy (2025.1) of trixie for bookworm',
  openstack: '2025.1',
  suite: 'bookworm',
  from: 'trixie',
  systems: CLOUD_SYSTEMS,
  along: ALONG,
  stay: STAY,
};
