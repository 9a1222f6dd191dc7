/**
 * A shell function that runs a client which reads a dump, and lets it tell no more than the error's number and line: of a
 * statement that fails the client repeats all, rows with password hashes among them, and what a command says is journaled.
 */
export const LOAD = `load() {
  local rc=0 said
  said=$(mktemp)
  "$@" >"$said" 2>&1 || rc=$?
  sed -nE 's/^(ERROR [0-9]+ \\([0-9A-Z]+\\)( at line [0-9]+)?).*/\\1/p' "$said" >&2
  rm -f -- "$said"
  return "$rc"
}
`;
