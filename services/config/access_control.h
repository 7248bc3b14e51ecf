// Who may do what to applications.
#ifndef OVERLOCK_SERVICES_CONFIG_ACCESS_CONTROL_H_
#define OVERLOCK_SERVICES_CONFIG_ACCESS_CONTROL_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/async/call_context.h"
#include "common/async/clock.h"
#include "overlock/config/v1/admin_service.pb.h"
#include "services/config/token_store.h"

namespace overlock::config {

// Who a caller turned out to be. Callers within this process are admins of the name `process`.
struct Actor {
  v1::Token token;
  // From where; empty for `process`.
  std::string peer;

  // PERMISSION_DENIED (`ROLE_TOO_LOW`, `APP_NOT_ALLOWED`). An empty `app_id` stands for all applications.
  absl::Status Check(v1::Role role, std::string_view app_id) const;
  bool MaySee(std::string_view app_id) const;
  AuditEntry Audit(std::string action, std::string app_id, std::string subject, std::string note = "") const;
};

// Asks the tokens. Thread-safe; blocks.
class AccessControl {
 public:
  AccessControl(std::unique_ptr<TokenStore> tokens, const Clock& clock) : tokens_(std::move(tokens)), clock_(clock) {}

  // UNAUTHENTICATED (`TOKEN_MISSING`, `TOKEN_INVALID`, `TOKEN_EXPIRED`).
  absl::StatusOr<Actor> Identify(const CallContext& call);

  // The first token, an admin's: made, and its secret written to the file `path` for its owner alone, if there is no
  // token yet.
  absl::Status Bootstrap(const std::string& path);

  TokenStore& tokens() { return *tokens_; }

 private:
  const std::unique_ptr<TokenStore> tokens_;
  const Clock& clock_;
};

// Whether the caller may have what is meant for `service`, e.g. `validation`: over TLS its certificate must name that
// service. Within the process, and over plain text, which other than on loopback somebody allowed with --insecure,
// there is nothing to check. PERMISSION_DENIED (`NOT_A_SERVICE`).
absl::Status CheckService(const CallContext& call, std::string_view service);

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_ACCESS_CONTROL_H_
