// Keeps one node running: boots it, boots it again when it reboots, ends when it powers off. A process of its
// own, so that nodes outlive the command that started them.
// SIGTERM is the power button.
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [cgroup = '', program = '', ...rest] = process.argv.slice(2);
const REBOOT = 133; // how systemd-nspawn says that the machine inside asked to be booted again

for (;;) {
  mkdirSync(cgroup, { recursive: true });
  writeFileSync(join(cgroup, 'cgroup.procs'), String(process.pid));
  const child = spawn(program, rest, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '1' },
  });
  const powerButton = (): boolean => child.kill('SIGTERM');
  process.on('SIGTERM', powerButton);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', resolve);
  });
  process.off('SIGTERM', powerButton);
  console.log(`windlass-lab: nspawn ended with ${code}`);
  if (code !== REBOOT) break;
}
