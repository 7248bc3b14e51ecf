#!/usr/bin/env bash
# The images of deploy/Dockerfile without Docker: the run-time file systems are made by debootstrap from the Dockerfile's own
# lists of packages, every program is started in them as in a pod, and then the Helm chart's pods all together. Needs root,
# Debian's archive, Helm, and the release binaries (OVERLOCK_BIN names another folder). About two minutes; the file systems
# stay in .cache/images for the next time.
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || { printf '.ci/images.sh: must be run by root: it makes file systems and name spaces\n' >&2; exit 1; }
command -v debootstrap >/dev/null || { printf '.ci/images.sh: there is no debootstrap; deploy/setup installs it\n' >&2; exit 1; }
. .ci/helm_tools.sh
export HELM="$PWD/.cache/helm/bin/helm" PYTHONDONTWRITEBYTECODE=1
cd tests/images
"$python" -m unittest --verbose test_images
# In a network of their own: the ports are those of the chart.
unshare --net "$python" -m unittest --verbose test_pods
