// `functions run` and `webhooks run`: a function called from a terminal.
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/ejson/parse.h"
#include "common/rpc/channel.h"
#include "services/executor/remote_function_executor.h"
#include "services/overlock/cli/commands.h"
#include "services/overlock/cli/ejson_arguments.h"
#include "services/overlock/cli/entity_kind.h"
#include "services/overlock/cli/exit_code.h"
#include "services/overlock/cli/run_report.h"
#include "services/overlock/temporary_server.h"

namespace overlock::cli {
namespace {

namespace v1 = config::v1;

constexpr size_t kArgumentsMax = 64;
// Longer than any function may run.
constexpr absl::Duration kTimeout = absl::Seconds(330);

enum class Kind { kFunction, kWebhook };

struct RunOptions {
  std::string name;
  std::vector<std::string> arguments;
  std::string user_id;
  std::string app_id;
  std::string app_dir;
  std::string executor_target;
};

void AddOptions(Kind kind, CLI::App& app, RunOptions& options) {
  app.add_option("NAME", options.name,
                 kind == Kind::kFunction ? "The function's name." : "The webhook: SERVICE/WEBHOOK.")
      ->required();
  app.add_option("--args", options.arguments, "The arguments, each Extended JSON: --args '{\"a\": 1}' '\"text\"'.")
      ->expected(0, static_cast<int>(kArgumentsMax));
  app.add_option("--user", options.user_id, "Run as the user with this id; without it as the system user.");
  app.add_option("--app_dir", options.app_dir,
                 "An exported application's directory: run from it, without a server that already runs.");
  app.add_option("--executor_target", options.executor_target,
                 "Where the executor is: HOST:PORT. Without it where config is, as with `overlock serve`.")
      ->envname("OVERLOCK_EXECUTOR_TARGET");
  AddAppOption(app, options.app_id);
}

absl::StatusOr<executor::v1::ExecuteRequest> MakeRequest(Kind kind, const RunOptions& options) {
  executor::v1::ExecuteRequest request;
  if (kind == Kind::kFunction) {
    request.set_function(options.name);
  } else {
    OVERLOCK_ASSIGN_OR_RETURN(v1::EntityName name, ParseEntityName(InfoOf(v1::ENTITY_KIND_WEBHOOK), options.name));
    request.mutable_webhook_function()->set_service(name.parent());
    request.mutable_webhook_function()->set_webhook(name.name());
  }
  for (size_t i = 0; i < options.arguments.size(); ++i) {
    const std::string argument = UnmarkArgument(options.arguments[i]);
    if (absl::StatusOr<ejson::Value> value = ejson::Parse(argument); !value.ok()) {
      return UsageError(
          absl::StrCat("--args[", i, "]: not Extended JSON: ", std::string_view(value.status().message())));
    }
    request.add_arguments_ejson(argument);
  }
  request.mutable_user()->set_id(options.user_id);
  request.mutable_user()->set_type(options.user_id.empty() ? type::v1::User::TYPE_SYSTEM : type::v1::User::TYPE_NORMAL);
  return request;
}

absl::StatusOr<executor::v1::ExecuteResponse> Execute(Kind kind, Run& run, const RunOptions& options) {
  OVERLOCK_ASSIGN_OR_RETURN(executor::v1::ExecuteRequest request, MakeRequest(kind, options));
  OVERLOCK_ASSIGN_OR_RETURN(*request.mutable_app(), run.FindRevision(options.app_id));
  auto channel = run.channel();
  if (!options.executor_target.empty() && options.app_dir.empty()) {
    OVERLOCK_ASSIGN_OR_RETURN(channel, rpc::MakeChannel(options.executor_target, run.globals().connection.tls));
  }
  executor::RemoteFunctionExecutor executor(std::move(channel));
  std::optional<absl::StatusOr<executor::v1::ExecuteResponse>> response;
  auto execute = [&]() -> Task<void> {
    Body body;
    absl::StatusOr<executor::v1::ExecuteResponse> answer =
        co_await executor.Execute(std::move(request), std::move(body), run.MakeCall());
    response.emplace(std::move(answer));
  };
  run.SetActivity("running");
  run.Wait(execute());
  return *std::move(response);
}

// 1 says that the function failed: what could not be run at all must end with another code.
int NotRun(const absl::Status& status) {
  const int code = ExitCodeFor(status);
  return code == kExitRefused ? kExitUsage : code;
}

absl::StatusOr<int> RunFunction(Kind kind, Run& run, const RunOptions& options) {
  run.SetDefaultTimeout(kTimeout);
  std::unique_ptr<TemporaryServer> server;
  if (!options.app_dir.empty()) {
    OVERLOCK_ASSIGN_OR_RETURN(server, TemporaryServer::Start(options.app_dir));
    OVERLOCK_ASSIGN_OR_RETURN(std::string token, server->ReadToken());
    run.UseServer(server->grpc_target(), token);
  }
  const absl::Time ran_on = absl::Now();
  absl::StatusOr<executor::v1::ExecuteResponse> response = Execute(kind, run, options);
  if (!response.ok()) {
    const bool unreachable = response.status().code() == absl::StatusCode::kUnavailable;
    run.output().Error(
        kind == Kind::kFunction ? "overlock function run" : "overlock webhook run", response.status(),
        unreachable && server == nullptr
            ? absl::StrCat(" (is a server at ", run.globals().connection.config_target, "? Or use --app_dir)")
            : "");
    return NotRun(response.status());
  }
  if (run.output().json()) {
    run.output().Json(*response);
  } else {
    PrintRun(*response, ran_on);
  }
  return response->has_failure() ? kExitRefused : kExitDone;
}

}  // namespace

void AddFunctionRun(CommandLine& line, CLI::App& functions) {
  auto options = std::make_shared<RunOptions>();
  CLI::App& command = line.AddCommand(
      functions, "run", "Call a function and print what the Stitch editor's console printed.",
      {"overlock function run sum --args 1 2 3", "overlock function run sum --args '[1, 2]' --app_dir path/to/app"},
      [options](Run& run) { return RunFunction(Kind::kFunction, run, *options); });
  AddOptions(Kind::kFunction, command, *options);
}

void AddWebhookRun(CommandLine& line, CLI::App& webhooks) {
  auto options = std::make_shared<RunOptions>();
  CLI::App& command = line.AddCommand(
      webhooks, "run",
      "Call a webhook's function with the given arguments and a new HTTPResponse(); checks nothing of the webhook.",
      {"overlock webhook run hooks/order --args '{\"query\": {}}'"},
      [options](Run& run) { return RunFunction(Kind::kWebhook, run, *options); });
  AddOptions(Kind::kWebhook, command, *options);
}

}  // namespace overlock::cli
