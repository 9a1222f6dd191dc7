import { Chain, type Draft } from '../draft.ts';
import { keepDisk } from './disks.ts';
import { empty } from './empty.ts';
import { exchange } from './exchange.ts';
import { changeOptions } from './options.ts';
import { rebuild } from './rebuild.ts';
import { isRebuilt } from './rebuilt.ts';
import { takeBack } from './take-back.ts';
import type { Controllers } from './topology.ts';

/** One controller: emptied, upgraded or made anew, booted, and taken back, each part guarded by the live state of the others. */
export function rollNode(
  draft: Draft,
  roll: Controllers,
  node: string,
  after: readonly string[],
): readonly string[] {
  draft.phase(`roll-${node}`, `${isRebuilt(roll, node) ? 'Rebuild' : 'Upgrade'} ${node}`);
  const chain = new Chain(draft, after);
  empty(chain, roll, node);
  keepDisk(chain, roll, node);
  if (isRebuilt(roll, node)) rebuild(chain, roll, node);
  else {
    exchange(chain, roll, node);
    changeOptions(chain, roll, node);
  }
  takeBack(chain, roll, node);
  return chain.last;
}
