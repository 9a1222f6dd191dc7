import { createHash } from 'node:crypto';
import type { Cloud } from './cloud.ts';
import type { Facts, NodeFacts, OptionsInUse } from './facts.ts';
import type { Plan, PlanBody } from './plan.ts';

/** JSON with object keys in code-unit order, so that equal content has one text. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([key, field]) => `${JSON.stringify(key)}:${canonical(field)}`);
    return `{${entries.join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

/** Sha256 of a text in hexadecimal, as `sha256sum` prints it. */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** `sha256:…` of a value's canonical text. */
export function contentHash(value: unknown): string {
  return `sha256:${sha256(canonical(value))}`;
}

/** What is long enough of a hash to name things by; `SHORT_HASH` is its shape. */
export const shortHash = (hash: string): string => hash.slice('sha256:'.length, 'sha256:'.length + 12);
export const SHORT_HASH = '[0-9a-f]{12}';

/** A plan's id: the hash of its body. */
export function planId(plan: Plan | PlanBody): string {
  const { id: _, ...body } = plan as Plan;
  return contentHash(body);
}

/**
 * The part of a node's facts that a plan rests on. Free space, clocks, who is on which queue and session counts
 * move by themselves and are asked again live by the steps' guards.
 */
export function restingFacts(node: NodeFacts): unknown {
  const { disk: _d, memoryMb: _m, clockOffset: _c, started: _s, unpacked: _u, apis: _a, ...lasting } = node;
  const { rabbitmq, haproxy, apt, units, hypervisor, options, legacyTables: _l, ...rest } = lasting;
  return {
    ...rest,
    // Which options are set, not on which lines: a comment more changes nothing.
    options: options && optionsSet(options),
    hypervisor: hypervisor && { ...hypervisor, guests: undefined },
    units: Object.fromEntries(Object.entries(units).map(([name, { enabled }]) => [name, enabled])),
    apt: { sources: apt.sources, audit: apt.audit },
    rabbitmq: rabbitmq && {
      ...rabbitmq,
      queues: rabbitmq.queues.filter((queue) => queue.durable).map(({ messages: _, ...queue }) => queue),
    },
    haproxy: haproxy && {
      ...haproxy,
      servers: haproxy.servers.map(({ sessions: _s, check: _k, ...server }) => ({
        ...server,
        status: server.status.split(' ')[0],
      })),
    },
  };
}

/**
 * The part of the control plane's own knowledge that a plan rests on: who is there, at which version, and whether an
 * operator took it out. Guests, routers and networks come and go as tenants please; steps bind them when they begin.
 */
export function restingCloud(cloud: Cloud): unknown {
  return {
    schemas: cloud.schemas,
    services: cloud.services.map(({ of, host, binary, version, disabled }) => ({
      of,
      host,
      binary,
      version,
      disabled,
    })),
    computes: cloud.computes.map(({ host, hypervisor, cell }) => ({ host, hypervisor, cell })),
    agents: cloud.agents.map(({ host, type, adminUp }) => ({ host, type, adminUp })),
  };
}

const optionsSet = (options: OptionsInUse): Record<string, string[]> =>
  Object.fromEntries(
    Object.entries(options).map(([path, sections]) => [
      path,
      Object.entries(sections).flatMap(([section, set]) =>
        Object.entries(set).map(([name, { value = '' }]) => `[${section}] ${name} ${value}`.trimEnd()),
      ),
    ]),
  );

/** Hash of what a plan rests on; equal hashes mean no drift. */
export function factsHash(facts: Facts): string {
  const nodes = Object.fromEntries(
    Object.entries(facts.nodes).map(([name, node]) => [name, restingFacts(node)]),
  );
  const cloud = facts.cloud && restingCloud(facts.cloud);
  return contentHash({ cluster: facts.cluster, assumed: facts.assumed, nodes, cloud });
}
