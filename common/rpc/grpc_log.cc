#include "common/rpc/grpc_log.h"

#include <grpc/support/log.h>

#include <string_view>

#include "common/telemetry/log.h"

namespace overlock::rpc {
namespace {

constexpr std::string_view kHandshake = "Handshake failed with fatal error ";

void Log(gpr_log_func_args* line) {
  if (line->severity != GPR_LOG_SEVERITY_ERROR) return;
  std::string_view message = line->message;
  if (message.starts_with(kHandshake)) {
    message.remove_prefix(kHandshake.size());
    log::Warning("a TLS handshake failed", {{"why", message}});
  } else {
    log::Warning("gRPC reports an error", {{"message", message}});
  }
}

}  // namespace

void LogWhatGrpcSays() { gpr_set_log_function(&Log); }

}  // namespace overlock::rpc
