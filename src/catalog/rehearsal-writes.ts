/**
 * A row that a service is asked to write, read back and delete. `{name}` stands for a name of the rehearsal's own,
 * `{project}` for the asker's project, another `{word}` for the id of the row that is called so.
 */
export interface Written {
  readonly what: string;
  readonly make: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** A list it is found in, and the field of its rows that is the id; where rows are wrapped, by what. */
  readonly find: string;
  readonly list: string;
  readonly wrapped?: string;
  readonly id: string;
  /** The field its name is in; `name` where not said. */
  readonly named?: string;
  /** Read and deleted here; `{id}` is its own. */
  readonly at: string;
  /** What is made is there when the row says so, in the field `is` of what `at` answers under `in`. */
  readonly ready?: { readonly in: string; readonly is: string; readonly good: string; readonly bad: string };
}

/** A public key whose private one was thrown away: nothing of it is needed but that it can be read. */
const KEY =
  'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQDYQCEVuijaWntjSQIWh0xVVsNnNAx5c359mYXmeEHhQRltHCNQAqZrjZ0k1JuOXsRpc3Rzm6uEvRf1Q07grN8K/nfdMOTzM5u1fDabXqHcohqBIXllqjc6FkfAZU6Nzk6bJj+y87EkcXum8lUudYgDgVablR8XqUBnusDjsh0txS5Mab0M1BgI4ikpneEm8xb5a8PykNZHp7DH6zxGcIY9kGR/xNPIp8sttRCG0Smz3Cm1f2+3MGMx6xZa87bOQpzHIWEbcVmQMWdMJF2UuQQPrSGUZfNlRhsIAfqSLBzlr9HtcuUWS56HoOl1/s8EC8HuYNdBGBkEgZENByyQLuxN windlass-rehearsal';

const network = (what: 'network' | 'subnet' | 'port', more: Record<string, unknown>): Written => ({
  what,
  make: `/v2.0/${what}s`,
  body: { [what]: { name: '{name}', ...more } },
  find: `/v2.0/${what}s?name={name}`,
  list: `${what}s`,
  id: 'id',
  at: `/v2.0/${what}s/{id}`,
});

/** Rows that need no compute, no volume back end and no router: the schema is asked, not the data plane. */
export const WRITES: Readonly<Record<string, readonly Written[]>> = {
  keystone: [
    {
      what: 'project',
      make: '/v3/projects',
      body: { project: { name: '{name}' } },
      find: '/v3/projects?name={name}',
      list: 'projects',
      id: 'id',
      at: '/v3/projects/{id}',
    },
  ],
  glance: [
    {
      what: 'image',
      make: '/v2/images',
      body: { name: '{name}', disk_format: 'raw', container_format: 'bare', visibility: 'private' },
      find: '/v2/images?name={name}',
      list: 'images',
      id: 'id',
      at: '/v2/images/{id}',
    },
  ],
  placement: [
    {
      what: 'resource provider',
      make: '/resource_providers',
      body: { name: '{name}' },
      find: '/resource_providers?name={name}',
      list: 'resource_providers',
      id: 'uuid',
      at: '/resource_providers/{id}',
    },
  ],
  nova: [
    {
      what: 'flavor',
      make: '/v2.1/flavors',
      body: { flavor: { name: '{name}', ram: 64, vcpus: 1, disk: 0, 'os-flavor-access:is_public': false } },
      find: '/v2.1/flavors?is_public=None',
      list: 'flavors',
      id: 'id',
      at: '/v2.1/flavors/{id}',
    },
    {
      what: 'keypair',
      make: '/v2.1/os-keypairs',
      body: { keypair: { name: '{name}', public_key: KEY } },
      find: '/v2.1/os-keypairs',
      list: 'keypairs',
      wrapped: 'keypair',
      id: 'name',
      at: '/v2.1/os-keypairs/{id}',
    },
  ],
  neutron: [
    network('network', {}),
    // Documentation's own block (RFC 5737): it is nobody's.
    network('subnet', {
      network_id: '{network}',
      ip_version: 4,
      cidr: '198.51.100.0/24',
      enable_dhcp: false,
    }),
    network('port', { network_id: '{network}' }),
  ],
  cinder: [
    {
      what: 'volume type',
      make: '/v3/{project}/types',
      body: { volume_type: { name: '{name}' } },
      find: '/v3/{project}/types?is_public=None',
      list: 'volume_types',
      id: 'id',
      at: '/v3/{project}/types/{id}',
    },
  ],
  heat: [
    {
      what: 'stack',
      make: '/v1/{project}/stacks',
      body: {
        stack_name: '{name}',
        timeout_mins: 3,
        template: {
          heat_template_version: '2013-05-23',
          resources: { word: { type: 'OS::Heat::RandomString', properties: { length: 8 } } },
        },
      },
      find: '/v1/{project}/stacks?name={name}',
      list: 'stacks',
      named: 'stack_name',
      id: 'id',
      at: '/v1/{project}/stacks/{name}/{id}',
      ready: { in: 'stack', is: 'stack_status', good: 'CREATE_COMPLETE', bad: 'CREATE_FAILED' },
    },
  ],
};
