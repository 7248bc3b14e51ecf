# Sourced by the checks that need Helm, at the repository's root: puts Helm and kubectl-validate of these versions first in PATH,
# built by Go into .cache/helm if they are not there, and sets $python to a Python with PyYAML.
set -euo pipefail
helm_version=v3.19.5
validate_version=v0.0.4
export HELM_CACHE_HOME="$PWD/.cache/helm/cache" HELM_CONFIG_HOME="$PWD/.cache/helm/config" HELM_DATA_HOME="$PWD/.cache/helm/data"

# install NAME MODULE VERSION
install_tool() {
  local directory="$PWD/.cache/helm/bin" stamp=".cache/helm/$1.version"
  mkdir -p "$directory"
  if [ -x "$directory/$1" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$3" ]; then return; fi
  printf '.ci/helm_tools.sh: building %s %s\n' "$1" "$3" >&2
  GOBIN="$directory" GOFLAGS=-buildvcs=false "$go" install -trimpath -ldflags='-s -w' "$2@$3"
  printf '%s\n' "$3" >"$stamp"
}

go=$(command -v go || command -v /usr/local/go/bin/go) || {
  printf '.ci/helm_tools.sh: Go is needed to build Helm\n' >&2
  exit 1
}
install_tool helm helm.sh/helm/v3/cmd/helm "$helm_version"
install_tool kubectl-validate sigs.k8s.io/kubectl-validate "$validate_version"
PATH="$PWD/.cache/helm/bin:$PATH"

# Debian's Python has PyYAML (deploy/setup); another that comes first may not.
python=python3
"$python" -c 'import yaml' 2>/dev/null || python=/usr/bin/python3

