// Keeps one node running: boots it, boots it again when it reboots, ends when it powers off. A process of its
// own, so that nodes outlive the command that started them.
// SIGTERM: power button. SIGUSR2: power cut.
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [cgroup = '', ...argv] = process.argv.slice(2);
const [program = '', ...rest] = argv;
const REBOOT = 133; // how systemd-nspawn says that the machine inside asked to be booted again

let cut = false;
for (;;) {
  mkdirSync(cgroup, { recursive: true });
  writeFileSync(join(cgroup, 'cgroup.procs'), String(process.pid));
  const child = spawn(program, rest, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '1' },
  });
  const powerButton = (): boolean => child.kill('SIGTERM');
  const powerCut = (): boolean => {
    cut = true;
    return child.kill('SIGKILL');
  };
  process.on('SIGTERM', powerButton);
  process.on('SIGUSR2', powerCut);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', resolve);
  });
  process.off('SIGTERM', powerButton);
  process.off('SIGUSR2', powerCut);
  console.log(`windlass-lab: nspawn ended with ${code}`);
  if (cut || code !== REBOOT) break;
}
