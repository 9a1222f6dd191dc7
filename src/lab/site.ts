import { WindlassError } from '../model/error.ts';
import type { Topology, TopologyNode } from './topology.ts';

export interface SiteNode extends TopologyNode {
  readonly address: string;
}

/** A topology on its addresses and with its secrets: all that a service needs to write its files. */
export interface Site {
  readonly topology: Topology;
  /** First three numbers of every address. */
  readonly prefix: string;
  readonly gateway: string;
  readonly nodes: readonly SiteNode[];
  /** Nodes that run the services. */
  readonly controllers: readonly SiteNode[];
  readonly vip: string;
  /** First three numbers of addresses by which guests are met. */
  readonly guestPrefix: string;
  /** Nodes that guests run on. */
  readonly computes: readonly SiteNode[];
  secret(name: string): string;
}

/** Lays a topology out on a network. */
export function siteOf(topology: Topology, prefix: string, secrets: Readonly<Record<string, string>>): Site {
  const nodes = topology.nodes.map((node) => ({ ...node, address: `${prefix}.${node.host}` }));
  return {
    topology,
    prefix,
    gateway: `${prefix}.1`,
    nodes,
    controllers: nodes.filter((node) => node.roles.includes('controller')),
    computes: nodes.filter((node) => node.roles.includes('compute')),
    guestPrefix: prefix.replace(/^10\.77\./, '10.78.'),
    vip: topology.vip === undefined ? '' : `${prefix}.${topology.vip.host}`,
    secret(name) {
      const value = Object.hasOwn(secrets, name) ? secrets[name] : undefined;
      if (value === undefined) {
        throw new WindlassError({
          code: 'WL-LAB-SECRET',
          message: `the lab holds no secret named ${name}`,
          remedy: 'its folder was changed by hand: `windlass lab down --purge`, then up again',
        });
      }
      return value;
    },
  };
}

/** The node that goes first where one must: the first controller. */
export function firstController(site: Site): SiteNode {
  const first = site.controllers[0];
  if (first === undefined) {
    throw new WindlassError({
      code: 'WL-LAB-TOPOLOGY',
      message: `topology ${site.topology.name} has no controller to run its services`,
      remedy: 'give a node of it the role controller',
    });
  }
  return first;
}
