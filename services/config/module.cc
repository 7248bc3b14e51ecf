#include "services/config/module.h"

#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/crypto/seal.h"
#include "common/status/status.h"
#include "common/storage/sqlite_database.h"
#include "services/config/application_store.h"
#include "services/config/config_grpc.h"
#include "services/config/expression_check.h"
#include "services/config/local_app_registry.h"

ABSL_FLAG(std::string, config_listen, "127.0.0.1:9001", "Where the config service serves gRPC.");
ABSL_FLAG(std::string, config_metrics_listen, "127.0.0.1:9101",
          "Where the config service serves /metrics, /healthz and /readyz.");
ABSL_FLAG(std::string, config_data_dir, ".overlock", "Where the config service keeps config.db; made if missing.");
ABSL_FLAG(std::string, config_seal_key_file, "",
          "The key that seals applications: 64 hexadecimal digits. Default: seal.key in the data directory, made if "
          "missing.");

namespace overlock::config {
namespace {

struct Options {
  std::string data_dir = absl::GetFlag(FLAGS_config_data_dir);
  std::string seal_key_file = absl::GetFlag(FLAGS_config_seal_key_file);
};

absl::Status MakeDirectory(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return absl::OkStatus();
  std::filesystem::create_directories(path, error);
  if (!error) std::filesystem::permissions(path, std::filesystem::perms::owner_all, error);
  if (!error) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, "DATA_DIR_UNUSABLE",
               absl::StrCat("config_data_dir: cannot make ", path, ": ", error.message()));
}

// A key file that was named must exist: a new key could not open what the old one sealed.
absl::StatusOr<crypto::SealKey> ReadKey(const Options& options) {
  if (!options.seal_key_file.empty()) return crypto::SealKey::FromFile(options.seal_key_file, false);
  return crypto::SealKey::FromFile(options.data_dir + "/seal.key", true);
}

class ConfigModule : public app::Module {
 public:
  std::string_view name() const override { return "config"; }
  std::string listen_address() const override { return absl::GetFlag(FLAGS_config_listen); }
  std::string metrics_address() const override { return absl::GetFlag(FLAGS_config_metrics_listen); }

  absl::Status Start(app::Host& host) override {
    Options options;
    OVERLOCK_RETURN_IF_ERROR(MakeDirectory(options.data_dir));
    OVERLOCK_ASSIGN_OR_RETURN(crypto::SealKey key, ReadKey(options));
    storage::SqliteOptions database_options{.path = options.data_dir + "/config.db"};
    OVERLOCK_ASSIGN_OR_RETURN(auto database, storage::SqliteDatabase::Open(database_options));
    OVERLOCK_ASSIGN_OR_RETURN(auto store, ApplicationStore::Open(std::move(database), std::move(key), absl::Now()));
    OVERLOCK_ASSIGN_OR_RETURN(registry_, LocalAppRegistry::Open(std::move(store), &CheckExpression, host.metrics()));
    grpc_ = std::make_unique<ConfigGrpc>(*registry_, host.loops());
    host.AddGrpcService(grpc_.get());
    host.Provide<AppRegistry>(registry_.get());
    return absl::OkStatus();
  }

  void Drain(absl::Time) override {
    if (registry_) registry_->Drain();
  }
  void Stop() override {
    if (registry_) registry_->Drain();
  }

 private:
  std::unique_ptr<LocalAppRegistry> registry_;
  std::unique_ptr<ConfigGrpc> grpc_;
};

}  // namespace

std::unique_ptr<app::Module> MakeModule() { return std::make_unique<ConfigModule>(); }

}  // namespace overlock::config
