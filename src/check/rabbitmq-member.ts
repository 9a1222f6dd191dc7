import { blocking, type Check, type Found, read } from './check.ts';

export const rabbitmqMember: Check = {
  code: 'WL-CHECK-RABBITMQ-MEMBER',
  title: 'A member of the message bus is out',
  source: '000; research/lab.md 2',
  find: (scene) =>
    read(scene).flatMap(([node, { rabbitmq }]): Found[] => {
      if (!rabbitmq) return [];
      // Nobody was asked, and the catalogue does not say what this system ships: that is not a silent member.
      if (rabbitmq.version === '' && scene.facts.assumed) return [];
      if (rabbitmq.version === '') {
        return [
          {
            level: blocking(scene),
            node,
            evidence: `RabbitMQ on ${node} does not answer rabbitmqctl cluster_status`,
            remedy: `On ${node}: systemctl start rabbitmq-server; its own log in /var/log/rabbitmq says why it does not.`,
          },
        ];
      }
      const out = rabbitmq.members.filter((member) => !rabbitmq.running.includes(member));
      return out.length === 0
        ? []
        : [
            {
              level: blocking(scene),
              node,
              evidence: `${node} sees ${out.join(', ')} not running`,
              remedy: `Start RabbitMQ there, or take a member that is gone for good out: rabbitmqctl forget_cluster_node ${out[0]}.`,
            },
          ];
    }),
};

export const rabbitmqPartition: Check = {
  code: 'WL-CHECK-RABBITMQ-PARTITION',
  title: 'The message bus is split',
  source: 'rabbitmq-website, partitions; research/rules.md',
  find: (scene) =>
    read(scene).flatMap(([node, { rabbitmq }]) =>
      rabbitmq && rabbitmq.partitions.length > 0
        ? [
            {
              level: 'block' as const,
              node,
              evidence: `${node} is partitioned from ${rabbitmq.partitions.join(', ')}`,
              remedy:
                'Choose the side to keep and restart RabbitMQ on the other: systemctl restart rabbitmq-server.',
            },
          ]
        : [],
    ),
};
