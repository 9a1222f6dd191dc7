import type { Pin } from '../model/facts.ts';
import { lines, type Part } from './text.ts';

/**
 * Options that hold a service to what an older release understands: Nova's and its kin's `[upgrade_levels]`, Ironic's
 * `pin_release_version`, and the workaround that lets old computes in. Only these leave the node: the files also hold
 * passwords. oslo.config takes `=` and `:`; an indented line continues a value.
 */
export const pins: Part<Pin[]> = {
  script: `echo '== pins'
for dir in /etc/nova /etc/ironic /etc/cinder /etc/manila /etc/trove /etc/neutron /etc/heat; do
  [ -d "$dir" ] || continue
  find "$dir" -maxdepth 2 -name '*.conf' -type f -exec awk '
    FNR == 1 { section = "DEFAULT" }
    /^\\[/ { section = $0; gsub(/^\\[|\\].*$/, "", section); next }
    section == "upgrade_levels" && /^[A-Za-z_-]+[ \\t]*[=:]/ ||
    section == "workarounds" && /^disable_compute_service_check_for_ffu[ \\t]*[=:]/ ||
    section == "DEFAULT" && /^pin_release_version[ \\t]*[=:]/ { print FILENAME "\\t" FNR "\\t" section "\\t" $0 }
  ' '{}' +
done
`,
  read: (part) =>
    lines(part.pins ?? '')
      .flatMap((row): Pin[] => {
        const [path = '', line = '', section = '', text = ''] = row.split('\t');
        const found = /^([\w-]+)\s*[=:]\s*(.*)$/.exec(text);
        return found
          ? [{ path, line: Number(line), section, option: found[1] ?? '', value: found[2]?.trim() ?? '' }]
          : [];
      })
      .sort((a, b) => (a.path === b.path ? a.line - b.line : a.path < b.path ? -1 : 1)),
};

/** Nova's own name for "whatever the oldest service understands": asked anew at each start, so it pins nothing. */
export const isAuto = (pin: Pin): boolean => pin.section === 'upgrade_levels' && pin.value === 'auto';

export const WORKAROUND = 'disable_compute_service_check_for_ffu';

/** Whether a pin is the workaround that lets computes below the floor in, switched on. */
export const letsOldComputesIn = (pin: Pin): boolean =>
  pin.option === WORKAROUND && /^(true|1|yes|on|t|y)$/i.test(pin.value);
