import { WindlassError } from '../../model/error.ts';
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
export function repoNamed(name: string): RepoRecipe {
  const found = Object.hasOwn(REPOS, name) ? REPOS[name] : undefined;
  if (found !== undefined) return found;
  throw new WindlassError(
    {
      code: 'WL-LAB-REPO',
      message: `no repository named ${name}`,
      remedy: `name one of: ${Object.keys(REPOS).join(', ')}`,
    },
    2,
  );
}
