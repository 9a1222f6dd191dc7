import { type Lab, verifyData } from '../../src/lab/index.ts';

/** What is not as it was put there. An upload leaves rows of its image behind when that is deleted. */
export const lostData = async (lab: Lab) =>
  (await verifyData(lab)).lines.filter(
    ({ ok, name, expected, found }) =>
      !ok && !(name.startsWith('rows of glance.') && Number(found) > Number(expected)),
  );
