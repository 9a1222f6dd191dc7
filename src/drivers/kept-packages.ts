import type { Argv, Command, Query } from '../model/command.ts';
import { type Rise, removesWord, SOLVER } from './archive.ts';
import { complaint, lines } from './text.ts';

/**
 * What the programs know of kept packages: key, version, what its file says of itself, the file it lies in, and what apt's cache
 * calls that. Of all packages in one go: a node has hundreds, and each process started counts on one that serves.
 */
const FILES = `tab=$(printf '\\t')
places() {
  awk -F'\\t' -v OFS='\\t' '{
    name = $1; sub(/:.*/, "", name)
    dots = $3; gsub(/:/, ".", dots)
    escaped = $3; gsub(/:/, "%3a", escaped)
    print $1, $3, name ":" $3, "debs/" $1 "_" dots "_" $2 ".deb", name "_" escaped "_" $2 ".deb"
  }' "$keep/wanted"
}
whole() {
  [ -s "$1" ] && [ "$(dpkg-deb -W --showformat '\${Package}:\${Version}' "$1")" = "$2" ]
}
`;

/**
 * What is installed is written down once, before anything rises; then, of every package that the whole way changes or
 * takes away by apt's own word, the very file it came from: from apt's cache, else from an archive that still has it.
 * \`wanted\` are those, \`brought\` what comes new and so goes again. A package key is its name, with the architecture
 * behind a colon where that is a foreign one.
 */
const LAY = `umask 077
mkdir -p "$keep/debs"
native=$(dpkg --print-architecture)
if ! [ -s "$keep/installed" ]; then
  apt-mark showauto | sort -u >"$keep/auto"
  apt-mark showhold | sort -u >"$keep/hold"
  dpkg-query -W -f '\${Package}\\t\${Architecture}\\t\${Version}\\t\${db:Status-Status}\\n' |
    awk -F'\\t' -v OFS='\\t' -v native="$native" '$4 != "not-installed" && $4 != "config-files" { print ($2 == native || $2 == "all" ? $1 : $1 ":" $2), $2, $3 }' |
    sort >"$keep/installed.new"
  mv "$keep/installed.new" "$keep/installed"
fi
touch "$keep/wanted" "$dir/brought"
`;

const FETCH = `awk -F'\\t' 'FILENAME == ARGV[1] { changes[$1]; next } $1 in changes' "$dir/changes" "$keep/installed" |
  sort -u - "$keep/wanted" >"$keep/wanted.new"
mv "$keep/wanted.new" "$keep/wanted"
places >"$dir/places"
: >"$dir/specs"
while IFS=$tab read -r key version says place cached; do
  if whole "$keep/$place" "$says"; then continue; fi
  rm -f "$keep/$place"
  if whole "/var/cache/apt/archives/$cached" "$says"; then
    cp "/var/cache/apt/archives/$cached" "$keep/$place.new"
    mv "$keep/$place.new" "$keep/$place"
  else
    echo "$key=$version" >>"$dir/specs"
  fi
done <"$dir/places"
if [ -s "$dir/specs" ]; then
  mkdir -p "$dir/fetched"
  cd "$dir/fetched"
  # All at once; where one of them is not to be had, apt fetches none of them and each is asked for alone.
  if ! xargs apt-get -q -o Acquire::Retries=1 download <"$dir/specs"; then
    while read -r spec; do
      apt-get -q -o Acquire::Retries=0 download "$spec" </dev/null || echo "$spec cannot be fetched"
    done <"$dir/specs"
  fi
  cd /
  while IFS=$tab read -r key version says place cached; do
    if whole "$dir/fetched/$cached" "$says"; then
      cp "$dir/fetched/$cached" "$keep/$place.new"
      mv "$keep/$place.new" "$keep/$place"
    fi
  done <"$dir/places"
fi
# What lies there was looked at before it was put there.
lost=
while IFS=$tab read -r key version says place cached; do
  [ -s "$keep/$place" ] || lost="$lost $key=$version"
done <"$dir/places"
if [ -n "$lost" ]; then
  echo "no archive and no cache has the installed version of:$lost" >&2
  echo "put their .debs into /var/cache/apt/archives as apt names them (dpkg-repack makes one of what is installed), then resume; or policy: {rollback: none} goes without" >&2
  exit 12
fi
(cd "$keep/debs" && find . -name '*.deb' -type f | sort | xargs -r sha256sum) >"$keep/sums.new"
mv "$keep/sums.new" "$keep/sums"
`;

