import { name, type Select, type Tables } from './tables.ts';

/** Tables that tell where the services keep what. */
export const TABLES = [
  'services',
  'compute_nodes',
  'instances',
  'tags',
  'volumes',
  'agents',
  'routers',
  'ha_router_agent_port_bindings',
  'project',
  'project_tag',
] as const;

/** The metadata key of a guest that `cloud-program.ts` goes by too. */
const MAINTENANCE = 'maintenance_action';

/** Schemas that hold the databases of a cloud, by what each is for. */
export interface Places {
  readonly cells: readonly string[];
  readonly cinder?: string;
  readonly neutron?: string;
  readonly keystone?: string;
}

/**
 * Where the databases are: by the tables they have, and among several by the name they go by, since copies for a
 * rehearsal stand beside them and must not be counted as guests.
 */
export function places(tables: Tables): Places {
  const having = (...wanted: readonly string[]): string[] =>
    Object.keys(tables)
      .filter((schema) => wanted.every((table) => tables[schema]?.[table] !== undefined))
      .sort();
  const one = (known: string, candidates: readonly string[]): Record<string, string> => {
    const found = candidates.includes(known) ? known : candidates.length === 1 ? candidates[0] : undefined;
    return found === undefined ? {} : { [known]: found };
  };
  const cells = having('compute_nodes', 'instances', 'services');
  const named = cells.filter((schema) => /^nova(_cell\w+)?$/.test(schema));
  return {
    cells: named.length > 0 ? named : cells.length <= 2 ? cells : [],
    ...one('cinder', having('volumes', 'services')),
    ...one('neutron', having('agents', 'routers')),
    ...one('keystone', having('project')),
  };
}

/** A plug-in keeps its revisions beside its host's, in a table of its own: `neutron.alembic_version_fwaas`. */
const chainOf = (schema: string, table: string): string =>
  table === 'alembic_version' ? schema : `${schema}.${table}`;

const age = (of: string): string => `COALESCE(TIMESTAMPDIFF(SECOND, ${of}, UTC_TIMESTAMP()), '')`;
const text = (of: string): string => `COALESCE(${of}, '')`;
const figure = (of: string): string => `COALESCE(${of}, 0)`;

/** What is asked of each database, as columns that its tables have. Nothing here can hold a password or a key. */
export function selects(tables: Tables): Select[] {
  const at = places(tables);
  const has = (schema: string, table: string, column: string): boolean =>
    tables[schema]?.[table]?.includes(column) ?? false;
  return [
    ...Object.entries(tables).flatMap(([schema, mine]) =>
      Object.keys(mine)
        .filter((table) => table.startsWith('alembic_version'))
        .map((table) => ({
          id: 'schemas',
          sql: `SELECT '${chainOf(schema, table).replaceAll("'", "''")}', version_num FROM ${name(schema, table)}`,
        })),
    ),
    ...at.cells.flatMap((cell) => novaSelects(cell, tables[cell] ?? {})),
    ...(at.cinder === undefined
      ? []
      : [
          {
            id: 'cinder-services',
            sql: `SELECT host, \`binary\`, ${figure('disabled')}, ${text('disabled_reason')}, ${age('COALESCE(updated_at, created_at)')} FROM ${name(at.cinder, 'services')} WHERE NOT deleted`,
          },
        ]),
    ...(at.neutron === undefined
      ? []
      : neutronSelects(at.neutron, has(at.neutron, 'routers', 'project_id') ? 'project_id' : 'tenant_id')),
    ...(at.keystone === undefined
      ? []
      : [
          {
            id: 'projects',
            sql: has(at.keystone, 'project_tag', 'name')
              ? `SELECT p.id, p.name, ${text('GROUP_CONCAT(t.name)')} FROM ${name(at.keystone, 'project')} p LEFT JOIN ${name(at.keystone, 'project_tag')} t ON t.project_id = p.id WHERE NOT p.is_domain GROUP BY p.id, p.name`
              : `SELECT id, name, '' FROM ${name(at.keystone, 'project')}`,
          },
        ]),
  ];
}

