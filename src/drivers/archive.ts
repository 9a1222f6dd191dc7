import type { Argv, Command, Look, Query } from '../model/command.ts';
import { type Difference, differenceIn, PATIENT, UNATTENDED } from './apt.ts';
import { complaint } from './text.ts';

/**
 * What of a node would come from one archive, by apt's own solver: packages that archive has are let rise, everything
 * else stays as it is, and so does everything built from the sources named. Pins hold for the one call: nothing is
 * written to the node's own preferences, no package is named to apt, so none changes its manual or automatic mark
 * (001 keeps a list by hand for that).
 */
export const SOLVER = `export LC_ALL=C DEBIAN_FRONTEND=noninteractive
dir=$(mktemp -d /run/windlass-archive.XXXXXX)
trap 'rm -rf "$dir"' EXIT
apt-get indextargets --format '$(SOURCESENTRY) $(FILENAME)' 'Created-By: Packages' >"$dir/targets"
while read -r entry file; do
  case $entry in
    "$archive":*) /usr/lib/apt/apt-helper cat-file "$file" ;;
  esac
done <"$dir/targets" >"$dir/lists"
sed -n 's/^Package: //p' "$dir/lists" | sort -u >"$dir/there"
if ! [ -s "$dir/there" ]; then
  echo "no package list of $archive" >&2
  exit 10
fi
for source; do echo "$source"; done | sort -u >"$dir/sources"
dpkg-query -W -f '\${source:Package} \${Package}\\n' | sort >"$dir/installed"
join "$dir/sources" "$dir/installed" | cut -d' ' -f2 | sort -u >"$dir/held"
{
  if [ -s "$dir/held" ]; then
    printf 'Package: %s\\nPin: release a=now\\nPin-Priority: 1001\\n\\n' "$(tr '\\n' ' ' <"$dir/held")"
  fi
  printf 'Package: %s\\nPin: release *\\nPin-Priority: 990\\n\\n' "$(comm -23 "$dir/there" "$dir/held" | tr '\\n' ' ')"
  printf 'Package: *\\nPin: release a=now\\nPin-Priority: 600\\n'
} >"$dir/pins"
if [ -n "$removes" ]; then verb=dist-upgrade; else verb='--with-new-pkgs upgrade'; fi
apt="apt-get -qy --fix-broken -o Dir::Etc::Preferences=$dir/pins ${[...PATIENT, ...UNATTENDED].join(' ')}"
`;

/**
 * Nothing rises whose old package was not kept where one is to be: a way back that is missing one is none. What comes new
 * is noted, for a way back takes it away again.
 */
const PROGRAM = `mode=$1 kept=$2 archive=$3 removes=$4 blocked=$5
shift 5
${SOLVER}case $mode in
  missing)
    $apt --print-uris $verb >"$dir/uris"
    sed -n "/^'/p" "$dir/uris" | wc -l
    exit
    ;;
  fetch)
    $apt -d $verb
    exit
    ;;
esac
$apt -s $verb >"$dir/plan"
echo "$removes" | tr ',' '\\n' | sort -u >"$dir/may"
sed -n 's/^Remv \\([^ :]*\\).*/\\1/p' "$dir/plan" | sort -u | comm -23 - "$dir/may" >"$dir/more"
if [ -n "$blocked" ] && [ -s "$dir/more" ]; then
  $apt -s --with-new-pkgs upgrade >"$dir/less"
  for plan in plan less; do sed -nE 's/^Inst ([^ ]+).*/\\1/p' "$dir/$plan" | sort -u >"$dir/$plan.rises"; done
  comm -23 "$dir/plan.rises" "$dir/less.rises" >"$dir/waits"
  awk -v own="$blocked" 'FILENAME == ARGV[1] { waits[$1]; next } $1 == own && ($2 in waits)' "$dir/waits" "$dir/installed" >"$dir/own"
  if ! [ -s "$dir/own" ]; then
    verb='--with-new-pkgs upgrade'
    mv "$dir/less" "$dir/plan"
    : >"$dir/more"
  fi
fi
case $mode in
  left)
    sed -nE 's/^(Inst|Remv) ([^ ]+).*/\\1 \\2/p' "$dir/plan" | sort -u
    ;;
  difference) sed -nE '/^(Inst|Remv) /p' "$dir/plan" ;;
  raise)
    if [ -s "$dir/more" ]; then
      echo "this would remove $(tr '\\n' ' ' <"$dir/more")" >&2
      exit 11
    fi
    if [ -n "$kept" ]; then
      sed -nE 's/^(Inst|Remv) ([^ ]+) \\[.*/\\2/p' "$dir/plan" | sort -u >"$dir/changes"
      cut -f1 "$kept/wanted" "$kept/brought" | sort -u >"$dir/known"
      more=$(comm -23 "$dir/changes" "$dir/known" | tr '\\n' ' ')
      if [ -n "$more" ]; then
        echo "the old packages of $more were not kept in $kept: the way back would miss them" >&2
        exit 12
      fi
      sed -nE 's/^Inst ([^ ]+) \\(.*/\\1/p' "$dir/plan" | sort -u - "$kept/brought" >"$kept/brought.new"
      mv "$kept/brought.new" "$kept/brought"
    fi
    $apt $verb
    ;;
esac
`;

