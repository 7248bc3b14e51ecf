#include "services/config/module.h"

#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/crypto/seal.h"
#include "common/status/status.h"
#include "common/storage/database_url.h"
#include "common/storage/open_database.h"
#include "services/config/admin_grpc.h"
#include "services/config/config_grpc.h"
#include "services/config/config_parts.h"
#include "services/config/config_schema.h"
#include "services/config/expression_check.h"
#include "services/config/source_compiler.h"
#include "services/executor/remote_function_executor.h"
#include "services/executor/target_flag.h"
#include "services/validation/schemes/presets.h"

ABSL_FLAG(std::string, config_listen, "127.0.0.1:9001", "Where the config service serves gRPC.");
ABSL_FLAG(std::string, config_metrics_listen, "127.0.0.1:9101",
          "Where the config service serves /metrics, /healthz and /readyz.");
ABSL_FLAG(std::string, config_data_dir, ".overlock",
          "Where the config service keeps config.db, seal.key and admin.token; made if missing.");
ABSL_FLAG(std::string, config_database, "",
          "Where applications are: the path of a SQLite file or a postgresql:// URL without a password. Default: "
          "config.db in the data directory.");
ABSL_FLAG(std::string, config_database_url_file, "", "A file that holds that URL, when it has a password.");
ABSL_FLAG(std::string, config_seal_key_file, "",
          "The key that seals applications: 64 hexadecimal digits. Default: seal.key in the data directory, made if "
          "missing.");

ABSL_FLAG(std::vector<std::string>, config_old_seal_key_files, {},
          "Keys that sealed applications before, comma-separated: at the start they are sealed again with the key.");

namespace overlock::config {
namespace {

// Other services may keep their tables in the same database.
constexpr char kPostgresSchema[] = "overlock_config";

struct Options {
  std::string data_dir = absl::GetFlag(FLAGS_config_data_dir);
  std::string database = absl::GetFlag(FLAGS_config_database);
  std::string database_url_file = absl::GetFlag(FLAGS_config_database_url_file);
  std::string seal_key_file = absl::GetFlag(FLAGS_config_seal_key_file);
  std::vector<std::string> old_seal_key_files = absl::GetFlag(FLAGS_config_old_seal_key_files);
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

absl::StatusOr<std::vector<crypto::SealKey>> ReadOldKeys(const Options& options) {
  std::vector<crypto::SealKey> keys;
  for (const std::string& file : options.old_seal_key_files) {
    OVERLOCK_ASSIGN_OR_RETURN(crypto::SealKey key, crypto::SealKey::FromFile(file, false));
    keys.push_back(std::move(key));
  }
  return keys;
}

absl::StatusOr<std::string> DatabaseUrl(const Options& options) {
  OVERLOCK_ASSIGN_OR_RETURN(std::string url,
                            storage::ReadDatabaseUrl("config_database", options.database, options.database_url_file));
  return url.empty() ? absl::StrCat("sqlite:", options.data_dir, "/config.db") : url;
}

absl::StatusOr<std::unique_ptr<storage::Database>> OpenStore(const Options& options) {
  OVERLOCK_RETURN_IF_ERROR(MakeDirectory(options.data_dir));
  OVERLOCK_ASSIGN_OR_RETURN(std::string url, DatabaseUrl(options));
  storage::OpenOptions database_options;
  database_options.postgres.schema = kPostgresSchema;
  return storage::OpenDatabase(url, database_options);
}

class ConfigModule : public app::Module {
 public:
  std::string_view name() const override { return "config"; }
  std::string listen_address() const override { return absl::GetFlag(FLAGS_config_listen); }
  std::string metrics_address() const override { return absl::GetFlag(FLAGS_config_metrics_listen); }

  absl::Status Migrate() override {
    OVERLOCK_ASSIGN_OR_RETURN(auto database, OpenStore(Options()));
    return PrepareSchema(*database, absl::Now());
  }

  absl::Status Start(app::Host& host) override {
    Options options;
    OVERLOCK_RETURN_IF_ERROR(MakeDirectory(options.data_dir));
    OVERLOCK_ASSIGN_OR_RETURN(crypto::SealKey key, ReadKey(options));
    OVERLOCK_ASSIGN_OR_RETURN(std::vector<crypto::SealKey> old_keys, ReadOldKeys(options));
    OVERLOCK_ASSIGN_OR_RETURN(auto database, OpenStore(options));
    OVERLOCK_ASSIGN_OR_RETURN(rpc::Connection connection, host.Connect(absl::GetFlag(FLAGS_executor_target)));
    remote_executor_ = std::make_unique<executor::RemoteFunctionExecutor>(std::move(connection.channel));
    // The executor starts after this service, in this process or elsewhere.
    auto find_executor = [this, &host]() -> executor::FunctionExecutor& {
      auto* here = host.Find<executor::FunctionExecutor>();
      return here != nullptr ? *here : *remote_executor_;
    };
    ConfigParts::Options parts{std::move(key),
                               std::move(old_keys),
                               {{&CheckExpression, &validation::CheckSettings}, MakeSourceChecker(find_executor)}};
    OVERLOCK_ASSIGN_OR_RETURN(parts_, ConfigParts::Open(std::move(database), std::move(parts), host.metrics()));
    OVERLOCK_RETURN_IF_ERROR(parts_->access().Bootstrap(options.data_dir + "/admin.token"));
    grpc_ = std::make_unique<ConfigGrpc>(parts_->registry(), host.loops());
    admin_grpc_ = std::make_unique<AdminGrpc>(parts_->admin(), host.loops());
    host.AddGrpcService(grpc_.get());
    host.AddGrpcService(admin_grpc_.get());
    host.Provide<AppRegistry>(&parts_->registry());
    host.Provide<AppAdmin>(&parts_->admin());
    return absl::OkStatus();
  }

  void Drain(absl::Time) override {
    if (parts_) parts_->registry().Drain();
  }
  void Stop() override {
    if (parts_) parts_->registry().Drain();
  }

 private:
  std::unique_ptr<executor::FunctionExecutor> remote_executor_;
  std::unique_ptr<ConfigParts> parts_;
  std::unique_ptr<ConfigGrpc> grpc_;
  std::unique_ptr<AdminGrpc> admin_grpc_;
};

}  // namespace

std::unique_ptr<app::Module> MakeModule() { return std::make_unique<ConfigModule>(); }

}  // namespace overlock::config
