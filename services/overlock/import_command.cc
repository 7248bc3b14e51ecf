#include "services/overlock/import_command.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "common/async/block_on.h"
#include "common/rpc/channel.h"
#include "common/status/status.h"
#include "services/config/app_directory.h"
#include "services/config/remote_app_registry.h"
#include "services/overlock/import_report.h"

namespace overlock {
namespace {

constexpr int kExitImported = 0;
constexpr int kExitProblems = 1;
constexpr int kExitNotAsked = 2;

struct ImportOptions {
  std::string directory = ".";
  std::string config_target = "127.0.0.1:9001";
  bool check = false;
  int timeout_seconds = 60;
  rpc::TlsOptions tls;
};

void AddOptions(CLI::App& app, ImportOptions& options) {
  app.add_option("DIR", options.directory, "The application's directory, or one below it.")->capture_default_str();
  app.add_option("--config_target", options.config_target, "Where the config service is: HOST:PORT.")
      ->envname("OVERLOCK_CONFIG_TARGET")
      ->capture_default_str();
  app.add_flag("--check", options.check, "Only say what an import would do and find wrong; store nothing.");
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

absl::StatusOr<config::v1::ImportAppResponse> Import(const ImportOptions& options) {
  OVERLOCK_ASSIGN_OR_RETURN(config::v1::ImportAppRequest request, config::ReadAppDirectory(options.directory));
  request.set_validate_only(options.check);
  OVERLOCK_RETURN_IF_ERROR(rpc::CheckTlsOptions(options.tls));
  OVERLOCK_ASSIGN_OR_RETURN(auto channel, rpc::MakeChannel(options.config_target, options.tls));
  config::RemoteAppRegistry registry(std::move(channel));
  CallContext call;
  call.deadline = absl::Now() + absl::Seconds(options.timeout_seconds);
  return BlockOn(registry.ImportApp(std::move(request), std::move(call)));
}

void PrintImported(const config::v1::ImportAppResponse& response, bool check) {
  const config::v1::AppSummary& summary = response.summary();
  if (check) {
    std::printf("%s: no errors; nothing was stored\n", summary.app().app_id().c_str());
  } else if (response.unchanged()) {
    std::printf("%s: nothing to do, it is already revision %lld\n", summary.app().app_id().c_str(),
                static_cast<long long>(summary.app().revision()));
  } else {
    std::printf("%s: imported as revision %lld\n", summary.app().app_id().c_str(),
                static_cast<long long>(summary.app().revision()));
  }
  for (const auto& webhook : summary.webhooks()) {
    std::printf("  %-6s %s  %s\n", webhook.http_method().c_str(), webhook.path().c_str(),
                webhook.validation_method().c_str());
  }
  for (const auto& endpoint : summary.endpoints()) {
    std::printf("  %-6s %s  %s%s\n", endpoint.name().method().c_str(), endpoint.path().c_str(),
                endpoint.validation_method().c_str(), endpoint.disabled() ? "  (disabled)" : "");
  }
}

}  // namespace

int ImportCommand(int argc, char** argv) {
  ImportOptions options;
  CLI::App app("Imports an application exported from MongoDB Stitch into a running server.", "overlock import");
  AddOptions(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitImported : kExitNotAsked;
  }
  absl::StatusOr<config::v1::ImportAppResponse> response = Import(options);
  if (!response.ok()) {
    const bool unreachable = response.status().code() == absl::StatusCode::kUnavailable;
    std::fprintf(stderr, "overlock import: %s%s\n", std::string(response.status().message()).c_str(),
                 unreachable ? (" (is the config service at " + options.config_target + "?)").c_str() : "");
    return kExitNotAsked;
  }
  PrintImportProblems(*response);
  if (!response->has_app()) {
    std::fprintf(stderr, "overlock import: nothing was imported; the errors above say why\n");
    return kExitProblems;
  }
  PrintImported(*response, options.check);
  return kExitImported;
}

}  // namespace overlock
