#!/usr/bin/env bash
# Shell and Python scripts parse; shellcheck has nothing to say where it is installed.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/files.sh
failed=0

shell=()
python=()
while IFS= read -r file; do
  case "$file" in
    *.sh) shell+=("$file") ;;
    *.py) python+=("$file") ;;
    *.*) ;;
    *)
      read -r first <"$file" 2>/dev/null || true
      case "${first:-}" in
        '#!'*bash*) shell+=("$file") ;;
        '#!'*python*) python+=("$file") ;;
      esac
      ;;
  esac
done < <(files)

for file in "${shell[@]}"; do bash -n "$file" || failed=1; done
if command -v shellcheck >/dev/null; then
  shellcheck --severity=warning --exclude=SC1091 "${shell[@]}" || failed=1
fi

# compile() and not py_compile: nothing is written into the tree.
python3 - "${python[@]}" <<'PYTHON' || failed=1
import sys
failed = False
for path in sys.argv[1:]:
    try:
        with open(path, encoding="utf-8") as file:
            compile(file.read(), path, "exec")
    except (SyntaxError, UnicodeDecodeError) as error:
        print(f"{path}: {error}", file=sys.stderr)
        failed = True
sys.exit(failed)
PYTHON

printf '%s shell scripts, %s Python files\n' "${#shell[@]}" "${#python[@]}"
exit "$failed"
