import { z } from 'zod';
import { readUnitStates, unitName, unitStates } from '../drivers/systemd.ts';
import { complaint } from '../drivers/text.ts';
import { defineStep } from './kind.ts';
import { answer, done, found, todo, wait } from './verdict.ts';

const UNIT = 'rabbitmq-server';

/**
 * A member that is off waits at its next start for nobody, though it may not have been the last one to stop. Members that
 * stopped in the same moment each wait for the other: five minutes, and then again (lab). The server takes the mark away
 * once it has started (rabbitmqctl(8), force_boot).
 */
export const rabbitmqForceBoot = defineStep({
  kind: 'rabbitmq.force-boot',
  params: z.strictObject({}),
  commands: () => [{ argv: ['rabbitmqctl', '-q', 'force_boot'] }],
  undo: () => [
    { argv: ['find', '/var/lib/rabbitmq/mnesia', '-maxdepth', '2', '-name', 'force_load', '-delete'] },
  ],
  looks: () => ({
    states: unitStates([UNIT]),
    mark: { argv: ['find', '/var/lib/rabbitmq/mnesia', '-maxdepth', '2', '-name', 'force_load'] },
  }),
  judge(_params, seen) {
    const state = readUnitStates(answer(seen, 'states'))[unitName(UNIT)];
    if (state === undefined) return wait(`systemctl: ${complaint(answer(seen, 'states'))}`);
    if (state.active === 'active') return done('RabbitMQ runs');
    const mark = found(answer(seen, 'mark'));
    if (mark === undefined) return wait(`find: ${complaint(answer(seen, 'mark'))}`);
    return mark === '' ? todo('its next start waits for others') : done('its next start waits for nobody');
  },
});
