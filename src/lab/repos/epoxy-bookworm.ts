import type { RepoRecipe } from '../repo-recipe.ts';
import { along, CLOUD_SYSTEMS, STAY } from './systems.ts';

/** Five releases in one stride, on the same OS (research/lab.md 5). */
export const epoxyBookworm: RepoRecipe = {
  name: 'epoxy-bookworm',
  about: 'OpenStack Epoxy (2025.1) of trixie for bookworm',
  openstack: '2025.1',
  suite: 'bookworm',
  from: 'trixie',
  systems: CLOUD_SYSTEMS,
  // Horizon’s pages cannot be built with Django 3.2; its package declares no version.
  along: along('django'),
  stay: STAY,
};
