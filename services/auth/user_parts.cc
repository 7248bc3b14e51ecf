#include "services/auth/user_parts.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "common/storage/open_database.h"

namespace overlock::auth {
namespace {

// Other services may keep their tables in the same database.
constexpr char kPostgresSchema[] = "overlock_auth";
constexpr int kPoolThreads = 4;
constexpr int kPoolItemsMax = 1'024;

absl::StatusOr<std::unique_ptr<storage::Database>> OpenUserDatabase(const UserParts::Options& options) {
  storage::OpenOptions database_options;
  database_options.postgres.schema = kPostgresSchema;
  return storage::OpenDatabase(options.database_url, database_options);
}

}  // namespace

absl::Status UserParts::Migrate(const Options& options) {
  OVERLOCK_ASSIGN_OR_RETURN(auto database, OpenUserDatabase(options));
  return UserDirectory::Open(std::move(database)).status();
}

absl::StatusOr<std::unique_ptr<UserParts>> UserParts::Open(Options options, boost::asio::any_io_executor loop,
                                                           Metrics& metrics) {
  std::unique_ptr<UserParts> parts(new UserParts());
  OVERLOCK_ASSIGN_OR_RETURN(auto database, OpenUserDatabase(options));
  OVERLOCK_ASSIGN_OR_RETURN(parts->directory_, UserDirectory::Open(std::move(database)));
  http::AddressGuard guard = options.client.guard;
  absl::StatusOr<std::unique_ptr<http::HttpClient>> client =
      http::HttpClient::Make(std::move(loop), std::move(options.client));
  if (!client.ok()) {
    return Error(absl::StatusCode::kInvalidArgument, "BAD_FLAG",
                 absl::StrCat("--auth_http_ca: ", client.status().message()));
  }
  parts->client_ = *std::move(client);
  parts->jwk_sets_ = std::make_unique<JwkCache>(MakeJwkFetch(*parts->client_, std::move(guard)), Clock::Real(),
                                                CacheCounters(metrics, "jwk_sets"));
  parts->hasher_ = std::make_unique<PasswordHasher>(options.hasher);
  parts->pool_ = std::make_unique<BlockingPool>(kPoolThreads, kPoolItemsMax);
  parts->store_ =
      std::make_unique<LocalUserStore>(*parts->directory_, *parts->pool_, *parts->hasher_, *parts->jwk_sets_, metrics);
  return parts;
}

}  // namespace overlock::auth
