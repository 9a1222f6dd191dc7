import { busWay, flagsFor, mirrors } from '../catalog/components/rabbitmq.ts';
import { distribution } from '../catalog/distributions.ts';
import { type Check, read, type Scene, some } from './check.ts';

/** The bus as the first node that answers sees it, and the version it goes to. */
function bus(scene: Scene) {
  const to = distribution(scene.to.os).ships.rabbitmq;
  for (const [node, facts] of read(scene)) {
    const seen = facts.rabbitmq;
    if (seen && seen.version !== '' && facts.os.codename === scene.from.os && to !== undefined) {
      return {
        node,
        seen,
        to,
        way: scene.from.os === scene.to.os ? ('same' as const) : busWay(seen.version, to).way,
      };
    }
  }
  return undefined;
}

/** Classic mirrored queues are gone in 4.0; a policy that asks for them is refused, also inside definitions. */
export const rabbitmqMirrored: Check = {
  code: 'WL-CHECK-RABBITMQ-MIRRORED',
  title: 'Mirrored queues do not exist in the new RabbitMQ',
  source: 'research/lab.md 2; research/rules.md',
  find(scene) {
    const found = bus(scene);
    if (!found || found.way === 'same' || !mirrors(found.seen.version) || mirrors(found.to)) return [];
    const asking = found.seen.policies.filter(({ definition }) =>
      Object.keys(definition).some((key) => key.startsWith('ha-')),
    );
    if (asking.length === 0) return [];
    const names = asking.map(({ vhost, name }) => `${name} (vhost ${vhost})`);
    const queues = found.seen.queues.filter(({ policy }) => asking.some(({ name }) => name === policy));
    return [
      {
        level: 'warn',
        evidence: `policies with ha-mode: ${some(names)}; ${queues.length} queues rest on them`,
        remedy: `The plan takes ha-* out of ${asking.map(({ name }) => name).join(', ')} for the new cluster; use quorum queues (rabbit_quorum_queue = true) where a queue must survive a node.`,
      },
    ];
  },
};

/** A rebuilt bus starts empty: what is still in queues at the cutover is lost. */
export const rabbitmqBacklog: Check = {
  code: 'WL-CHECK-RABBITMQ-BACKLOG',
  title: 'Messages wait in the queues',
  source: '000; design.md 6',
  find(scene) {
    const found = bus(scene);
    if (found?.way !== 'rebuild') return [];
    const full = found.seen.queues
      .filter(({ messages }) => messages > 0)
      .sort((a, b) => b.messages - a.messages);
    const total = full.reduce((sum, { messages }) => sum + messages, 0);
    const transient = full.filter(({ durable }) => !durable).reduce((sum, { messages }) => sum + messages, 0);
    const limit = scene.cluster.policy.busBacklog;
    if (total <= limit) return [];
    return [
      {
        level: 'warn',
        evidence: `${total} messages (${transient} in transient queues), policy.busBacklog allows ${limit}: ${some(full.map(({ name, messages }) => `${name} ${messages}`))}`,
        remedy:
          'Find why they are not consumed, or purge queues nobody reads (rabbitmqctl purge_queue NAME); the cutover waits until they are few.',
      },
    ];
  },
};

/** In place, a version refuses to start where flags it takes for granted are off. */
export const rabbitmqFlags: Check = {
  code: 'WL-CHECK-RABBITMQ-FLAGS',
  title: 'Feature flags that the new RabbitMQ requires are off',
  source: 'rabbitmq-website, feature flags; research/rules.md',
  find(scene) {
    const found = bus(scene);
    if (found?.way !== 'in-place') return [];
    const off = flagsFor(found.seen.version, found.to).filter((flag) => found.seen.flags[flag] === false);
    return off.length === 0
      ? []
      : [
          {
            level: 'block',
            node: found.node,
            evidence: `off before ${found.to}: ${some(off)}`,
            remedy: 'With all members running: rabbitmqctl enable_feature_flag all.',
          },
        ];
  },
};
