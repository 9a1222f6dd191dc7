import { rmSync } from 'node:fs';
import { until } from './command.ts';
import { type Lab, offAll, proxyMark, restAll } from './lab.ts';
import { bridgeOf, removeLink } from './network.ts';
import { runningPid, signalMarked } from './process-file.ts';

/** Stops a lab and removes all it put on this machine but its folder; `purge` removes that too. */
export async function labDown(lab: Lab, options: { purge?: boolean } = {}): Promise<void> {
  lab.say(options.purge === true ? 'taking the power away' : 'shutting the cluster down');
  if (options.purge === true) await offAll(lab, 'cut');
  else await restAll(lab);
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
  if (options.purge === true) rmSync(lab.place.folder, { recursive: true });
}
