import type { Look, Seen } from '../model/command.ts';
import type { ForeignPackages } from '../model/facts.ts';
import { lines, sections } from './text.ts';

/**
 * Packages from elsewhere: no source whose Release file says Debian or Ubuntu has the installed version or a newer one.
 * One that is only behind its archive is not foreign, nor is an old kernel. `== own` stays empty where apt has no lists
 * to tell by. What their removal would take along is asked for source packages that a cloud rests on and the new
 * system has too; a simulation costs half a second of a processor, so the rest is left to the one who wants to know.
 */
export const foreign: Look = {
  argv: ['sh', '-us'],
  input: `LC_ALL=C
export LC_ALL
own=$(apt-cache policy | awk '
  /^ +-?[0-9]+ .* Packages$/ { $1 = ""; source = substr($0, 2) }
  /^ +release / && /[ ,]o=(Debian|Ubuntu)/ { print source }')
echo '== own'
echo "$own"
[ -n "$own" ] || exit 0
installed=$(dpkg-query -W -f '\${db:Status-Status}\\t\${Package}\\t\${source:Package}\\n' | grep '^installed')
rows=$(echo "$installed" | cut -f 2 | sort -u | xargs apt-cache policy | awk -v own="$own" '
  function tell() { if (mine && !ours) print name "\\t" (from == "" ? "-" : from) }
  BEGIN { count = split(own, list, "\\n"); for (i = 1; i <= count; i++) is[list[i]] = 1 }
  /^[^ ]/ { tell(); name = $0; sub(/(:[a-z0-9]+)?:$/, "", name); mine = ours = below = 0; from = "" }
  /^ \\*\\*\\* / { mine = 1; next }
  /^     [^ ]/ { if (mine) below = 1; next }
  /^ +-?[0-9]+ .* Packages$/ {
    if (below) next
    $1 = ""
    source = substr($0, 2)
    if (source in is) ours = 1
    else if (mine) from = source
  }
  END { tell() }' | sort -u)
echo '== foreign'
[ -n "$rows" ] || exit 0
rows=$( { echo "$installed"; echo "$rows"; } | awk -F '\\t' '
  $1 == "installed" { of[$2] = $3; next }
  of[$1] !~ /^linux(-|$)/ { print of[$1] "\\t" $2 "\\t" $1 }' | sort -u)
echo "$rows"
echo '== takes'
echo "$rows" | cut -f 1 | sort -u |
  grep -E '^(ceph|mariadb(-[0-9.]+)?|rabbitmq-server|erlang|haproxy|corosync|pacemaker|libvirt|qemu|openvswitch|ovn)$' |
  while read -r of; do
    names=$(echo "$rows" | awk -F '\\t' -v of="$of" '$1 == of { print $3 }')
    # Names of packages: no quotes, so that each is a word.
    gone=$(apt-get -s -q remove $names </dev/null) || continue
    echo "$of asked"
    echo "$gone" | awk -v of="$of" '/^Remv / { print of " takes " $2 }'
  done
`,
};

/** By source package and where it comes from; undefined when apt's lists do not tell what is the system's own. */
export function readForeign(seen: Seen): ForeignPackages[] | undefined {
  const part = sections(seen.out);
  if (lines(part.own ?? '').length === 0) return undefined;
  const takes = new Map<string, string[]>();
  for (const line of lines(part.takes ?? '')) {
    const [of = '', verb, name] = line.split(' ');
    const mine = takes.get(of) ?? [];
    takes.set(of, verb === 'takes' && name !== undefined ? [...mine, name] : mine);
  }
  const groups = new Map<string, ForeignPackages>();
  for (const row of lines(part.foreign ?? '')) {
    const [of = '', source = '-', name = ''] = row.split('\t');
    const from = source.replace(/ Packages$/, '');
    const packages = [...(groups.get(`${of} ${from}`)?.packages ?? []), name];
    groups.set(`${of} ${from}`, { of, ...(from === '-' ? {} : { from }), packages });
  }
  return [...groups.values()].map((group) => {
    const along = takes.get(group.of)?.filter((name) => !group.packages.includes(name));
    return along === undefined ? group : { ...group, takes: along.sort() };
  });
}
