import type { LabService } from '../service.ts';

export const memcached: LabService = {
  name: 'memcached',
  packages: ['memcached'],
  units: [],
  secrets: {},
  files: () => [],
  async first() {}, // starts by itself, as packaged: on 127.0.0.1, where its only user is
  async cold() {},
  async health(site, hands) {
    return Promise.all(
      site.controllers.map(async (node) => {
        const state = (await hands.on(node, 'systemctl is-active memcached', { accept: [3] })).trim();
        return { name: `memcached ${node.name}`, ok: state === 'active', detail: state };
      }),
    );
  },
};
