#include "services/overlock/run_command.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/async/block_on.h"
#include "common/ejson/parse.h"
#include "common/rpc/channel.h"
#include "common/status/status.h"
#include "services/config/remote_app_registry.h"
#include "services/executor/remote_function_executor.h"
#include "services/overlock/run_report.h"
#include "services/overlock/temporary_server.h"

namespace overlock {
namespace {

constexpr int kExitRan = 0;
constexpr int kExitFailed = 1;
constexpr int kExitNotAsked = 2;
constexpr size_t kArgumentsMax = 64;

enum class Kind { kFunction, kWebhook };

struct RunOptions {
  std::string name;
  std::vector<std::string> arguments;
  std::string user_id;
  std::string app_id;
  std::string app_dir;
  std::string config_target = "127.0.0.1:9001";
  std::string executor_target;
  int timeout_seconds = 330;
  rpc::TlsOptions tls;
};

void AddOptions(Kind kind, CLI::App& app, RunOptions& options) {
  app.add_option("NAME", options.name,
                 kind == Kind::kFunction ? "The function's name." : "The webhook: SERVICE/WEBHOOK.")
      ->required();
  app.add_option("--args", options.arguments, "The arguments, each Extended JSON: --args '{\"a\": 1}' '\"text\"'.")
      ->expected(0, static_cast<int>(kArgumentsMax));
  app.add_option("--user", options.user_id, "Run as the user with this id; without it as the system user.");
  app.add_option("--app", options.app_id, "The application's id; not needed where the server has one only.");
  app.add_option("--app_dir", options.app_dir,
                 "An exported application's directory: run from it, without a server that already runs.");
  app.add_option("--config_target", options.config_target, "Where the config service is: HOST:PORT.")
      ->envname("OVERLOCK_CONFIG_TARGET")
      ->capture_default_str();
  app.add_option("--executor_target", options.executor_target,
                 "Where the executor is: HOST:PORT. Without it where config is, as with `overlock serve`.")
      ->envname("OVERLOCK_EXECUTOR_TARGET");
  app.add_option("--timeout", options.timeout_seconds, "Seconds to wait for the answer.")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
  app.add_option("--tls_cert", options.tls.cert, "PEM file: a certificate to show the server.")
      ->envname("OVERLOCK_TLS_CERT");
  app.add_option("--tls_key", options.tls.key, "PEM file: the certificate's private key.")->envname("OVERLOCK_TLS_KEY");
  app.add_option("--tls_ca", options.tls.ca, "PEM file: the authorities whose certificates are accepted.")
      ->envname("OVERLOCK_TLS_CA");
  app.add_flag("--insecure", options.tls.insecure, "Allow plain text beyond loopback. For trusted networks only.");
}

absl::StatusOr<executor::v1::ExecuteRequest> MakeRequest(Kind kind, const RunOptions& options) {
  executor::v1::ExecuteRequest request;
  if (kind == Kind::kFunction) {
    request.set_function(options.name);
  } else {
    size_t slash = options.name.find('/');
    if (slash == std::string::npos || slash == 0 || slash + 1 == options.name.size()) {
      return Error(absl::StatusCode::kInvalidArgument, "BAD_NAME",
                   absl::StrCat("NAME: '", options.name, "', allowed: SERVICE/WEBHOOK"));
    }
    request.mutable_webhook_function()->set_service(options.name.substr(0, slash));
    request.mutable_webhook_function()->set_webhook(options.name.substr(slash + 1));
  }
  for (size_t i = 0; i < options.arguments.size(); ++i) {
    if (absl::StatusOr<ejson::Value> value = ejson::Parse(options.arguments[i]); !value.ok()) {
      return Error(absl::StatusCode::kInvalidArgument, "BAD_ARGUMENT",
                   absl::StrCat("--args[", i, "]: not Extended JSON: ", value.status().message()));
    }
    request.add_arguments_ejson(options.arguments[i]);
  }
  request.mutable_user()->set_id(options.user_id);
  request.mutable_user()->set_type(options.user_id.empty() ? type::v1::User::TYPE_SYSTEM : type::v1::User::TYPE_NORMAL);
  return request;
}

// The application's revision; with an empty `app_id` that of the only one there is.
absl::StatusOr<type::v1::AppRevision> FindApp(config::AppRegistry& registry, const std::string& app_id,
                                              const CallContext& call) {
  config::v1::ListAppsRequest request;
  request.set_page_size(500);
  std::optional<type::v1::AppRevision> found;
  do {
    OVERLOCK_ASSIGN_OR_RETURN(config::v1::ListAppsResponse page, BlockOn(registry.ListApps(request, call)));
    for (const config::v1::AppSummary& summary : page.apps()) {
      if (!app_id.empty() && summary.app().app_id() != app_id) continue;
      if (found.has_value()) {
        return Error(absl::StatusCode::kInvalidArgument, "APP_UNSPECIFIED",
                     "--app: the server has several applications; name one of them");
      }
      found = summary.app();
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  if (found.has_value()) return *std::move(found);
  return Error(absl::StatusCode::kNotFound, "APP_NOT_FOUND",
               app_id.empty() ? "--app: the server has no application"
                              : absl::StrCat("--app: the server has no application '", app_id, "'"));
}

absl::StatusOr<executor::v1::ExecuteResponse> Run(Kind kind, RunOptions& options) {
  OVERLOCK_ASSIGN_OR_RETURN(executor::v1::ExecuteRequest request, MakeRequest(kind, options));
  std::unique_ptr<TemporaryServer> server;
  if (!options.app_dir.empty()) {
    OVERLOCK_ASSIGN_OR_RETURN(server, TemporaryServer::Start(options.app_dir));
    options.config_target = server->grpc_target();
    options.executor_target.clear();
  }
  OVERLOCK_RETURN_IF_ERROR(rpc::CheckTlsOptions(options.tls));
  OVERLOCK_ASSIGN_OR_RETURN(auto config_channel, rpc::MakeChannel(options.config_target, options.tls));
  auto executor_channel = config_channel;
  if (!options.executor_target.empty()) {
    OVERLOCK_ASSIGN_OR_RETURN(executor_channel, rpc::MakeChannel(options.executor_target, options.tls));
  }
  config::RemoteAppRegistry registry(std::move(config_channel));
  executor::RemoteFunctionExecutor executor(std::move(executor_channel));
  CallContext call;
  call.deadline = absl::Now() + absl::Seconds(options.timeout_seconds);
  OVERLOCK_ASSIGN_OR_RETURN(*request.mutable_app(), FindApp(registry, options.app_id, call));
  return BlockOn(executor.Execute(std::move(request), Body(), call));
}

int RunCommand(Kind kind, int argc, char** argv) {
  const std::string command = kind == Kind::kFunction ? "overlock function run" : "overlock webhook run";
  RunOptions options;
  CLI::App app(kind == Kind::kFunction ? "Calls a function of an application."
                                       : "Calls a webhook's function with the given arguments and a new "
                                         "HTTPResponse(); checks nothing of the webhook.",
               command);
  AddOptions(kind, app, options);
  if (argc < 2 || std::string(argv[1]) != "run") {
    std::fprintf(stderr, "%s", app.help().c_str());
    return kExitNotAsked;
  }
  try {
    app.parse(argc - 1, argv + 1);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitRan : kExitNotAsked;
  }
  const absl::Time ran_on = absl::Now();
  absl::StatusOr<executor::v1::ExecuteResponse> response = Run(kind, options);
  if (!response.ok()) {
    const bool unreachable = response.status().code() == absl::StatusCode::kUnavailable;
    const std::string hint = " (is a server at " + options.config_target + "? Or use --app_dir)";
    std::fprintf(stderr, "%s: %s%s\n", command.c_str(), std::string(response.status().message()).c_str(),
                 unreachable && options.app_dir.empty() ? hint.c_str() : "");
    return kExitNotAsked;
  }
  PrintRun(*response, ran_on);
  return response->has_failure() ? kExitFailed : kExitRan;
}

}  // namespace

int FunctionCommand(int argc, char** argv) { return RunCommand(Kind::kFunction, argc, argv); }
int WebhookCommand(int argc, char** argv) { return RunCommand(Kind::kWebhook, argc, argv); }

}  // namespace overlock
