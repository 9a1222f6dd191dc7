import type { Argv, Command, Query } from '../model/command.ts';
import { type Rise, removesWord, SOLVER } from './archive.ts';
import { complaint, lines } from './text.ts';

/** What both programs know of a kept package: the file it lies in, and whether that is it by its own words. */
const FILES = `file() { printf '%s/debs/%s_%s_%s.deb\\n' "$keep" "$1" "$(printf %s "$2" | tr : .)" "$3"; }
whole() {
  [ -s "$1" ] && [ "$(dpkg-deb -W --showformat '\${Package}:\${Version}' "$1")" = "\${2%%:*}:$3" ]
}
`;

/**
 * What is installed is written down once, before anything rises; then, of every package that the whole way changes or
 * takes away by apt's own word, the very file it came from: from apt's cache, else from an archive that still has it.
 * \`wanted\` are those, \`brought\` what comes new and so goes again. A package key is its name, with the architecture
 * behind a colon where that is a foreign one.
 */
const LAY = `umask 077
tab=$(printf '\\t')
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
cached() { printf '/var/cache/apt/archives/%s_%s_%s.deb\\n' "\${1%%:*}" "$(printf %s "$2" | sed 's/:/%3a/g')" "$3"; }
: >"$dir/specs"
while IFS=$tab read -r key arch version; do
  place=$(file "$key" "$version" "$arch")
  if whole "$place" "$key" "$version"; then continue; fi
  have=$(cached "$key" "$version" "$arch")
  if whole "$have" "$key" "$version"; then
    cp "$have" "$place.new"
    mv "$place.new" "$place"
  else
    echo "$key=$version" >>"$dir/specs"
  fi
done <"$keep/wanted"
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
  while IFS=$tab read -r key arch version; do
    got="$dir/fetched/$(basename "$(cached "$key" "$version" "$arch")")"
    place=$(file "$key" "$version" "$arch")
    if whole "$got" "$key" "$version"; then
      cp "$got" "$place.new"
      mv "$place.new" "$place"
    fi
  done <"$keep/wanted"
fi
lost=
while IFS=$tab read -r key arch version; do
  if ! whole "$(file "$key" "$version" "$arch")" "$key" "$version"; then lost="$lost $key=$version"; fi
done <"$keep/wanted"
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

const CHECK = `keep=$1
${FILES}tab=$(printf '\\t')
for part in installed auto hold wanted brought sums; do
  if ! [ -f "$keep/$part" ]; then echo "nothing is kept yet"; exit 10; fi
done
count=0
while IFS=$tab read -r key arch version; do
  count=$((count + 1))
  if ! whole "$(file "$key" "$version" "$arch")" "$key" "$version"; then echo "no package of $key $version"; fi
done <"$keep/wanted"
echo "kept $count"
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
