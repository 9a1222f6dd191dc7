import { rmSync } from 'node:fs';
import { until } from './command.ts';
import { type Lab, offAll, proxyMark, renewed, restAll } from './lab.ts';
import { alone } from './lock.ts';
import { bridgeOf, guestBridgeOf, removeLink } from './network.ts';
import { powerOff } from './node.ts';
import { runningPid, signalMarked } from './process-file.ts';
import { closeLink } from './ssh.ts';

/** Stops a lab and removes all it put on this machine but its folder; `purge` removes that too. */
export const labDown = (lab: Lab, options: { purge?: boolean } = {}): Promise<void> =>
  alone(lab.place.lock, 5, () => down(renewed(lab), options.purge === true));

async function down(lab: Lab, purge: boolean): Promise<void> {
  lab.say(purge ? 'taking the power away' : 'shutting the cluster down');
  if (purge) await offAll(lab, 'cut');
  else await restAll(lab);
  for (const { kept, machine } of lab.bare) {
    await closeLink(lab.place, kept.name);
    await powerOff(machine, purge ? 'cut' : 'button');
  }
  const proxy = proxyMark(lab.place);
  if (signalMarked(proxy, 'SIGTERM')) {
    await until(
      'the package proxy ends',
      20,
      async () => runningPid(proxy) === undefined || 'it still runs',
      100,
    );
  }
  rmSync(proxy, { force: true });
  await removeLink(bridgeOf(lab.record.net));
  await removeLink(guestBridgeOf(lab.record.net));
  if (purge) rmSync(lab.place.folder, { recursive: true });
}
