import { distributionsBetween } from '../catalog/distributions.ts';
import { seriesOrder } from '../catalog/releases.ts';
import type { NodeFacts } from '../model/facts.ts';
import { type Check, type Found, read, type Scene } from './check.ts';

/** The last series that is known to fail at iptables-nft's output, and the first Debian that has it by default. */
const CANNOT = 'rocky';
const NFT_SINCE = 'buster';

const NAMES = ['iptables', 'ip6tables', 'ebtables', 'arptables'] as const;

const agents = ({ units }: NodeFacts): boolean =>
  Object.entries(units).some(
    ([unit, { active }]) => /^neutron-(.*-)?agent\.service$/.test(unit) && active === 'active',
  );

/** Whether the hop, or the system the cluster is on, brings nft's program as the default. */
function nft(scene: Scene): boolean {
  const since = distributionsBetween(NFT_SINCE, scene.to.os);
  return scene.to.os === NFT_SINCE || (since !== undefined && since.length > 0);
}

/** Neutron reads iptables' own words, and two programs write two sets of rules. */
export const iptables: Check = {
  code: 'WL-CHECK-IPTABLES',
  title: "Neutron's firewall would be written by another iptables",
  source: '000; Debian 10 release notes: iptables uses nftables',
  find: (scene) =>
    read(scene).flatMap(([node, facts]): Found[] => {
      const { alternatives, legacyTables = [] } = facts;
      if (alternatives === undefined || !agents(facts)) return [];
      const chosen = alternatives.iptables;
      const legacy = chosen?.path.endsWith('legacy') === true;
      if (
        nft(scene) &&
        seriesOrder(scene.to.openstack) <= seriesOrder(CANNOT) &&
        !(legacy && chosen.manual)
      ) {
        return [
          {
            level: 'warn',
            node,
            evidence: `${scene.to.os} gives ${node} iptables-nft, whose output Neutron of ${scene.to.openstack} sometimes cannot read`,
            remedy: `On ${node}, after its packages and before its agents start: ${NAMES.map((name) => `update-alternatives --set ${name} /usr/sbin/${name}-legacy`).join('; ')}.`,
          },
        ];
      }
      if (chosen && !legacy && legacyTables.length > 0) {
        return [
          {
            level: 'warn',
            node,
            evidence: `iptables on ${node} is ${chosen.path}, and the kernel still has legacy tables: ${legacyTables.join(', ')}`,
            remedy: `On ${node}: iptables-legacy-save shows who wrote them; both sets filter. A reboot with the agents' own rules alone clears them.`,
          },
        ];
      }
      return legacy && chosen.manual && seriesOrder(scene.to.openstack) > seriesOrder(CANNOT)
        ? [
            {
              level: 'note',
              node,
              evidence: `somebody chose ${chosen.path} on ${node}; it stays so through the upgrade`,
              remedy: `Nothing to do; when ${node} is empty: ${NAMES.map((name) => `update-alternatives --auto ${name}`).join('; ')}, then reboot it.`,
            },
          ]
        : [];
    }),
};
