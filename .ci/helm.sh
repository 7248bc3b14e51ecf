#!/usr/bin/env bash
# The Helm chart: lint, rendering with every file of its ci/, a validator with Kubernetes' own schemas, values that must be
# refused, and what tests/helm says of the manifests. Needs Go, which builds Helm and kubectl-validate at the versions
# below into .cache/helm: some minutes on a machine that never did, seconds afterwards. Needs no cluster.
#
# Where the release binaries are built (OVERLOCK_BIN names another folder), flags are compared with theirs; in CI they must be.
set -euo pipefail
cd "$(dirname "$0")/.."
# The oldest Kubernetes that Chart.yaml allows, and the newest whose schemas kubectl-validate has embedded. A Helm that
# `go install` built thinks of an old one unless it is told.
kubernetes=1.30
chart=deploy/helm/overlock

. .ci/helm_tools.sh

manifests=$(mktemp -d)
trap 'rm -rf "$manifests"' EXIT
for values in "$chart"/examples/*-values.yaml "$chart"/ci/*-values.yaml; do
  name=$(basename "$values" -values.yaml)
  helm lint --strict --quiet --kube-version "$kubernetes" "$chart" --values "$values"
  helm template overlock "$chart" --kube-version "$kubernetes" --namespace hooks --values "$values" \
    >"$manifests/$name.yaml"
done

validate() { kubectl-validate --version "$kubernetes" --local-crds tests/helm/crds "$@"; }
validate "$manifests"/*.yaml "$chart/examples/keda.yaml" >"$manifests/said" 2>&1 || {
  grep -v 'OK' "$manifests/said"
  exit 1
}
printf 'valid for Kubernetes %s: %s files\n' "$kubernetes" "$(grep -c 'OK' "$manifests/said")"
# Of Kubernetes' own kinds and of the others: what is misspelt must be found.
for misspelt in 's/runAsNonRoot/runAsNonRoots/' 's/rotationPolicy/rotation/' 's/scrapeTimeout/timeout/'; do
  sed "$misspelt" "$manifests/production.yaml" >"$manifests/misspelt.yaml"
  if validate "$manifests/misspelt.yaml" >"$manifests/said" 2>&1 || ! grep -q 'unknown field' "$manifests/said"; then
    printf 'kubectl-validate does not find %s\n' "$misspelt"
    exit 1
  fi
done
HELM="$PWD/.cache/helm/bin/helm" PYTHONDONTWRITEBYTECODE=1 "$python" -m unittest discover --start-directory tests/helm
