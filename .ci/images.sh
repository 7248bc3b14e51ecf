#!/usr/bin/env bash
# The images of deploy/Dockerfile without Docker: the run-time file systems are made by debootstrap from the Dockerfile's own
# lists of packages, and every program is started in them as in a pod. Needs root, Debian's archive, and the release
# binaries (OVERLOCK_BIN names another folder). About two minutes; the file systems stay in .cache/images for the next time.
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || { printf '.ci/images.sh: must be run by root: it makes file systems and name spaces\n' >&2; exit 1; }
command -v debootstrap >/dev/null || { printf '.ci/images.sh: there is no debootstrap; deploy/setup installs it\n' >&2; exit 1; }
PYTHONDONTWRITEBYTECODE=1 python3 -m unittest discover --start-directory tests/images --verbose
