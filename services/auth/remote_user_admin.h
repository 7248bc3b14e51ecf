// UserAdmin over gRPC.
#ifndef OVERLOCK_SERVICES_AUTH_REMOTE_USER_ADMIN_H_
#define OVERLOCK_SERVICES_AUTH_REMOTE_USER_ADMIN_H_

#include <memory>

#include "common/rpc/connection.h"
#include "overlock/auth/v1/user_admin_service.grpc.pb.h"
#include "services/auth/user_admin.h"

namespace overlock::auth {

// `CallContext::token` says who asks.
class RemoteUserAdmin : public UserAdmin {
 public:
  explicit RemoteUserAdmin(const rpc::Connection& connection);

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
  const std::unique_ptr<v1::UserAdminService::Stub> stub_;
};

}  // namespace overlock::auth

#endif  // OVERLOCK_SERVICES_AUTH_REMOTE_USER_ADMIN_H_
