// Commands per second over SSH to a real cluster: `true`, one after the other on one node, then on all at once.
import { loadCluster } from '../../src/cli/load.ts';
import { openLinks } from '../../src/transport/index.ts';
import { figure, tell } from '../measure.ts';

const [file] = process.argv.slice(2);
if (!file) throw new Error('usage: ssh.ts CLUSTER-FILE');
const SECONDS = 1;
const links = openLinks(await loadCluster(file));

async function rate(nodes: readonly string[], beside: number): Promise<number> {
  const until = performance.now() + SECONDS * 1000;
  let done = 0;
  const lane = async (node: string): Promise<void> => {
    while (performance.now() < until) {
      const seen = await links.link(node).look({ argv: ['true'] });
      if (seen.rc !== 0) throw new Error(`${node}: ${seen.err}`);
      done += 1;
    }
  };
  await Promise.all(nodes.flatMap((node) => Array.from({ length: beside }, () => lane(node))));
  return done / SECONDS;
}

try {
  const [first = ''] = links.nodes;
  // Opening the connections is not what is measured.
  await Promise.all(links.nodes.map((node) => links.link(node).look({ argv: ['true'] })));
  const one: number[] = [];
  const all: number[] = [];
  for (let trial = 0; trial < 3; trial += 1) {
    one.push(await rate([first], 1));
    all.push(await rate(links.nodes, 2));
  }
  tell([
    figure('commands over SSH, one node, one after the other', 'per second', one),
    figure(`commands over SSH, ${links.nodes.length} nodes, two at a time on each`, 'per second', all),
  ]);
} finally {
  await links.close();
}
