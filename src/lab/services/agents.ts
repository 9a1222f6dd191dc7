import { z } from 'zod';
import { cloudApi, readJson } from '../cloud-api.ts';
import type { Site, SiteNode } from '../site.ts';

const Agents = z.object({
  agents: z.array(z.object({ binary: z.string(), host: z.string(), alive: z.boolean() })),
});

/** Answers of an API that is not ready yet, or that HAProxy does not hold up. */
const BUSY = [500, 502, 503, 504];

/** Whether each node has so many Neutron agents, all alive; otherwise which are not. */
export async function agentsAlive(
  site: Site,
  nodes: readonly SiteNode[],
  each: number,
): Promise<true | string> {
  const api = await cloudApi(site);
  const answer = await api.call('neutron', '/v2.0/agents', { accept: BUSY });
  if (answer.status !== 200) return `neutron answered ${answer.status}`;
  const { agents } = readJson(answer, Agents);
  const bad = nodes.flatMap((node) => {
    const own = agents.filter((agent) => agent.host === node.name);
    if (own.length < each) return [`${node.name} has ${own.length} of ${each} agents`];
    return own.filter((agent) => !agent.alive).map((agent) => `${node.name}: ${agent.binary} is not alive`);
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
