import { lines, type Part } from './text.ts';

/** Epoch seconds by unit and by package. */
export interface Ages {
  readonly started: Record<string, number>;
  readonly unpacked: Record<string, number>;
}

/**
 * When services' main processes began and packages were unpacked: a daemon that is older than what it imports runs the
 * old code. systemd counts from the boot; dpkg writes a package's file list when it unpacks it.
 */
export const ages: Part<Ages> = {
  script: `echo '== boot'
awk '/^btime/ { print $2 }' /proc/stat
echo '== started'
systemctl show -p Id,MainPID,ExecMainStartTimestampMonotonic '*.service'
echo '== unpacked'
find /var/lib/dpkg/info -name '*.list' -printf '%f %T@\\n'
`,
  read(part) {
    const boot = Number((part.boot ?? '').trim());
    const started: Record<string, number> = {};
    for (const block of (part.started ?? '').split(/\n\n+/)) {
      const field = Object.fromEntries(
        lines(block).map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
      );
      const since = Number(field.ExecMainStartTimestampMonotonic);
      if (field.Id && field.MainPID !== '0' && since > 0) {
        started[field.Id] = Math.round(boot + since / 1e6);
      }
    }
    const unpacked: Record<string, number> = {};
    for (const line of lines(part.unpacked ?? '')) {
      const [file = '', at = ''] = line.split(' ');
      unpacked[file.replace(/(:\w+)?\.list$/, '')] = Math.round(Number(at));
    }
    return { started, unpacked };
  },
};
