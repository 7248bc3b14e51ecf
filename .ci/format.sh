#!/usr/bin/env bash
# C++ is formatted as .clang-format says. `.ci/format.sh --fix` formats it.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/files.sh
mode=(--dry-run -Werror)
[ "${1:-}" = --fix ] && mode=(-i)
files '*.cc' '*.h' | xargs -r -d '\n' -n 20 -P "$(nproc)" clang-format "${mode[@]}"
