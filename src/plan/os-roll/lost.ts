import type { Made, Service } from '../../catalog/service.ts';
import type { Chain, Draft } from '../draft.ts';
import { keepDir } from './keep.ts';
import { isRebuilt } from './rebuilt.ts';
import { type Controllers, servicesOn } from './topology.ts';

/** Folders of a service on a node that its packages throw away when they change. */
const lostOn = (roll: Controllers, node: string, { made = [] }: Service): readonly Made[] =>
  isRebuilt(roll, node)
    ? []
    : made.filter((one) => one.lost && roll.facts.nodes[node]?.packages[one.package] !== undefined);

const params = (roll: Controllers, { package: of, path }: Made) => ({
  dir: `${keepDir(roll)}/packages`,
  package: of,
  path,
});

/** Keeps them where the packages' own files are not kept. */
export function keepLost(draft: Draft, roll: Controllers, node: string): void {
  for (const service of servicesOn(roll, node)) {
    for (const made of lostOn(roll, node, service)) {
      draft.add({
        id: `${node}/${service.name}/keep`,
        kind: 'package.keep-lost',
        on: [node],
        params: params(roll, made),
        title: `Keep what ${service.name}'s package will throw away on ${node}`,
        why: `${made.path}: ${made.says}`,
        source: made.source,
        needs: [],
        return: 'reversible',
        estimate: 1,
        class: 'light',
      });
    }
  }
}

/** Gives them back before the service starts, from where they or the packages' files were kept. */
export function giveBack(chain: Chain, roll: Controllers, node: string, service: Service): void {
  for (const made of lostOn(roll, node, service)) {
    chain.step({
      id: `${node}/${service.name}/give-back`,
      kind: 'package.give-back',
      on: [node],
      params: params(roll, made),
      title: `Give ${service.name} on ${node} back what its package threw away`,
      why: `${made.path}: ${made.says}`,
      source: made.source,
      return: 'reversible',
      estimate: 1,
    });
  }
}