function novaSelects(cell: string, mine: Readonly<Record<string, readonly string[]>>): Select[] {
  const table = (of: string): string => name(cell, of);
  const has = (of: string, column: string): boolean => mine[of]?.includes(column) ?? false;
  const seen = has('services', 'last_seen_up')
    ? 'COALESCE(last_seen_up, updated_at, created_at)'
    : 'COALESCE(updated_at, created_at)';
  const tags =
    mine.tags === undefined
      ? "''"
      : text(
          `(SELECT GROUP_CONCAT(t.tag) FROM ${table('tags')} t WHERE t.resource_id = i.uuid${has('tags', 'deleted') ? ' AND t.deleted = 0' : ''})`,
        );
  // Of a guest's metadata only this one key, by which its owner says how it wants to be treated: others may be secrets.
  const maintenance = text(
    `(SELECT m.value FROM ${table('instance_metadata')} m WHERE m.instance_uuid = i.uuid AND m.deleted = 0 AND m.key = '${MAINTENANCE}' LIMIT 1)`,
  );
  const volumes = (more: string): string =>
    `(SELECT COUNT(*) FROM ${table('block_device_mapping')} b WHERE b.instance_uuid = i.uuid AND b.deleted = 0 AND b.destination_type = 'volume'${more})`;
  return [
    {
      id: 'nova-services',
      sql: `SELECT ${text('host')}, ${text('`binary`')}, ${has('services', 'version') ? figure('version') : "''"}, ${figure('disabled')}, ${text('disabled_reason')}, ${age(seen)}, ${has('services', 'forced_down') ? figure('forced_down') : '0'} FROM ${table('services')} WHERE deleted = 0`,
    },
    {
      id: 'computes',
      sql: `SELECT '${cell}', ${text('host')}, ${text('hypervisor_hostname')}, ${text('hypervisor_type')}, ${figure('hypervisor_version')}, ${figure('vcpus')}, ${figure('vcpus_used')}, ${figure('memory_mb')}, ${figure('memory_mb_used')}, ${figure('local_gb')}, ${figure('local_gb_used')} FROM ${table('compute_nodes')} WHERE deleted = 0`,
    },
    {
      id: 'instances',
      sql: `SELECT uuid, ${text('display_name')}, ${text('host')}, ${text('project_id')}, ${text('vm_state')}, ${figure('power_state')}, ${text('task_state')}, ${figure('vcpus')}, ${figure('memory_mb')}, ${figure('root_gb')}, ${figure('ephemeral_gb')}, ${volumes('')}, ${volumes(' AND b.boot_index = 0')}, (SELECT COUNT(*) FROM ${table('pci_devices')} p WHERE p.instance_uuid = i.uuid AND p.deleted = 0), ${tags}, ${maintenance} FROM ${table('instances')} i WHERE deleted = 0${has('instances', 'hidden') ? ' AND NOT COALESCE(hidden, 0)' : ''}`,
    },
  ];
}

function neutronSelects(schema: string, project: string): Select[] {
  const table = (of: string): string => name(schema, of);
  return [
    {
      id: 'agents',
      sql: `SELECT id, agent_type, \`binary\`, host, admin_state_up, ${age('heartbeat_timestamp')} FROM ${table('agents')}`,
    },
    {
      id: 'routers',
      sql: `SELECT r.id, ${text('r.name')}, ${text(`r.${project}`)}, ${figure('r.admin_state_up')}, r.gw_port_id IS NOT NULL, ${figure('x.ha')}, ${figure('x.distributed')} FROM ${table('routers')} r LEFT JOIN ${table('router_extra_attributes')} x ON x.router_id = r.id`,
    },
    {
      id: 'router-agents',
      sql: `SELECT b.router_id, b.l3_agent_id, a.host, ${text(`(SELECT h.state FROM ${table('ha_router_agent_port_bindings')} h WHERE h.router_id = b.router_id AND h.l3_agent_id = b.l3_agent_id LIMIT 1)`)} FROM ${table('routerl3agentbindings')} b JOIN ${table('agents')} a ON a.id = b.l3_agent_id`,
    },
    {
      id: 'networks',
      sql: `SELECT n.id, ${text('n.name')}, EXISTS (SELECT 1 FROM ${table('subnets')} s WHERE s.network_id = n.id AND s.enable_dhcp = 1) FROM ${table('networks')} n`,
    },
    {
      id: 'network-agents',
      sql: `SELECT b.network_id, b.dhcp_agent_id, a.host FROM ${table('networkdhcpagentbindings')} b JOIN ${table('agents')} a ON a.id = b.dhcp_agent_id`,
    },
  ];
}
