// Keeps one node running: boots it, boots it again when it reboots, ends when it powers off. A process of its
// own, so that nodes outlive the command that started them.
// SIGTERM is the power button.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** `cable` is `link=bridge`, or empty: systemd-nspawn makes a second link anew at each boot and plugs it in nowhere. */
const [cgroup = '', cable = '', program = '', ...rest] = process.argv.slice(2);
const REBOOT = 133; // how systemd-nspawn says that the machine inside asked to be booted again

function plugIn(): void {
  const [link = '', bridge = ''] = cable.split('=');
  if (link === '' || !existsSync(`/sys/class/net/${link}`)) return;
  clearInterval(plugging);
  const ran = spawnSync('ip', ['link', 'set', link, 'master', bridge, 'up'], { encoding: 'utf8' });
  if (ran.status !== 0) console.log(`windlass-lab: ${link} is not plugged in: ${ran.stderr}`);
}

let plugging: NodeJS.Timeout | undefined;
for (;;) {
  mkdirSync(cgroup, { recursive: true });
  writeFileSync(join(cgroup, 'cgroup.procs'), String(process.pid));
  const child = spawn(program, rest, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '1' },
  });
  clearInterval(plugging);
  plugging = setInterval(plugIn, 100);
  const powerButton = (): boolean => child.kill('SIGTERM');
  process.on('SIGTERM', powerButton);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', resolve);
  });
  process.off('SIGTERM', powerButton);
  console.log(`windlass-lab: nspawn ended with ${code}`);
  clearInterval(plugging);
  if (code !== REBOOT) break;
}
