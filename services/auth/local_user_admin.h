// UserAdmin over the user directory.
#ifndef OVERLOCK_SERVICES_AUTH_LOCAL_USER_ADMIN_H_
#define OVERLOCK_SERVICES_AUTH_LOCAL_USER_ADMIN_H_

#include <string>
#include <utility>

#include "common/async/blocking_pool.h"
#include "common/async/clock.h"
#include "common/status/status_macros.h"
#include "common/telemetry/call_metrics.h"
#include "services/auth/password_hasher.h"
#include "services/auth/user_admin.h"
#include "services/auth/user_directory.h"
#include "services/config/token_check.h"

namespace overlock::auth {

// Every call asks the tokens first, and then works on a thread of the pool. Viewers look; editors write: who may change
// what functions do may say as whom they run; admins read the audit. In two files: users (local_user_admin.cc),
// identities and API keys (local_user_admin_logins.cc). Metrics: `overlock_auth_calls_total{rpc,result}`,
// `overlock_auth_call_seconds{rpc}`. Thread-safe.
class LocalUserAdmin : public UserAdmin {
 public:
  // All must outlive it.
  LocalUserAdmin(UserDirectory& users, PasswordHasher& hasher, config::TokenChecker& tokens, BlockingPool& pool,
                 Metrics& metrics, const Clock& clock = Clock::Real())
      : users_(users),
        hasher_(hasher),
        tokens_(tokens),
        pool_(pool),
        metrics_(metrics, "auth", *v1::CreateUserRequest::descriptor()->file()->FindServiceByName("UserAdminService")),
        clock_(clock) {}

  Answer<v1::CreateUserResponse> CreateUser(v1::CreateUserRequest request, CallContext call) override;
  Answer<v1::GetUserResponse> GetUser(v1::GetUserRequest request, CallContext call) override;
  Answer<v1::ListUsersResponse> ListUsers(v1::ListUsersRequest request, CallContext call) override;
  Answer<v1::DisableUserResponse> DisableUser(v1::DisableUserRequest request, CallContext call) override;
  Answer<v1::EnableUserResponse> EnableUser(v1::EnableUserRequest request, CallContext call) override;
  Answer<v1::SetUserDataResponse> SetUserData(v1::SetUserDataRequest request, CallContext call) override;
  Answer<v1::SetPasswordResponse> SetPassword(v1::SetPasswordRequest request, CallContext call) override;
  Answer<v1::DeleteUserResponse> DeleteUser(v1::DeleteUserRequest request, CallContext call) override;
  Answer<v1::LinkIdentityResponse> LinkIdentity(v1::LinkIdentityRequest request, CallContext call) override;
  Answer<v1::UnlinkIdentityResponse> UnlinkIdentity(v1::UnlinkIdentityRequest request, CallContext call) override;
  Answer<v1::CreateApiKeyResponse> CreateApiKey(v1::CreateApiKeyRequest request, CallContext call) override;
  Answer<v1::ListApiKeysResponse> ListApiKeys(v1::ListApiKeysRequest request, CallContext call) override;
  Answer<v1::DisableApiKeyResponse> DisableApiKey(v1::DisableApiKeyRequest request, CallContext call) override;
  Answer<v1::EnableApiKeyResponse> EnableApiKey(v1::EnableApiKeyRequest request, CallContext call) override;
  Answer<v1::DeleteApiKeyResponse> DeleteApiKey(v1::DeleteApiKeyRequest request, CallContext call) override;
  Answer<v1::RevokeApiKeysResponse> RevokeApiKeys(v1::RevokeApiKeysRequest request, CallContext call) override;
  Answer<v1::ListAuditRecordsResponse> ListAuditRecords(v1::ListAuditRecordsRequest request, CallContext call) override;

 private:
  // Who asks, for the log and the audit.
  struct Asker {
    std::string token;
    std::string peer;
    std::string request_id;
  };
  // The asker as the author of a change that is made now.
  UserDirectory::Author AuthorOf(const Asker& asker) const { return {asker.token, asker.peer, clock_.Now()}; }
  static constexpr config::v1::Role kLook = config::v1::ROLE_VIEWER;
  static constexpr config::v1::Role kWrite = config::v1::ROLE_EDITOR;

  // Whether the caller may do what `role` may to the application.
  Task<absl::StatusOr<Asker>> Identify(CallContext call, std::string app_id, config::v1::Role role);

  // Counts the call by the name of its request.
  template <class Request, class Response>
  Answer<Response> Counted(Answer<Response> answer) {
    const absl::Time began = clock_.Now();
    absl::StatusOr<Response> response = co_await std::move(answer);
    metrics_.Count(Request::descriptor()->name(), response.status(), clock_.Now() - began);
    co_return response;
  }

  // Identifies the caller, runs `work(request, asker)` on the pool, and counts the call.
  template <class Response, class Request, class Work>
  Answer<Response> Run(Request request, CallContext call, config::v1::Role role, Work work) {
    return Counted<Request>(RunUncounted<Response>(std::move(request), std::move(call), role, std::move(work)));
  }
  template <class Response, class Request, class Work>
  Answer<Response> RunUncounted(Request request, CallContext call, config::v1::Role role, Work work) {
    absl::StatusOr<Asker> asker = co_await Identify(std::move(call), request.app_id(), role);
    if (!asker.ok()) co_return asker.status();
    auto all = [request = std::move(request), asker = *std::move(asker),
                work = std::move(work)]() -> absl::StatusOr<Response> { return work(request, asker); };
    co_return co_await pool_.Run(std::move(all));
  }

  // The line that every write leaves. `key_id` may be empty.
  static void Note(const Asker& asker, std::string_view action, const std::string& app_id, const std::string& user_id,
                   const std::string& key_id = "");

  // NOT_FOUND (`USER_NOT_FOUND`).
  absl::StatusOr<v1::UserRecord> Find(const std::string& app_id, const std::string& user_id);
  Answer<v1::CreateUserResponse> HashAndCreate(v1::CreateUserRequest request, CallContext call);
  Answer<v1::SetPasswordResponse> HashAndSet(v1::SetPasswordRequest request, CallContext call);
  Answer<v1::ListAuditRecordsResponse> ReadAudit(v1::ListAuditRecordsRequest request, CallContext call);
  // Whether the user could be made, as far as that can be said beforehand.
  absl::Status CheckNewUser(const v1::CreateUserRequest& request);
  template <class Response, class Request>
  Answer<Response> SetDisabled(Request request, CallContext call, bool disabled);
  template <class Response, class Request>
  Answer<Response> SetKeyDisabled(Request request, CallContext call, bool disabled);

  UserDirectory& users_;
  PasswordHasher& hasher_;
  config::TokenChecker& tokens_;
  BlockingPool& pool_;
  const CallMetrics metrics_;
  const Clock& clock_;
};

}  // namespace overlock::auth

#endif  // OVERLOCK_SERVICES_AUTH_LOCAL_USER_ADMIN_H_
