#include "services/executor/supervisor/invocation_log.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/telemetry/log.h"

namespace overlock::executor {
namespace {

std::string TargetOf(const v1::ExecuteRequest& request) {
  switch (request.target_case()) {
    case v1::ExecuteRequest::kWebhook:
      return absl::StrCat("webhook ", request.webhook().service(), "/", request.webhook().webhook());
    case v1::ExecuteRequest::kWebhookFunction:
      return absl::StrCat("function of webhook ", request.webhook_function().service(), "/",
                          request.webhook_function().webhook());
    case v1::ExecuteRequest::kRunAsScript:
      return absl::StrCat("script of ", request.run_as_script().service(), "/", request.run_as_script().webhook());
    case v1::ExecuteRequest::kEndpoint:
      return absl::StrCat("endpoint ", request.endpoint().method(), " ", request.endpoint().route());
    case v1::ExecuteRequest::kEndpointRunAsScript:
      return absl::StrCat("script of endpoint ", request.endpoint_run_as_script().method(), " ",
                          request.endpoint_run_as_script().route());
    default:
      return absl::StrCat("function ", request.function());
  }
}

std::string_view LevelOf(v1::ConsoleLine::Level level) {
  switch (level) {
    case v1::ConsoleLine::LEVEL_DEBUG:
      return "debug";
    case v1::ConsoleLine::LEVEL_WARN:
      return "warn";
    case v1::ConsoleLine::LEVEL_ERROR:
      return "error";
    default:
      return "info";
  }
}

}  // namespace

void LogAnswer(const Invocation& invocation, const v1::ExecuteResponse& response) {
  if (response.console().empty() && !response.has_failure() && invocation.ended_calls == 0) return;
  std::string target = TargetOf(invocation.request);
  const std::string& app_id = invocation.code->app_id();
  if (log::Enabled(log::Level::kInfo)) {
    for (const v1::ConsoleLine& line : response.console()) {
      log::Info("function console", {{"request_id", invocation.request_id},
                                     {"app_id", app_id},
                                     {"target", target},
                                     {"console_level", LevelOf(line.level())},
                                     {"text", line.text()}});
    }
  }
  if (invocation.ended_calls > 0) {
    log::Info("function called services", {{"request_id", invocation.request_id},
                                           {"app_id", app_id},
                                           {"target", target},
                                           {"calls", invocation.ended_calls},
                                           {"first_calls", absl::StrJoin(invocation.logged_calls, "; ")}});
  }
  if (response.has_failure()) {
    const v1::Failure& failure = response.failure();
    log::Warning("function failed", {{"request_id", invocation.request_id},
                                     {"app_id", app_id},
                                     {"target", target},
                                     {"kind", v1::Failure::Kind_Name(failure.kind())},
                                     {"message", failure.message()},
                                     {"stack", failure.stack()}});
  }
}

}  // namespace overlock::executor
