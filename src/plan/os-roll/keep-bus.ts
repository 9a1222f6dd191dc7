import type { Draft } from '../draft.ts';
import { oldBusCan } from './bus-versions.ts';
import { keepDir } from './keep.ts';
import type { Controllers } from './topology.ts';

/** Policy keys RabbitMQ 4.0 refuses with rc 69; also inside imported definitions (lab.md section 2). */
const REFUSED_POLICY_KEYS = [
  'ha-mode',
  'ha-params',
  'ha-sync-mode',
  'ha-sync-batch-size',
  'ha-promote-on-shutdown',
  'ha-promote-on-failure',
] as const;

/** Users, permissions, policies and, where its tools can say them, queues of the old bus: the new one starts empty. */
export function keepBus(draft: Draft, roll: Controllers): void {
  const bus = roll.facts.nodes[roll.lead]?.rabbitmq;
  if (!bus || roll.done.length > 0) return;
  const dir = keepDir(roll);
  if (!oldBusCan(roll, 'definitions')) {
    draft.add({
      id: `${roll.lead}/rabbitmq/export`,
      kind: 'rabbitmq.keep-older',
      on: [roll.lead],
      params: { path: `${dir}/definitions.term` },
      title: `Keep RabbitMQ's users, permissions and policies on ${roll.lead}`,
      why: 'the new cluster starts empty, and this version has no export of definitions: its own tables are read, and password hashes stay on the node',
      source: '000',
      needs: [],
      return: 'reversible',
      estimate: 4,
      class: 'light',
    });
    return;
  }
  const named = bus.policies
    .filter(({ definition }) =>
      Object.keys(definition).some((key) => REFUSED_POLICY_KEYS.some((refused) => refused === key)),
    )
    .map(({ name }) => name);
  const exported = draft.add({
    id: `${roll.lead}/rabbitmq/export`,
    kind: 'rabbitmq.export',
    on: [roll.lead],
    params: { path: `${dir}/definitions.json` },
    title: `Export RabbitMQ's definitions on ${roll.lead}`,
    why: 'the new cluster starts empty: users, permissions and queues come from here',
    source: '000; research/lab.md 2',
    needs: [],
    return: 'reversible',
    estimate: 4,
    class: 'light',
  });
  draft.add({
    id: `${roll.lead}/rabbitmq/prune`,
    kind: 'rabbitmq.prune',
    on: [roll.lead],
    params: {
      from: `${dir}/definitions.json`,
      to: `${dir}/definitions-pruned.json`,
      refused: [...REFUSED_POLICY_KEYS],
      policies: named,
    },
    title:
      named.length > 0
        ? `Take mirroring out of policies ${named.join(', ')}`
        : 'Take mirroring out of policies (none found)',
    why: 'RabbitMQ 4.0 has no mirrored queues and refuses the whole import because of one such policy',
    source: 'research/lab.md 2',
    needs: [exported],
    return: 'reversible',
    estimate: 1,
    class: 'light',
  });
}
