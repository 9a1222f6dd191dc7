import { optionEdits } from '../../catalog/options/edits.ts';
import type { Service } from '../../catalog/service.ts';
import type { Chain } from '../draft.ts';
import { type Controllers, servicesOn } from './topology.ts';

/**
 * Options that the target calls otherwise, or does not read any more, are changed in the files in use, where the policy
 * says so. With the new packages in place, since the old code does not know all of the new names; before the services
 * start, and before a configurer has the last word.
 */
export function changeOptions(
  chain: Chain,
  roll: Controllers,
  node: string,
  services: readonly Service[] = servicesOn(roll, node),
): void {
  if (roll.cluster.policy.options !== 'change') return;
  for (const service of services) {
    const known = roll.facts.nodes[node]?.options ?? {};
    const files = optionEdits(service.name, known, roll.from.openstack, roll.to.openstack);
    if (files.length === 0) continue;
    chain.step({
      id: `${node}/${service.name}/change-options`,
      kind: 'config.edit',
      on: [node],
      params: { files },
      title: `Change ${service.name}'s options on ${node} to what ${roll.to.openstack} reads`,
      why: `${files.map(({ path }) => path).join(', ')}; each old file is kept beside`,
      source: "the target's own option metadata (oslo.config)",
      return: 'reversible',
      estimate: 2,
    });
  }
}
