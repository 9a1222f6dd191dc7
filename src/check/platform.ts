import { type Check, type Found, read } from './check.ts';

const FACT = { rabbitmq: 'rabbitmq', galera: 'galera', pacemaker: 'pacemaker', haproxy: 'haproxy' } as const;
type Part = keyof typeof FACT;
const isPart = (name: string): name is Part => Object.hasOwn(FACT, name);

/** A part nobody has found is a part nobody guards. */
export const platform: Check = {
  code: 'WL-CHECK-PLATFORM',
  title: 'The platform is not what the cluster file says',
  source: 'design.md 4',
  find(scene) {
    const nodes = read(scene);
    if (nodes.length === 0) return [];
    const said = scene.cluster.platform;
    return (Object.keys(FACT) as Part[]).flatMap((part): Found[] => {
      const on = nodes.filter(([, facts]) => facts[part]).map(([node]) => node);
      if (said.filter(isPart).includes(part) && on.length === 0) {
        return [
          {
            level: 'block' as const,
            evidence: `the cluster file names ${part}, but it is on no node that was read`,
            remedy: `Take ${part} out of platform:, or add the nodes that carry it.`,
          },
        ];
      }
      if (!said.includes(part) && on.length > 0) {
        return [
          {
            level: 'warn' as const,
            evidence: `${part} is installed on ${on.join(', ')}, but the cluster file does not name it: the plan would not look after it`,
            remedy: `Add ${part} to platform:, or remove its packages.`,
          },
        ];
      }
      return [];
    });
  },
};
