import type { NodeFacts } from '../model/facts.ts';
import { lines, type Part } from './text.ts';

/**
 * Which of iptables' two programs a node uses, and whether the kernel still has tables of the other: rules written by
 * one are not seen by the other (000; update-alternatives(1)). Reading `ip_tables_names` loads no module.
 */
export const alternatives: Part<Required<Pick<NodeFacts, 'alternatives' | 'legacyTables'>>> = {
  script: `echo '== alternatives'
for name in iptables ip6tables ebtables arptables; do
  update-alternatives --query "$name" 2>/dev/null |
    awk -v name="$name" '/^Status:/ { status = $2 } /^Value:/ { print name, $2, status; exit }'
done
echo '== legacy-tables'
for file in /proc/net/ip_tables_names /proc/net/ip6_tables_names; do
  [ -r "$file" ] && cat "$file"
done
`,
  read(part) {
    return {
      alternatives: Object.fromEntries(
        lines(part.alternatives ?? '').map((line) => {
          const [name = '', path = '', status = ''] = line.split(' ');
          return [name, { path, manual: status === 'manual' }];
        }),
      ),
      legacyTables: [...new Set(lines(part['legacy-tables'] ?? ''))].sort(),
    };
  },
};
