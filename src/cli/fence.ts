import { EXIT, WindlassError } from '../model/error.ts';
import { IDLE, type Links, readFence } from '../transport/index.ts';

/**
 * Refuses when a node says that somebody's run has it: told before anything else, since a running upgrade would also
 * look like drift. Nodes that do not answer are left for discovery to complain about.
 */
export async function fencedBy(links: Links, nodes: readonly string[]): Promise<void> {
  const asked = await Promise.all(
    nodes.map(async (node) => ({
      node,
      seen: await links.link(node).look({
        argv: [
          'sh',
          '-c',
          'cat /var/lib/windlass/fence && echo idle=$(($(date +%s) - $(stat -c %Y /var/lib/windlass/fence)))',
        ],
      }),
    })),
  );
  for (const { node, seen } of asked) {
    if (seen.lost || seen.rc !== 0) continue;
    const { by, idle } = readFence(seen.out);
    if (idle > IDLE) continue;
    throw new WindlassError(
      {
        code: 'WL-RUN-HELD',
        node,
        message: `${node} is held by run ${by.run} of ${by.holder} (epoch ${by.epoch}), last sign of life ${idle} s ago`,
        remedy:
          'ask them; nobody else can change the cluster until that run is finished or its orchestrator is gone',
      },
      EXIT.held,
    );
  }
}
