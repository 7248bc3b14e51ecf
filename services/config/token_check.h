// What an admin token may do, asked by services that do not have the tokens.
#ifndef OVERLOCK_SERVICES_CONFIG_TOKEN_CHECK_H_
#define OVERLOCK_SERVICES_CONFIG_TOKEN_CHECK_H_

#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/async/call_context.h"
#include "common/async/clock.h"
#include "common/async/task.h"
#include "overlock/config/v1/admin_resources.pb.h"
#include "services/config/app_admin.h"

namespace overlock::config {

// PERMISSION_DENIED (`ROLE_TOO_LOW`, `APP_NOT_ALLOWED`). An empty `app_id` stands for all applications.
absl::Status CheckRights(const v1::Token& token, v1::Role role, std::string_view app_id);

// Whether the token is for this application; one that is for all is.
bool MaySeeApp(const v1::Token& token, std::string_view app_id);

// The token of a caller within this process: an admin's, of all applications, with the name `process`.
v1::Token ProcessToken();

// UNAUTHENTICATED (`TOKEN_MISSING`).
absl::Status TokenMissing();

// Asks config whose token a caller has, and keeps the answer for a minute: so long may a token that was deleted, or
// whose rights were changed, still be good here. Refusals are not kept. Thread-safe.
class TokenChecker {
 public:
  static constexpr absl::Duration kKeptFor = absl::Minutes(1);
  // The oldest answer makes room for another one.
  static constexpr size_t kKeptMax = 1000;

  // Both must outlive it.
  explicit TokenChecker(AppAdmin& admin, const Clock& clock = Clock::Real()) : admin_(admin), clock_(clock) {}

  // The caller's token, if it may do what `role` may to `app_id` (empty for all applications); without what proves it.
  // Callers within this process may do all. UNAUTHENTICATED (`TOKEN_MISSING`, `TOKEN_INVALID`, `TOKEN_EXPIRED`);
  // PERMISSION_DENIED (`ROLE_TOO_LOW`, `APP_NOT_ALLOWED`); UNAVAILABLE (`TOKEN_UNCHECKED`) if config does not answer.
  Task<absl::StatusOr<v1::Token>> Check(CallContext call, std::string app_id, v1::Role role);

 private:
  struct Kept {
    std::string hash;
    v1::Token token;
    absl::Time until;
  };

  Task<absl::StatusOr<v1::Token>> Ask(CallContext call);
  std::optional<v1::Token> FindKept(const std::string& hash);
  void Keep(const std::string& hash, const v1::Token& token);

  AppAdmin& admin_;
  const Clock& clock_;
  std::mutex mutex_;
  // Oldest first.
  std::list<Kept> kept_;
  absl::flat_hash_map<std::string, std::list<Kept>::iterator> by_hash_;
};

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_TOKEN_CHECK_H_
