#!/usr/bin/env bash
# House rules that no other tool knows. Prints what breaks one, and fails if there is any.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/files.sh
broken=0

complain() {
  [ -n "$2" ] || return 0
  printf '%s:\n%s\n' "$1" "$2"
  broken=1
}

mapfile -t code < <(files '*.cc' '*.h' '*.proto' '*.py' '*.js' '*.mjs' '*.sh' '*.cmake' '*CMakeLists.txt' \
  .ci/run tests/run tests/mongodb/build deploy/build deploy/quickstart deploy/setup)
mapfile -t text < <(files | grep -vE '(^|/)(package-lock\.json|LICENSE)$' | xargs -d '\n' grep -Il '' 2>/dev/null)

complain 'a file has at most 500 lines' \
  "$(wc -l "${code[@]}" | awk '$1 > 500 && $2 != "total" {print $2 ": " $1 " lines"}')"
# The brackets keep the patterns from finding themselves.
complain 'no path of one machine stands in the tree' \
  "$(grep -nE '(^|[^[:alnum:]_.-])/(wor[k]|hom[e]/[a-z]|roo[t]|Users/[a-z])/' "${text[@]}" || true)"
complain 'work left to do says of which kind it is: cleanup, perf, security or test, in brackets' \
  "$(grep -nE '\b(FIXM[E]|XX[X]|TOD[O])\b' "${code[@]}" | grep -vE 'TOD[O]\((cleanup|perf|security|test)\)' || true)"
complain 'generated files are not committed' "$(files '*.pb.h' '*.pb.cc' '*_pb2.py' '*.pyc')"
complain 'a header has a guard named for its path' "$(
  files '*.h' | while IFS= read -r header; do
    guard="OVERLOCK_$(tr 'a-z/.-' 'A-Z___' <<<"$header")_"
    grep -qx "#ifndef $guard" "$header" || printf '%s: not %s\n' "$header" "$guard"
  done
)"
complain 'CMake lists its sources, it does not glob them' "$(grep -nE 'file\(GLOB' "${code[@]}" | grep -v '^\.ci/' || true)"
complain 'no white space at the end of a line' \
  "$(printf '%s\n' "${text[@]}" | grep -vE '^tests/(apps|fuzz|conformance)/' | xargs -d '\n' grep -nE '[[:blank:]]+$' || true)"

printf '%s files checked\n' "${#text[@]}"
exit "$broken"
