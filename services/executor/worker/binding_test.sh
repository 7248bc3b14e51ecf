#!/usr/bin/env bash
# The worker has no copy of a variable of V8's library, and starts with a library that is bound to itself (ADR 9).
#
#   binding_test.sh WORKER LIBRARY SOURCE    SOURCE is what the library is a copy of
set -euo pipefail
worker=${1:?the worker} library=${2:?V8s library} source=${3:?what it is a copy of}
fail() {
  echo "binding_test.sh: $*" >&2
  exit 1
}

defined=$(nm -D --defined-only "$library" | awk '{sub(/@.*/, "", $3); print $3}' | sort -u)
copied=$(readelf -rW "$worker" | awk '/R_X86_64_COPY/ {sub(/@.*/, "", $5); print $5}' | sort -u)
twice=$(comm -12 <(echo "$defined") <(echo "$copied"))
[ -z "$twice" ] || fail "$worker has copies of variables that $library refers to as its own: $twice"

loaded=$(LD_TRACE_LOADED_OBJECTS=1 "$worker" | awk '/libnode/ {print $3}')
[ "$loaded" -ef "$library" ] || fail "$worker is linked with $loaded, not with $library"
by_name=$(readelf -rW "$library" | grep -c 'R_X86_64_JUMP_SLOT' || true)
[ "$by_name" -lt 5000 ] || fail "$library calls $by_name functions by name: it is not bound to itself"
read -r made_of _ <"$library.of"
[ "$made_of" = "$(sha256sum "$source" | cut -d ' ' -f 1)" ] || fail "$library is a copy of an older $source: configure anew"
echo "no copies; $by_name functions of other libraries by name"
