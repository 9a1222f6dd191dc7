import { WRITES, type Written } from './rehearsal-writes.ts';
import type { Service } from './service.ts';

/** What of a service is asked in a rehearsal, and what it takes. */
export interface Asked {
  /** Lists beside the one of its `api`: 002 asks services, images, flavors, compute services, servers, networks, … */
  readonly more?: readonly { readonly what: string; readonly path: string }[];
  /** Units that its API asks over the bus before it can answer a list. */
  readonly backing?: readonly string[];
  /**
   * What else of the old release has a hand on the database: started beside its API, and told of by `beats`, a list of the
   * service's own, where each shows up once it has written its row.
   */
  readonly engines?: readonly string[];
  readonly beats?: string;
  /** Types it has in Keystone's catalogue, with the path behind its address. */
  readonly types: Readonly<Record<string, string>>;
}

const ASKED: Readonly<Record<string, Asked>> = {
  keystone: { types: { identity: '/v3' } },
  glance: { types: { image: '' } },
  placement: { types: { placement: '' } },
  nova: {
    more: [
      { what: 'flavors', path: '/v2.1/flavors?limit=1' },
      { what: 'compute-services', path: '/v2.1/os-services' },
    ],
    engines: ['nova-conductor', 'nova-scheduler'],
    beats: '/v2.1/os-services',
    types: { compute: '/v2.1' },
  },
  neutron: { engines: ['neutron-rpc-server'], types: { network: '' } },
  cinder: {
    engines: ['cinder-scheduler'],
    beats: '/v3/{project}/os-services',
    types: {
      volume: '/v3/%(project_id)s',
      volumev3: '/v3/%(project_id)s',
      'block-storage': '/v3/%(project_id)s',
    },
  },
  // heat-api has no database of its own hands: every list goes to an engine (heat/rpc/client.py).
  heat: { backing: ['heat-engine'], types: { orchestration: '/v1/%(tenant_id)s' } },
};

/** What is known of asking a service on clones; a service nobody has thought of is only started. */
export const lists = ({ name }: Service): Asked => ASKED[name] ?? { types: {} };

/** Rows it is asked to write; none of a service nobody has thought of. */
export const writesOf = ({ name }: Service): readonly Written[] => WRITES[name] ?? [];

/** The addresses of a service's types on a machine that has all of them on its loopback. */
export const localUrls = (service: Service): Record<string, string> =>
  Object.fromEntries(
    Object.entries(lists(service).types).map(([type, path]) => [
      type,
      `http://127.0.0.1:${service.api?.port ?? 1}${path}`,
    ]),
  );
