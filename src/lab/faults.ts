import { WindlassError } from '../model/error.ts';
import { type Lab, renewed } from './lab.ts';
import { setLink } from './network.ts';
import { type Machine, powerOff, powerOn } from './node.ts';

function machineNamed(lab: Lab, node: string): Machine {
  const now = renewed(lab);
  const machines = [...now.machines, ...now.bare.map(({ machine }) => machine)];
  const found = machines.find((machine) => machine.name === node);
  if (found !== undefined) return found;
  const names = machines.map((machine) => machine.name).join(', ');
  throw new WindlassError(
    {
      code: 'WL-LAB-NODE',
      message: `${lab.record.name} has no node ${node}`,
      remedy: `name one of: ${names}`,
    },
    2,
  );
}

/** Pulls a node's network cable. */
export const cutLink = (lab: Lab, node: string): Promise<void> =>
  setLink(lab.record.net, machineNamed(lab, node).name, 'down');

/** Puts a node's network cable back. */
export const healLink = (lab: Lab, node: string): Promise<void> =>
  setLink(lab.record.net, machineNamed(lab, node).name, 'up');

/** Pulls a node's power cable: nothing in it gets a last word. */
export const cutPower = (lab: Lab, node: string): Promise<void> => powerOff(machineNamed(lab, node), 'cut');

/** Switches a node on; it boots on its own from there. */
export function restorePower(lab: Lab, node: string): void {
  powerOn(machineNamed(lab, node));
}
