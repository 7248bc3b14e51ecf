#!/usr/bin/env bash
# The admin RPCs by grpcurl: lists applications, makes the secret SECRET of APP with the value on standard input, and
# lists the secrets of the application.
#   commands.sh HOST:PORT CERTIFICATES NAME TOKEN_FILE APP SECRET < value
# CERTIFICATES has ca.pem, NAME.pem and NAME.key; PATH has grpcurl.
set -euo pipefail
[ $# -eq 6 ] || { sed -n '2,5p' "$0" >&2; exit 2; }
target=$1 certificates=$2 name=$3 app=$5 secret=$6
TOKEN=$(<"$4")
export TOKEN

call() {
  grpcurl -cacert "$certificates/ca.pem" -cert "$certificates/$name.pem" -key "$certificates/$name.key" \
    -max-time 20 -expand-headers -H 'authorization: Bearer ${TOKEN}' "${@:2}" "$target" "overlock.config.v1.$1"
}
json() { python3 -c 'import json, sys; print(json.dumps(sys.stdin.read().rstrip("\n")))'; }

call ConfigService/ListApps
printf '{"app_id": "%s", "name": "%s", "value": %s}' "$app" "$secret" "$(json)" | call AdminService/CreateSecret -d @
call AdminService/ListSecrets -d "{\"app_id\": \"$app\"}"
