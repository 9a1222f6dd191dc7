import { z } from 'zod';
import { pack, there, unpack } from '../drivers/carried.ts';
import { DiskId } from '../drivers/disk.ts';
import { keepDown, keptDown, mask, readUnitStates, unitName, unitStates } from '../drivers/systemd.ts';
import { complaint, lines } from '../drivers/text.ts';
import { Name } from '../model/cluster.ts';
import { Argv } from '../model/command.ts';
import { defineStep } from './kind.ts';
import { down as firstNot } from './systemd.ts';
import { answer, done, found, todo, wait } from './verdict.ts';

/**
 * A node's machine made anew: up, on the target's system, on a disk that was not there before. The one that was kept is
 * what it stood on. Its provider is asked, and the node itself: who says that it was made says nothing of its boot.
 */
export const nodeRemake = defineStep({
  kind: 'node.remake',
  params: z.strictObject({ node: Name, id: DiskId, remake: Argv, remade: Argv, codename: z.string() }),
  commands: ({ node, id, remake }) => [{ argv: [...remake, node, id] }],
  goesBack: ({ node }) => [node],
  looks: ({ node, id, remade }) => ({
    remade: { argv: [...remade, node, id] },
    os: { argv: ['cat', '/etc/os-release'], on: node },
  }),
  judge({ node, codename }, seen) {
    const made = answer(seen, 'remade');
    if (made.rc === 1) return todo(`${node} stands on the disk it had`);
    if (made.rc !== 0)
      return wait(`the provider does not say whether ${node} was made anew: ${complaint(made)}`);
    const os = answer(seen, 'os');
    if (os.rc !== 0) return wait(`made, and not up yet: ${complaint(os)}`);
    return os.out.includes(`VERSION_CODENAME=${codename}`)
      ? done(`${node} was made anew, on ${codename}`)
      : wait(`made, but not on ${codename}: ${lines(os.out)[0] ?? 'no system'}`);
  },
});

const Path = z.string().regex(/^(\/[\w.-]+)+$/, 'an absolute path of plain words');
const State = z.array(z.strictObject({ path: Path, exact: z.boolean() })).min(1);

/** What only a node's own disk has, kept on another node while its machine is made anew. */
export const stateCarry = defineStep({
  kind: 'state.carry',
  params: z.strictObject({ from: Name, state: State, archive: Path }),
  carries: ({ from, state, archive }) => [{ on: from, ...pack(state), path: archive }],
  commands: ({ archive }) => [
    { argv: ['tar', '--list', '--file', archive] },
    { argv: ['install', '-m', '0600', '/dev/null', `${archive}.whole`] },
  ],
  undo: ({ archive }) => [{ argv: ['rm', '-f', '--', archive, `${archive}.whole`] }],
  looks: ({ archive }) => ({ mark: there(`${archive}.whole`) }),
  judge({ from }, seen) {
    const mark = found(answer(seen, 'mark'));
    if (mark === undefined) return wait(`find: ${complaint(answer(seen, 'mark'))}`);
    return mark === '' ? todo(`what ${from} holds is not here`) : done(`what ${from} holds is here, whole`);
  },
});

/** The same put back on the new machine, once its packages have made the users it belongs to. */
export const statePut = defineStep({
  kind: 'state.put',
  params: z.strictObject({ from: Name, there: Path, archive: Path, mark: Path, state: State }),
  carries: ({ from, there: path, archive }) => [{ on: from, argv: ['cat', '--', path], path: archive }],
  commands: ({ archive, mark, state }) => [unpack(archive, mark, state)],
  looks: ({ mark }) => ({ mark: there(mark) }),
  judge(_params, seen) {
    const mark = found(answer(seen, 'mark'));
    if (mark === undefined) return wait(`find: ${complaint(answer(seen, 'mark'))}`);
    return mark === '' ? todo('not put yet') : done('everything it held is in its place');
  },
});

/** Units, of which none need be there yet, masked: `systemctl stop`, as in `systemd.hold`, ends with 5 for such (lab). */
export const systemdMask = defineStep({
  kind: 'systemd.mask',
  params: z.strictObject({ units: z.array(z.string()).min(1) }),
  commands: ({ units }) => [{ argv: mask(...units) }],
  looks: ({ units }) => ({ states: unitStates(units) }),
  judge({ units }, seen) {
    const states = readUnitStates(answer(seen, 'states'));
    for (const unit of units.map(unitName)) {
      const { load, active } = states[unit] ?? {};
      if (active !== 'inactive') return wait(`${unit} is ${active ?? 'unknown'}`);
      if (load !== 'masked') return todo(`${unit} is not masked`);
    }
    return done(`${units.join(', ')} masked`);
  },
});

/** Units, of which none need be there yet, kept from starting whoever asks, until `systemd.release`. */
export const systemdKeepDown = defineStep({
  kind: 'systemd.keep-down',
  params: z.strictObject({ units: z.array(z.string()).min(1) }),
  commands: ({ units }) => [keepDown(...units)],
  looks: () => ({ down: keptDown }),
  judge({ units }, seen) {
    const down = answer(seen, 'down');
    if (down.rc !== 0) return wait(`find: ${complaint(down)}`);
    const free = firstNot(units, down, true);
    return free === undefined ? done(`${units.length} units are kept down`) : todo(`${free} may start`);
  },
});
