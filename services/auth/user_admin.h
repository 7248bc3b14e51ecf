// Manages users of applications.
#ifndef OVERLOCK_SERVICES_AUTH_USER_ADMIN_H_
#define OVERLOCK_SERVICES_AUTH_USER_ADMIN_H_

#include "absl/status/statusor.h"
#include "common/async/call_context.h"
#include "common/async/task.h"
#include "overlock/auth/v1/user_admin_service.pb.h"

namespace overlock::auth {

// For people, pipelines and other services. protos/overlock/auth/v1/user_admin_service.proto says what each method
// promises and which errors it has; the answer is the same in process and over gRPC. Thread-safe.
class UserAdmin {
 public:
  template <class T>
  using Answer = Task<absl::StatusOr<T>>;

  virtual ~UserAdmin() = default;

  virtual Answer<v1::CreateUserResponse> CreateUser(v1::CreateUserRequest request, CallContext call) = 0;
  virtual Answer<v1::GetUserResponse> GetUser(v1::GetUserRequest request, CallContext call) = 0;
  virtual Answer<v1::ListUsersResponse> ListUsers(v1::ListUsersRequest request, CallContext call) = 0;
  virtual Answer<v1::DisableUserResponse> DisableUser(v1::DisableUserRequest request, CallContext call) = 0;
  virtual Answer<v1::EnableUserResponse> EnableUser(v1::EnableUserRequest request, CallContext call) = 0;
  virtual Answer<v1::SetUserDataResponse> SetUserData(v1::SetUserDataRequest request, CallContext call) = 0;
  virtual Answer<v1::SetPasswordResponse> SetPassword(v1::SetPasswordRequest request, CallContext call) = 0;
  virtual Answer<v1::DeleteUserResponse> DeleteUser(v1::DeleteUserRequest request, CallContext call) = 0;
  virtual Answer<v1::LinkIdentityResponse> LinkIdentity(v1::LinkIdentityRequest request, CallContext call) = 0;
  virtual Answer<v1::UnlinkIdentityResponse> UnlinkIdentity(v1::UnlinkIdentityRequest request, CallContext call) = 0;
  virtual Answer<v1::CreateApiKeyResponse> CreateApiKey(v1::CreateApiKeyRequest request, CallContext call) = 0;
  virtual Answer<v1::ListApiKeysResponse> ListApiKeys(v1::ListApiKeysRequest request, CallContext call) = 0;
  virtual Answer<v1::DisableApiKeyResponse> DisableApiKey(v1::DisableApiKeyRequest request, CallContext call) = 0;
  virtual Answer<v1::EnableApiKeyResponse> EnableApiKey(v1::EnableApiKeyRequest request, CallContext call) = 0;
  virtual Answer<v1::DeleteApiKeyResponse> DeleteApiKey(v1::DeleteApiKeyRequest request, CallContext call) = 0;
  virtual Answer<v1::RevokeApiKeysResponse> RevokeApiKeys(v1::RevokeApiKeysRequest request, CallContext call) = 0;
  virtual Answer<v1::ListAuditRecordsResponse> ListAuditRecords(v1::ListAuditRecordsRequest request,
                                                                CallContext call) = 0;
};

}  // namespace overlock::auth

#endif  // OVERLOCK_SERVICES_AUTH_USER_ADMIN_H_
