import { numberedOnlineCheck, numbersCheck } from '../numbers.ts';
import type { DatabaseCheck, Rung } from '../service.ts';

const START = `import os
import sys
from nova import config, context as nova_context, objects
from nova.db import sqlalchemy as code
import nova.conf
config.parse_args(['nova-manage'])
objects.register_all()
admin = nova_context.get_admin_context()
folder = os.path.dirname(code.__file__)
`;

/** Folders of the two repositories, and their databases as nova.conf names them. */
const api = (wanted?: number): string => `${START}repositories = [
    (nova.conf.CONF.api_database.connection, os.path.join(folder, 'api_migrations', 'migrate_repo')${bound(wanted)})]
`;
const main = (wanted?: number): string => `${START}repositories = [
    (nova.conf.CONF.database.connection, os.path.join(folder, 'migrate_repo')${bound(wanted)})]
`;
const bound = (wanted: number | undefined): string => (wanted === undefined ? '' : `, ${wanted}`);

/** Besides its own cell, `db sync` brings cell0 up; it only prints that it could not. */
const CELLS = `${START}cells = [cell for cell in objects.CellMappingList.get_all(admin) if cell.is_cell0()]
urls = [nova.conf.CONF.database.connection] + [cell.database_connection for cell in cells]
repositories = [(url, os.path.join(folder, 'migrate_repo')) for url in urls]
`;

const ONLINE = `${START}from nova.cmd import manage
context = admin
objects.InstanceList.get_by_filters(context, {'deleted': False}, limit=1)
migrations = manage.DbCommands.online_migrations
`;

const CELL0 = '00000000-0000-0000-0000-000000000000';
const UUID = "'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'";

/** Needs nothing but the tool itself. A password in a table row is not printed. */
const cell = (wanted: string): DatabaseCheck => ({
  argv: ['sh', '-u', '-s'],
  input: `rows=$(nova-manage cell_v2 list_cells 2>/dev/null) || exit 70
echo "$rows" | ${wanted} || exit 10
`,
  done: [0],
  todo: [10],
  meaning: '0 mapped, 10 not, 70 nova-manage failed',
});

/** Computes that are there and in no cell, or instances: counted, none is printed. */
const unmapped = (there: string, lookUp: string): DatabaseCheck => ({
  argv: ['python2', '-'],
  input: `${START}from nova import exception
there = ${there}
left = 0
for one in there:
    try:
        left += ${lookUp}.cell_mapping is None
    except (exception.HostMappingNotFound, exception.InstanceMappingNotFound):
        left += 1
print('%d there, %d of them in no cell' % (len(there), left))
sys.exit(10 if left else 0)
`,
  done: [0],
  todo: [10],
  meaning: '0 all are in a cell, 10 some are in none',
});

/** 002 finds the cell's uuid in the tool's own table; that of cell0 is the same everywhere. */
const MAP_INSTANCES = `cell=$(nova-manage cell_v2 list_cells 2>/dev/null | grep -oE ${UUID} | grep -v ${CELL0})
[ "$(echo "$cell" | wc -l)" -eq 1 ] || { echo "not one cell besides cell0: $cell" >&2; exit 70; }
nova-manage cell_v2 map_instances --cell_uuid "$cell"
`;

const common = { runAs: 'nova', returns: 'restore' } as const;
const SOURCE = '002, Nova db syncs';

/**
 * Source 002's own ladder, by which Ocata's code brings a database of Mitaka's up: Newton's numbers and rows first, since
 * Ocata's migrations refuse what Newton has not carried over (345), then the cells, without which api_db stops at 030.
 */
export const NOVA_LADDER: readonly Rung[] = [
  {
    at: 'newton',
    id: 'api-sync',
    title: "Bring Nova's API database to Newton's schema (20)",
    moment: 'first',
    argv: ['nova-manage', 'api_db', 'sync', '--version', '20'],
    check: numbersCheck(api(20)),
    estimate: 10,
    source: `${SOURCE}, 1`,
    ...common,
  },
  {
    at: 'newton',
    id: 'sync',
    title: "Bring Nova's database to Newton's schema (334)",
    moment: 'first',
    argv: ['nova-manage', 'db', 'sync', '--version', '334'],
    check: numbersCheck(main(334)),
    estimate: 20,
    source: `${SOURCE}, 2`,
    ...common,
  },
  {
    at: 'newton',
    id: 'online',
    title: "Carry Nova's rows over to Newton's form",
    moment: 'after',
    argv: ['nova-manage', 'db', 'online_data_migrations'],
    check: numberedOnlineCheck(ONLINE),
    estimate: 30,
    source: `${SOURCE}, 3`,
    ...common,
  },
  {
    at: 'ocata',
    id: 'map-cell0',
    title: "Map Nova's cell for servers that were never scheduled",
    moment: 'first',
    argv: ['nova-manage', 'cell_v2', 'map_cell0'],
    check: cell(`grep -q ${CELL0}`),
    estimate: 2,
    source: `${SOURCE}, 4: cells v2 are mandatory from Ocata on`,
    ...common,
  },
  {
    at: 'ocata',
    id: 'create-cell',
    title: 'Map the one cell that is there',
    moment: 'first',
    argv: ['nova-manage', 'cell_v2', 'create_cell', '--name=cell1'],
    check: cell(`grep -oE ${UUID} | grep -qv ${CELL0}`),
    estimate: 2,
    source: `${SOURCE}, 5`,
    ...common,
  },
  {
    at: 'ocata',
    id: 'discover-hosts',
    title: 'Map the computes to their cell',
    moment: 'first',
    argv: ['nova-manage', 'cell_v2', 'discover_hosts'],
    check: unmapped(
      'set(one.host for one in objects.ComputeNodeList.get_all(admin))',
      'objects.HostMapping.get_by_host(admin, one)',
    ),
    estimate: 5,
    source: `${SOURCE}, 6`,
    ...common,
  },
  {
    at: 'ocata',
    id: 'map-instances',
    title: 'Map the instances to their cell',
    moment: 'first',
    argv: ['sh', '-eu', '-c', MAP_INSTANCES],
    check: unmapped(
      "set(one.uuid for one in objects.InstanceList.get_by_filters(admin, {'deleted': False}, expected_attrs=[]))",
      'objects.InstanceMapping.get_by_instance_uuid(admin, one)',
    ),
    estimate: 20,
    source: `${SOURCE}, 7; nova/cmd/manage.py: 0 when all are mapped`,
    ...common,
  },
  {
    at: 'ocata',
    id: 'api-sync',
    title: "Bring Nova's API database to Ocata's schema",
    moment: 'first',
    argv: ['nova-manage', 'api_db', 'sync'],
    check: numbersCheck(api()),
    estimate: 7,
    source: `${SOURCE}, 8; api_migrations 030_require_cell_setup: refused before the cells are mapped`,
    ...common,
  },
  {
    at: 'ocata',
    id: 'sync',
    title: "Bring Nova's database and its cell0 to Ocata's schema",
    moment: 'first',
    argv: ['nova-manage', 'db', 'sync'],
    check: numbersCheck(CELLS),
    estimate: 20,
    source: `${SOURCE}, 9`,
    ...common,
  },
  {
    at: 'ocata',
    id: 'online',
    title: "Carry Nova's rows over to Ocata's form",
    moment: 'after',
    argv: ['nova-manage', 'db', 'online_data_migrations'],
    check: numberedOnlineCheck(ONLINE),
    estimate: 30,
    source: `${SOURCE}, 10`,
    ...common,
  },
];
