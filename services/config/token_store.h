// Admin tokens.
#ifndef OVERLOCK_SERVICES_CONFIG_TOKEN_STORE_H_
#define OVERLOCK_SERVICES_CONFIG_TOKEN_STORE_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/storage/database.h"
#include "overlock/config/v1/admin_service.pb.h"
#include "services/config/audit_log.h"

namespace overlock::config {

// Tokens in the config service's database, which has only their SHA-256: they are 32 random bytes, so nothing slower is
// needed. All methods block. Thread-safe.
class TokenStore {
 public:
  // The schema is there (config_schema.h).
  explicit TokenStore(std::shared_ptr<storage::Database> database) : database_(std::move(database)) {}

  // A new secret: `ovl_` and 43 characters of base64url.
  static std::string NewSecret();

  // Keeps a token. ALREADY_EXISTS (`TOKEN_EXISTS`).
  absl::Status Insert(const v1::Token& token, std::string_view secret, const AuditEntry& audit, absl::Time now);
  // By name.
  absl::StatusOr<std::vector<v1::Token>> List();
  // The token with this secret, expired or not.
  absl::StatusOr<std::optional<v1::Token>> Find(std::string_view secret);
  // NOT_FOUND (`TOKEN_NOT_FOUND`).
  absl::Status Delete(const std::string& name, const AuditEntry& audit, absl::Time now);

 private:
  absl::StatusOr<std::vector<v1::Token>> Select(const std::string& hash);

  const std::shared_ptr<storage::Database> database_;
};

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_TOKEN_STORE_H_
