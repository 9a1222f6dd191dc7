import type { NewPart } from '../service.ts';

/** What of nova is new between Mitaka and Ocata besides packages and schemas (002: "we had to add a few things"). */
export const NOVA_PARTS: readonly NewPart[] = [
  {
    id: 'cell0',
    at: 'ocata',
    database: { schema: 'nova_cell0', like: 'nova' },
    says: 'cells v2 are mandatory: an extra database in Galera for servers that were never scheduled; map_cell0 takes its address from that of nova’s own',
    source: '002',
  },
  {
    id: 'placement',
    at: 'ocata',
    proxy: { name: 'placement', port: 8778 },
    endpoint: {
      type: 'placement',
      name: 'placement',
      description: 'Placement',
      like: 'compute',
      cut: ':8774',
      to: ':8778',
    },
    section: {
      file: '/etc/nova/nova.conf',
      from: 'keystone_authtoken',
      to: 'placement',
      needs: ['auth_url', 'username', 'password', 'project_name'],
      also: [
        'auth_type',
        'project_domain_name',
        'project_domain_id',
        'user_domain_name',
        'user_domain_id',
        'region_name',
        'cafile',
      ],
      otherwise: { auth_type: 'password' },
      roles: ['controller', 'compute'],
    },
    says: 'mandatory from Ocata on: nova-compute does not start without [placement]; it asks with the rights nova has already, so no user and no password is made',
    source: '002; nova 15.0.0 release notes',
  },
];
