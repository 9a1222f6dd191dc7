import { z } from 'zod';
import { cloudApi, readJson } from '../cloud-api.ts';
import type { Site, SiteNode } from '../site.ts';

const Agents = z.object({
  agents: z.array(
    z.object({
      binary: z.string(),
      host: z.string(),
      alive: z.boolean(),
      heartbeat_timestamp: z.string(),
    }),
  ),
});

/** Answers of an API that is not ready yet, or that HAProxy does not hold up. */
const BUSY = [500, 502, 503, 504];

/**
 * Whether each node has so many Neutron agents, all alive; otherwise which are not. Neutron holds an agent alive
 * for a while after its node went off: with `since` (seconds, by node) only what was heard after that counts.
 */
export async function agentsAlive(
  site: Site,
  nodes: readonly SiteNode[],
  each: number,
  since: Readonly<Record<string, number>> = {},
): Promise<true | string> {
  const api = await cloudApi(site);
  const answer = await api.call('neutron', '/v2.0/agents', { accept: BUSY });
  if (answer.status !== 200) return `neutron answered ${answer.status}`;
  const { agents } = readJson(answer, Agents);
  const bad = nodes.flatMap((node) => {
    const own = agents.filter((agent) => agent.host === node.name);
    if (own.length < each) return [`${node.name} has ${own.length} of ${each} agents`];
    const heard = (text: string): number => Date.parse(`${text.replace(' ', 'T')}Z`) / 1000;
    return own
      .filter((agent) => !agent.alive || heard(agent.heartbeat_timestamp) < (since[node.name] ?? 0))
      .map((agent) => `${node.name}: ${agent.binary} is not alive`);
  });
  return bad.length === 0 || bad.join('; ');
}

const Services = z.object({
  services: z.array(z.object({ binary: z.string(), host: z.string(), state: z.string() })),
});

/** Whether Nova or Cinder holds a program up on each node; otherwise where it does not. */
export async function serviceUp(
  site: Site,
  nodes: readonly SiteNode[],
  binary: 'nova-compute' | 'cinder-volume',
): Promise<true | string> {
  const api = await cloudApi(site);
  const answer =
    binary === 'nova-compute'
      ? await api.call('nova', '/v2.1/os-services', { accept: BUSY })
      : await api.call('cinder', `/v3/${api.project}/os-services`, { accept: BUSY });
  if (answer.status !== 200) return `it answered ${answer.status}`;
  const { services } = readJson(answer, Services);
  const bad = nodes.filter(
    (node) =>
      !services.some(
        (one) => one.binary === binary && one.host.split('@')[0] === node.name && one.state === 'up',
      ),
  );
  return bad.length === 0 || `${binary} is not up on ${bad.map((node) => node.name).join(', ')}`;
}