const KEEP = `keep=$1 adds=$2 archive=$3 removes=$4
shift 4
${SOLVER}${FILES}${LAY}$apt -s --auto-remove $verb >"$dir/plan"
# Installed by name once the rest has risen; where apt cannot foretell that now, they themselves are what comes.
if [ -n "$adds" ]; then
  if $apt -s install -- $(echo "$adds" | tr ',' ' ') >"$dir/adds"; then
    cat "$dir/adds" >>"$dir/plan"
  else
    echo "$adds" | tr ',' '\\n' | sed 's/.*/Inst & (later)/' >>"$dir/plan"
  fi
fi
sed -nE 's/^(Inst|Remv) ([^ ]+) \\[.*/\\2/p' "$dir/plan" | sort -u >"$dir/changes"
sed -nE 's/^Inst ([^ ]+) \\(.*/\\1/p' "$dir/plan" | sort -u >"$dir/brought"
${FETCH}mv "$dir/brought" "$keep/brought.new"
mv "$keep/brought.new" "$keep/brought"
`;

/** What autoremove would take along and was not foretold: kept too, where it is still as it was. */
const KEEP_LEFT = `keep=$1
export LC_ALL=C
dir=$(mktemp -d /run/windlass-keep.XXXXXX)
trap 'rm -rf "$dir"' EXIT
${FILES}${LAY}apt-get -s autoremove >"$dir/plan"
dpkg-query -W -f '\${Package}\\t\${Version}\\n' | sort -u >"$dir/now"
sed -nE 's/^Remv ([^ ]+) .*/\\1/p' "$dir/plan" | sort -u >"$dir/goes"
awk -F'\\t' 'FILENAME == ARGV[1] { now[$1 "=" $2]; next } FILENAME == ARGV[2] { goes[$1]; next } ($1 in goes) && (($1 "=" $3) in now) { print $1 }' "$dir/now" "$dir/goes" "$keep/installed" >"$dir/changes"
${FETCH}`;

/** By their sums, taken when each was known to be whole: no process for each package. */
const CHECK = `keep=$1
${FILES}for part in installed auto hold wanted brought sums; do
  if ! [ -f "$keep/$part" ]; then echo "nothing is kept yet"; exit 10; fi
done
cd "$keep/debs"
{
  sed -nE 's/^[0-9a-f]+ [ *][.]\\//have\\tdebs\\//p' ../sums
  LC_ALL=C sha256sum --quiet -c ../sums 2>&1 | sed -nE 's/^[.]\\/(.*): FAILED.*/bad\\tdebs\\/\\1/p'
  places | sed 's/^/want\\t/'
} | awk -F'\\t' '
  $1 == "have" { have[$2] }
  $1 == "bad" { bad[$2] }
  $1 == "want" { count++; if (!($5 in have) || ($5 in bad)) print "no package of " $2 " " $3 }
  END { print "kept " count + 0 }'
`;

/** What is to be kept: what rises, and packages that the plan installs by name. */
export interface Keeping extends Rise {
  readonly dir: string;
  readonly adds: readonly string[];
}

export const keepPackages = ({ dir, adds, archive, removes, held }: Keeping): Command => ({
  argv: ['sh', '-eus', '--', dir, adds.join(','), archive, removesWord(removes), ...held],
  input: KEEP,
});

export const keepLeftovers = (dir: string): Command => ({
  argv: ['sh', '-eus', '--', dir],
  input: KEEP_LEFT,
});

/** How many packages are kept; a string with what is missing. */
export const keptPackages = (dir: string): Query<number | string> => ({
  look: { argv: ['sh', '-eus', '--', dir], input: CHECK },
  read(seen) {
    const said = lines(seen.out);
    const kept = /^kept (\d+)$/.exec(said.at(-1) ?? '');
    if (seen.rc === 10) return said[0] ?? 'nothing is kept yet';
    if (seen.rc !== 0 || !kept) return complaint(seen);
    return said.length === 1 ? Number(kept[1]) : said.slice(0, -1).join(', ');
  },
});

/** Read-only questions and what brings the packages back share one program: they must mean the same. */
export const lowerArgv = (mode: 'look' | 'lower', dir: string): Argv => ['python3', '-', mode, dir];
