import type { Service } from '../../catalog/service.ts';
import type { Chain, Draft } from '../draft.ts';
import { endOldComputes } from './old-computes.ts';
import { migrations } from './services.ts';
import { type Controllers, targetCodename } from './topology.ts';

/** What old code anywhere would not bear: not done while nodes stay as they are. */
export function wholeOnly(draft: Draft, roll: Controllers, needs: readonly string[]): readonly string[] {
  if (roll.leftOut.length > 0) return needs;
  const last = migrations(draft, roll, roll.lead, 'last', endOldComputes(draft, roll, needs));
  return migrations(draft, roll, roll.lead, 'after', last);
}

/** The same for one service: what is old of others does not hold it up. */
export function wholeOnlyOf(
  draft: Draft,
  roll: Controllers,
  service: Service,
  needs: readonly string[],
): readonly string[] {
  if (roll.leftOut.length > 0 || !roll.services.includes(service)) return needs;
  const begin = service.name === 'nova' ? endOldComputes(draft, roll, needs) : needs;
  const last = migrations(draft, roll, roll.lead, 'last', begin, [service]);
  return migrations(draft, roll, roll.lead, 'after', last, [service]);
}

/** What nothing needs any more goes; with `kept`, what is to come back is kept there first, with `disk` the whole disk was. */
export function autoremove(
  chain: Chain,
  node: string,
  { kept, disk = false }: { readonly kept?: string | undefined; readonly disk?: boolean } = {},
): void {
  chain.step({
    id: `${node}/packages/autoremove`,
    kind: 'apt.autoremove',
    on: [node],
    params: kept === undefined ? {} : { kept },
    title: `Remove packages nothing needs from ${node}`,
    why: 'libraries of the old release',
    source: '001',
    return: kept === undefined && !disk ? 'irreversible' : 'restore',
    estimate: 20,
    timeout: 1800,
  });
}

/** A last look at a node; `absent` are files of ours that must be gone. */
export function verifyNode(
  chain: Chain,
  roll: Controllers,
  node: string,
  absent: readonly string[],
  settle: number,
): void {
  chain.step({
    id: `${node}/node/verify`,
    kind: 'node.verify',
    on: [node],
    params: { codename: targetCodename(roll), absent: [...absent] },
    title: `Look at ${node} once more`,
    why: 'nothing failed, nothing half configured, nothing masked, nothing of ours left',
    source: 'design 2 (2)',
    return: 'reversible',
    estimate: 2,
    settle,
  });
}
