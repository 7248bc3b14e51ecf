// What the auth service needs for application users.
#ifndef OVERLOCK_SERVICES_AUTH_USER_PARTS_H_
#define OVERLOCK_SERVICES_AUTH_USER_PARTS_H_

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/async/blocking_pool.h"
#include "common/http_client/http_client.h"
#include "services/auth/jwk_cache.h"
#include "services/auth/local_user_store.h"
#include "services/auth/password_hasher.h"
#include "services/auth/user_directory.h"

namespace overlock::auth {

// Owns the directory and all that logs users in.
class UserParts {
 public:
  struct Options {
    // A path of a SQLite file or a URL (common/storage/open_database.h).
    std::string database_url;
    PasswordHasher::Options hasher;
    // For JWK sets.
    http::HttpClientOptions client;
  };

  // Brings the schema of the database up to date, and no more. Blocks.
  static absl::Status Migrate(const Options& options);
  // Opens the database and brings its schema up to date. JWK sets are fetched on `loop`, which must not run any more
  // when this is destroyed. INVALID_ARGUMENT (`BAD_FLAG`) if the authorities for TLS cannot be used.
  // `metrics` must outlive it.
  static absl::StatusOr<std::unique_ptr<UserParts>> Open(Options options, boost::asio::any_io_executor loop,
                                                         Metrics& metrics);

  UserStore& store() { return *store_; }
  UserDirectory& directory() { return *directory_; }
  // For SQL.
  BlockingPool& pool() { return *pool_; }
  PasswordHasher& hasher() { return *hasher_; }

 private:
  UserParts() = default;

  std::unique_ptr<UserDirectory> directory_;
  std::unique_ptr<http::HttpClient> client_;
  std::unique_ptr<JwkCache> jwk_sets_;
  std::unique_ptr<LocalUserStore> store_;
  // Their threads end before what they work on.
  std::unique_ptr<PasswordHasher> hasher_;
  std::unique_ptr<BlockingPool> pool_;
};

}  // namespace overlock::auth

#endif  // OVERLOCK_SERVICES_AUTH_USER_PARTS_H_
