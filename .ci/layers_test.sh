#!/usr/bin/env bash
# Plants one violation after another in a tree of its own and fails unless .ci/layers.sh finds each of them, and nothing
# in the tree without one.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
git -C "$tree" init -q
wrong=0

plant() {
  mkdir -p "$tree/$(dirname "$1")"
  printf '%s\n' "$2" >"$tree/$1"
}

# What is allowed, so that a rule which forbids too much shows too.
plant common/status/status.h '#include "absl/status/status.h"'
plant common/rpc/client.h '#include <grpcpp/grpcpp.h>'
plant services/auth/authenticator.h '#include "overlock/auth/v1/auth_service.pb.h"'
plant services/auth/local_authenticator.cc '#include "services/executor/function_executor.h"'
plant services/auth/local_authenticator_test.cc '#include "services/executor/function_executor_mock.h"'
plant services/auth/module.cc '#include "services/executor/remote_function_executor.h"'
plant services/validation/module.cc '#include "services/config/follower_flags.h"'
plant services/auth/main.cc '#include "services/auth/module.h"'
plant services/executor/js/isolate.h '#include <v8.h>'
plant services/overlock/serve.cc '#include "services/auth/module.h"'
plant protos/overlock/auth/v1/auth_service.proto 'import "overlock/type/v1/user.proto";'
if ! "$here/layers.sh" "$tree" >/dev/null; then
  printf 'layers.sh finds something wrong in a tree that is right:\n'
  "$here/layers.sh" "$tree" || true
  wrong=1
fi

# violation FILE LINE: must be found.
violation() {
  plant "$1" "$2"
  if "$here/layers.sh" "$tree" >/dev/null; then
    printf 'not found: %s in %s\n' "$2" "$1"
    wrong=1
  fi
  rm "$tree/$1"
}

violation common/body/bad.h '#include "services/auth/authenticator.h"'
violation common/body/bad.h '#include "overlock/auth/v1/auth_service.pb.h"'
violation common/expression/bad.cc '#include "common/async/task.h"'
violation common/expression/bad.cc '#include <boost/asio.hpp>'
violation services/authz/authorizer.h '#include "overlock/authz/v1/authz_service.grpc.pb.h"'
violation services/authz/authorizer.h '#include "common/telemetry/log.h"'
violation services/auth/local_bad.cc '#include <grpcpp/grpcpp.h>'
violation services/auth/local_bad.cc '  #  include "absl/flags/flag.h"'
violation services/auth/local_bad.h '#include "services/config/remote_app_registry.h"'
violation services/auth/bad.h '#include "overlock/auth/v1/auth_service.grpc.pb.h"'
violation common/app/bad.cc '#include <grpcpp/channel.h>'
violation services/executor/supervisor/bad.h '#include "v8.h"'
violation services/executor/data/bad.h '#include <mongoc/mongoc.h>'
violation services/executor/bad.h '#include <boost/beast/http.hpp>'
violation services/auth/bad.h '#include <libpq-fe.h>'
violation services/auth/bad.cc '#include <soci/sqlite3/soci-sqlite3.h>'
violation common/async/bad.h '#include "absl/synchronization/mutex.h"'
violation services/auth/bad.cc '#include "absl/flags/flag.h"'
violation services/auth/bad.cc '#include "common/testing/fake_clock.h"'
violation services/auth/bad.cc '#include "services/auth/authenticator_mock.h"'
violation services/auth/bad.cc '#include "services/config/local_app_registry.h"'
violation services/auth/bad.cc '#include "services/config/remote_app_registry.h"'
violation services/auth/bad.cc '#include "services/config/follower_flags.h"'
violation services/edge/module.cc '#include "services/config/view_recorder.h"'
violation services/edge/module.cc '#include "services/auth/local_authenticator.h"'
violation services/edge/module.cc '#include "services/auth/module.h"'
violation services/edge/main.cc '#include "services/edge/pipeline.h"'
violation services/edge/bad.cc '#include "services/overlock/serve.h"'
violation protos/overlock/authz/v1/bad.proto 'import "overlock/auth/v1/auth_service.proto";'

[ "$wrong" = 0 ] && printf 'every violation was found\n'
exit "$wrong"
