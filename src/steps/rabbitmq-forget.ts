import { z } from 'zod';
import * as rabbitmq from '../drivers/rabbitmq.ts';
import { defineStep } from './kind.ts';
import { answer, done, todo, wait } from './verdict.ts';

/**
 * A member that is off is known no more to those that run: it comes back empty, as a fresh one. Asked of a member that
 * stays; one that runs with it already has come back.
 */
export const rabbitmqForget = defineStep({
  kind: 'rabbitmq.forget',
  params: z.strictObject({ node: z.string() }),
  commands: ({ node }) => [
    { argv: ['rabbitmqctl', '-q', '-t', '60', 'forget_cluster_node', `rabbit@${node}`] },
  ],
  looks: () => ({ status: rabbitmq.clusterStatus }),
  judge({ node }, seen) {
    const status = rabbitmq.readClusterStatus(answer(seen, 'status'));
    if (typeof status === 'string') return wait(status);
    const member = `rabbit@${node}`;
    if (status.running.includes(member)) return done(`${member} runs with them`);
    return status.members.includes(member)
      ? todo(`they reckon with ${member}`)
      : done(`nobody reckons with ${member}`);
  },
});
