#!/usr/bin/env bash
# Who may include whom (docs/architecture.md, "Layers"). Prints what breaks a rule as `file: included`, and fails if
# there is any. Tests (`*_test.cc`, `*_mock.h`, `*_fixture.*`, `*_fuzz.cc`, tests/, common/testing/) may include anything.
#
#   .ci/layers.sh [DIRECTORY]    DIRECTORY is another checkout; for .ci/layers_test.sh
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "${1:-$here/..}"
. "$here/files.sh"
broken=0

tests='(_test\.cc|_mock\.h|_fixture\.(cc|h)|_fuzz\.cc)$|^tests/|^common/testing/'
mapfile -t sources < <(files 'common/*.cc' 'common/*.h' 'services/*.cc' 'services/*.h' | grep -vE "$tests")
[ "${#sources[@]}" -gt 0 ] || { printf 'there is nothing to check\n'; exit 1; }

# All includes, one a line: `services/auth/module.cc: services/config/target_flag.h`.
includes=$(grep -HE '^[[:space:]]*#[[:space:]]*include' "${sources[@]}" |
  sed -nE 's/^([^:]*):[^<"]*[<"]([^>"]*)[>"].*/\1: \2/p')

# rule SENTENCE FILE INCLUDED [ALLOWED]: no file that matches FILE may include what matches INCLUDED, unless the line
# `file: included` matches ALLOWED. Extended regular expressions.
rule() {
  local found
  found=$(grep -E "^($2): ($3)" <<<"$includes" | grep -vE "${4:-^$}") || return 0
  printf '%s:\n%s\n' "$1" "$found"
  broken=1
}

any='[^:]*'
interfaces='services/(config/app_registry|validation/validator|auth/authenticator|authz/authorizer|executor/function_executor)\.h'

rule 'common includes no service and no service proto' "common/$any" 'services/|overlock/' ': overlock/(rpc|type)/'
rule 'common/expression depends on std, Abseil, RE2, common/status and common/ejson' \
  "common/expression/$any" '' ': (absl/|re2/|common/(expression|ejson|status)/|[a-z_]+$)'
rule 'an interface includes messages, common/async, common/body and common/status' \
  "$interfaces" '' ': (absl/status/|common/(async|body|status)/|overlock/[a-z0-9_/]*\.pb\.h|[a-z_]+$)'
rule 'local_* knows no gRPC, no remote, no module and no flag' \
  "$any/local_[a-z_]*\.(cc|h)" "grpc|absl/flags/|$any(\.grpc\.pb|/module|_flag)\.h|$any/remote_"
rule 'gRPC stands only in *_grpc.*, remote_* and common/rpc' \
  "$any" "grpcpp/|grpc/|$any\.grpc\.pb\.h" '^(common/rpc/|[^:]*/remote_[a-z_]*\.|[^:]*_grpc\.)'
rule 'V8 stands only in services/executor/js' "$any" 'v8|libplatform/|cppgc/|node' '^services/executor/js/'
rule 'Boost.Beast stands only in common/http and services/edge' "$any" 'boost/beast' '^(common/http|services/edge)/'
rule 'flags stand only in module.cc, *_flags.cc, target_flag.*, common/app and services/overlock' \
  "$any" 'absl/flags/' '^(common/app/|services/overlock/|[^:]*/module\.cc:|[^:]*/[a-z]+_flags\.cc:|[^:]*/target_flag\.)'
rule "MongoDB's driver stands only in services/executor/data/mongoc" "$any" 'mongoc/' '^services/executor/data/mongoc/'
rule 'libcurl stands only in common/http_client' "$any" 'curl/' '^common/http_client/'
rule 'libpq and what SOCI has for one database stand only in common/storage' \
  "$any" 'libpq|postgresql/|soci/(postgresql|sqlite3)/' '^common/storage/'
rule "SQLite's own interface stands only in services/executor/data/embedded" \
  "$any" 'sqlite3\.h' '^services/executor/data/embedded/'
rule 'std::mutex, not absl::Mutex: ThreadSanitizer does not understand the one of Debian' "$any" 'absl/synchronization/'
rule 'nothing but tests includes tests, common/testing or a mock' \
  "$any" "tests/|common/testing/|gmock|gtest|$any(_mock|_fixture)\.h"
rule 'only services/overlock includes more than one module' \
  "services/(config|validation|auth|authz|executor|edge)/$any" 'services/[a-z]*/module\.h' \
  '^services/([a-z]*)/(main|module)\.cc: services/\1/module\.h$'

# What says whether validation can work with the settings that config is given.
asked_at_deployment='^services/config/module\.cc: services/validation/schemes/presets\.h$'

for service in config validation auth authz executor edge; do
  neighbours=$(printf '%s\n' config validation auth authz executor edge overlock | grep -vx "$service" | paste -sd'|')
  rule "$service includes its neighbours' interfaces; its module.cc their remotes and targets too" \
    "services/$service/$any" "services/($neighbours)/" \
     ": ($interfaces|services/config/(view_follower|token_check)\.h)$|/module\.cc: services/[a-z]*/(remote_[a-z_]*|target_flag|follower_flags)\.h$|$asked_at_deployment"
  rule "main.cc of $service includes its module and common/app" \
    "services/$service/main\.cc" '' ": (common/app/[a-z_]*\.h|services/$service/module\.h|[a-z_]+)$"
done

# Protos: their own package, the shared types, Google's. The worker's channel carries parts of two services' messages.
while IFS= read -r proto; do
  package=$(dirname "${proto#protos/}")
  own="google/protobuf|overlock/type/v[0-9]+|$package"
  [[ $package != overlock/worker/* ]] || own+='|overlock/(config|executor)/v[0-9]+'
  found=$(grep -HE '^[[:space:]]*import ' "$proto" | grep -vE "\"($own)/") || continue
  printf 'protos import their own package, overlock/type and google/protobuf:\n%s\n' "$found"
  broken=1
done < <(files 'protos/*.proto')

printf '%s files checked\n' "${#sources[@]}"
exit "$broken"