/** What of an archive may move: everything but what is built from `held`; packages may go only where `removes` is said. */
export interface Rise {
  readonly archive: string;
  readonly held: readonly string[];
  readonly removes?: readonly string[] | undefined;
  /**
   * What could only rise by taking others away stays down, for a later service of the node to bring, but for what is built
   * from this source. Hibiscus's oslo.policy breaks Gazpacho's neutron-lib: apt would take neutron and heat away to raise
   * it along with keystone.
   */
  readonly blocked?: string | undefined;
  /** Where the old packages are kept (kept-packages.ts): without one of them nothing rises. */
  readonly kept?: string | undefined;
}

/** The word for no removal that still lets apt look for one: no package is called so. */
const NONE = '-';

export const removesWord = (removes: readonly string[] | undefined): string =>
  removes === undefined ? '' : [NONE, ...removes].join(',');

const call = (
  mode: string,
  { archive, held, removes, blocked, kept = '' }: Rise,
): { argv: Argv; input: string } => ({
  argv: ['sh', '-eus', '--', mode, kept, archive, removesWord(removes), blocked ?? '', ...held],
  input: PROGRAM,
});

export const fetchFrom = (rise: Rise): Command => call('fetch', rise);
export const raiseFrom = (rise: Rise): Command => call('raise', rise);

/** Archives still to be fetched; a string when apt cannot say. */
export const missingFrom = (rise: Rise): Query<number | string> => ({
  look: call('missing', rise),
  read: (seen) => (seen.rc === 0 && /^\d+\s*$/.test(seen.out) ? Number(seen.out) : complaint(seen)),
});

/** Packages that would still move, with `-` before those that would go; a string when apt cannot say. */
export const leftOf = (rise: Rise): Query<readonly string[] | string> => ({
  look: call('left', rise),
  read: (seen) =>
    seen.rc === 0
      ? [...seen.out.matchAll(/^(Inst|Remv) (\S+)/gm)].map(
          ([, verb, name = '']) => `${verb === 'Remv' ? '-' : ''}${name}`,
        )
      : complaint(seen),
});

/** What of it would be upgraded, installed and removed, with versions; a string when apt cannot say. */
export const differenceOf = (rise: Rise): Query<Difference | string> => ({
  look: call('difference', rise),
  read: (seen) => (seen.rc === 0 ? differenceIn(seen.out) : complaint(seen)),
});

/** Sources entries whose package lists are there, one a line as `file:number`. */
export const listed: Look = {
  argv: ['apt-get', 'indextargets', '--format', '$(SOURCESENTRY)', 'Created-By: Packages'],
};

/** Packages marked as installed by hand. */
export const manual: Look = { argv: ['apt-mark', 'showmanual'] };
