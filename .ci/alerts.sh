#!/usr/bin/env bash
# The alerts and the dashboard: promtool's own checks, what makes each alert fire (deploy/prometheus/alerts_test.yml), and that
# all that they ask for is measured and explained (tests/monitoring).
#
# promtool is of Debian's package `prometheus`. Where it is not installed it is unpacked into .cache/prometheus, since
# installing it would start a server; PROMTOOL names another.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -z "${PROMTOOL:-}" ]; then
  PROMTOOL=$(command -v promtool || printf '%s' "$PWD/.cache/prometheus/promtool")
fi
if [ ! -x "$PROMTOOL" ]; then
  ls /var/lib/apt/lists/*_Packages >/dev/null 2>&1 || apt-get update -qq
  unpacked=$(mktemp -d)
  (cd "$unpacked" && apt-get download -qq prometheus 2>/dev/null && dpkg -x prometheus_*.deb .)
  mkdir -p .cache/prometheus
  mv "$unpacked/usr/bin/promtool" .cache/prometheus/
  rm -rf "$unpacked"
fi
export PROMTOOL

# As docker-compose.yml puts them together.
together=$(mktemp -d)
trap 'rm -rf "$together"' EXIT
cp deploy/prometheus/prometheus.yml deploy/helm/overlock/files/alerts.yaml "$together"
"$PROMTOOL" check config "$together/prometheus.yml"
"$PROMTOOL" test rules deploy/prometheus/alerts_test.yml

# Debian's Python has PyYAML (deploy/setup); another that comes first may not.
python=python3
"$python" -c 'import yaml' 2>/dev/null || python=/usr/bin/python3
PYTHONDONTWRITEBYTECODE=1 "$python" -m unittest discover --start-directory tests/monitoring
