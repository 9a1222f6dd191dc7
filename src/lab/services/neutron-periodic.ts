import { type LabService, startUnit } from '../service.ts';
import type { Site } from '../site.ts';
import { startApi } from './api.ts';

const UNIT = 'neutron-periodic-workers';

/** What neutron's server did beside its answers until it was split: a package of its own that nothing pulls in. */
export const neutronPeriodic: LabService = {
  name: 'neutron-periodic',
  packages: [UNIT],
  units: [UNIT],
  secrets: {},
  files: () => [],
  first: (site, hands) => startApi(site, hands, UNIT),
  async cold(site, hands) {
    const start = startUnit(UNIT);
    await Promise.all(site.controllers.map((node) => hands.on(node, start, { timeoutMs: 300_000 })));
  },
  health: async (site: Site, hands) =>
    Promise.all(
      site.controllers.map(async (node) => {
        const detail = (await hands.on(node, `systemctl is-active ${UNIT}`, { accept: [3] })).trim();
        return { name: `${UNIT} on ${node.name}`, ok: detail === 'active', detail };
      }),
    ),
};
