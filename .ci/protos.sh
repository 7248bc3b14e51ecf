#!/usr/bin/env bash
# The protos keep buf's standard rules, and break no caller of the commit before (protos/README.md).
#
#   .ci/protos.sh            against the merge base with origin/main; on main itself, against the commit before
#   .ci/protos.sh COMMIT     against COMMIT
set -euo pipefail
cd "$(dirname "$0")/.."
deploy/setup --quiet
buf=node_modules/.bin/buf

"$buf" lint
printf 'buf lint: no complaints\n'

base=${1:-}
if [ -z "$base" ] && git rev-parse -q --verify origin/main >/dev/null; then
  base=$(git merge-base HEAD origin/main)
  [ "$base" != "$(git rev-parse HEAD)" ] || base=
fi
[ -n "$base" ] || base=$(git rev-parse -q --verify HEAD~ || true)
if [ -z "$base" ] || [ -z "$(git ls-tree -r --name-only "$base" -- protos)" ]; then
  printf 'buf breaking: SKIPPED, there is no earlier commit with protos to compare with\n'
  exit 0
fi

before=$(mktemp -d)
trap 'rm -rf "$before"' EXIT
git archive "$base" -- protos buf.yaml | tar -x -C "$before"
"$buf" breaking --against "$before"
printf 'buf breaking: compatible with %s\n' "$(git rev-parse --short "$base")"
