import { existsSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Whether any process lives in a control group or below it. */
export function isPopulated(group: string): boolean {
  const events = join(group, 'cgroup.events');
  return existsSync(events) && /^populated 1$/m.test(readFileSync(events, 'utf8'));
}

/** Ends every process of a control group at once, as a power cut does. */
export function killGroup(group: string): void {
  const kill = join(group, 'cgroup.kill');
  if (existsSync(kill)) writeFileSync(kill, '1');
}

/** Removes a control group that nothing lives in, and those below it. */
export function removeGroup(group: string): void {
  if (!existsSync(group)) return;
  for (const entry of readdirSync(group, { withFileTypes: true })) {
    if (entry.isDirectory()) removeGroup(join(group, entry.name));
  }
  rmdirSync(group);
}
