#!/usr/bin/env bash
# A request takes no more than 5 % more instructions than committed (tests/bench/instructions.json). Wants the release
# build; OVERLOCK_BIN may name another directory with binaries.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! command -v callgrind_control >/dev/null; then
  as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo)
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends valgrind >/dev/null
fi
exec python3 tests/bench/instructions.py
