import { registerService } from '../identity.ts';
import { type LabService, startUnit } from '../service.ts';
import { firstController } from '../site.ts';
import { apiHealth, apiServes, coldApi, startApi, uwsgiFiles } from './api.ts';
import { API_PORTS } from './haproxy.ts';
import { NEUTRON_SECRETS, neutronConf, PHYSICAL } from './neutron-conf.ts';

const RPC = 'neutron-rpc-server';
const ML2 = '/etc/neutron/plugins/ml2/ml2_conf.ini';

const SYNC = `runuser -u neutron -- neutron-db-manage --config-file /etc/neutron/neutron.conf --config-file ${ML2} upgrade heads`;

const ml2 = `[ml2]
type_drivers = flat,vlan
tenant_network_types = vlan
mechanism_drivers = openvswitch
extension_drivers = port_security
[ml2_type_flat]
flat_networks = ${PHYSICAL}
[ml2_type_vlan]
network_vlan_ranges = ${PHYSICAL}:100:199
[securitygroup]
enable_security_group = true
`;

export const neutron: LabService = {
  name: 'neutron',
  packages: ['neutron-api', RPC],
  units: ['neutron-api', RPC],
  secrets: { ...NEUTRON_SECRETS, 'db-neutron': 'password' },
  files: (site, node) => [
    neutronConf(site, node),
    { path: ML2, content: ml2, mode: 0o640, owner: 'root:neutron' },
    ...uwsgiFiles(node, 'neutron', 'neutron-api', API_PORTS.neutron, ['neutron-server', 'neutron-api']),
  ],

  async first(site, hands) {
    await registerService(site, 'neutron', 'network', `http://${site.vip}:${API_PORTS.neutron}`);
    await hands.on(firstController(site), SYNC, { timeoutMs: 600_000 });
    await startApi(site, hands, RPC);
    await startApi(site, hands, 'neutron-api');
    await apiServes(site, 'neutron');
  },
  async cold(site, hands) {
    const start = startUnit(RPC);
    await Promise.all(site.controllers.map((node) => hands.on(node, start, { timeoutMs: 300_000 })));
    await coldApi(site, hands, 'neutron', 'neutron-api');
  },
  health: (site) => apiHealth(site, 'neutron'),
};
