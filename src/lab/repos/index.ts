import { named } from '../named.ts';
import type { RepoRecipe } from '../repo-recipe.ts';
import { epoxyBookworm } from './epoxy-bookworm.ts';
import { gazpachoTrixie } from './gazpacho-trixie.ts';
import { hibiscusTrixie } from './hibiscus-trixie.ts';

/** Every repository the lab can build, by name. */
export const REPOS: Readonly<Record<string, RepoRecipe>> = {
  'epoxy-bookworm': epoxyBookworm,
  'gazpacho-trixie': gazpachoTrixie,
  'hibiscus-trixie': hibiscusTrixie,
};

/** A repository by its name, or WL-LAB-REPO with the names there are. */
export const repoNamed = (name: string): RepoRecipe => named(REPOS, name, 'repository', 'WL-LAB-REPO');
