import { type Lab, labDown, labHome, labUp, listLabs, openLab, type Say } from '../../src/lab/index.ts';

/**
 * A lab as it is made. What a test that was killed left under the name, a node in the middle of its upgrade say,
 * goes first: `lab up` would start from there.
 */
export async function freshLab(topology: string, name: string, io?: Say): Promise<Lab> {
  if (listLabs(labHome()).includes(name)) await labDown(openLab(name, io), { purge: true });
  await labUp({ topology, name, ...(io === undefined ? {} : { io }) });
  return openLab(name, io);
}
