#include "services/overlock/serve.h"

#include <filesystem>
#include <memory>
#include <system_error>

#include "absl/flags/declare.h"
#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/app/run.h"
#include "common/async/block_on.h"
#include "common/status/status.h"
#include "services/auth/module.h"
#include "services/authz/module.h"
#include "services/config/app_directory.h"
#include "services/config/app_registry.h"
#include "services/config/module.h"
#include "services/edge/module.h"
#include "services/executor/module.h"
#include "services/overlock/import_report.h"
#include "services/validation/module.h"

ABSL_FLAG(std::string, app, "", "An exported application directory to import at the start; empty for none.");
ABSL_FLAG(std::string, data_dir, ".overlock", "Where the databases and keys are; made if it is not there.");
ABSL_FLAG(std::string, metrics_listen, "127.0.0.1:9100", "Where /metrics, /healthz and /readyz are served.");

ABSL_DECLARE_FLAG(std::string, config_listen);

namespace overlock {
namespace {

absl::Status MakeDataDirectory(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) {
    return Error(absl::StatusCode::kFailedPrecondition, "DATA_DIR_UNUSABLE",
                 absl::StrCat("data_dir: cannot make ", path, ": ", error.message()));
  }
  std::filesystem::permissions(path, std::filesystem::perms::owner_all, error);
  return absl::OkStatus();
}

// Makes the data directory before the services that keep their files in it.
class DataDirectoryModule : public app::Module {
 public:
  std::string_view name() const override { return "data_dir"; }
  absl::Status Start(app::Host&) override { return MakeDataDirectory(absl::GetFlag(FLAGS_data_dir)); }
};

// Imports `--app` once config is up and the executor, which compiles what is imported, and before the edge asks for its
// first snapshot, so that whoever is told `ready` finds the application there.
class ImportModule : public app::Module {
 public:
  std::string_view name() const override { return "import"; }

  absl::Status Start(app::Host& host) override {
    const std::string directory = absl::GetFlag(FLAGS_app);
    if (directory.empty()) return absl::OkStatus();
    OVERLOCK_ASSIGN_OR_RETURN(config::v1::ImportAppRequest request, config::ReadAppDirectory(directory));
    CallContext call;
    call.deadline = absl::Now() + absl::Seconds(60);
    auto* registry = host.Find<config::AppRegistry>();
    OVERLOCK_ASSIGN_OR_RETURN(config::v1::ImportAppResponse response,
                              BlockOn(registry->ImportApp(std::move(request), call)));
    PrintImportProblems(response);
    if (!response.has_app()) {
      return Error(absl::StatusCode::kInvalidArgument, "APP_NOT_IMPORTED",
                   absl::StrCat(directory, ": not imported; the errors above say why"));
    }
    return absl::OkStatus();
  }
};

app::Modules AllInOne() {
  app::SetFlagDefault("config_data_dir", absl::GetFlag(FLAGS_data_dir));
  app::SetFlagDefault("auth_data_dir", absl::GetFlag(FLAGS_data_dir));
  app::SetFlagDefault("executor_database", absl::GetFlag(FLAGS_data_dir) + "/data.db");
  app::Modules modules;
  modules.push_back(std::make_unique<DataDirectoryModule>());
  modules.push_back(config::MakeModule());
  modules.push_back(validation::MakeModule());
  modules.push_back(executor::MakeModule());
  modules.push_back(std::make_unique<ImportModule>());
  modules.push_back(auth::MakeModule());
  modules.push_back(authz::MakeModule());
  modules.push_back(edge::MakeModule());
  return modules;
}

}  // namespace

int Serve(int argc, char** argv) {
  app::RunOptions options;
  options.listen_address = [] { return absl::GetFlag(FLAGS_config_listen); };
  options.metrics_address = [] { return absl::GetFlag(FLAGS_metrics_listen); };
  return app::Run(argc, argv, &AllInOne, options);
}

}  // namespace overlock
