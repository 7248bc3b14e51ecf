// UserAdmin served over gRPC.
#ifndef OVERLOCK_SERVICES_AUTH_USER_ADMIN_GRPC_H_
#define OVERLOCK_SERVICES_AUTH_USER_ADMIN_GRPC_H_

#include "common/async/event_loops.h"
#include "common/rpc/caller_table.h"
#include "overlock/auth/v1/user_admin_service.grpc.pb.h"
#include "services/auth/user_admin.h"

namespace overlock::auth {

// Unwraps, calls, finishes. Both arguments must outlive it.
class UserAdminGrpc : public v1::UserAdminService::CallbackService {
 public:
  UserAdminGrpc(UserAdmin& admin, EventLoops& loops) : admin_(admin), loops_(loops) {}

  static rpc::CallerTable Callers();

  grpc::ServerUnaryReactor* CreateUser(grpc::CallbackServerContext* context, const v1::CreateUserRequest* request,
                                       v1::CreateUserResponse* response) override;
  grpc::ServerUnaryReactor* GetUser(grpc::CallbackServerContext* context, const v1::GetUserRequest* request,
                                    v1::GetUserResponse* response) override;
  grpc::ServerUnaryReactor* ListUsers(grpc::CallbackServerContext* context, const v1::ListUsersRequest* request,
                                      v1::ListUsersResponse* response) override;
  grpc::ServerUnaryReactor* DisableUser(grpc::CallbackServerContext* context, const v1::DisableUserRequest* request,
                                        v1::DisableUserResponse* response) override;
  grpc::ServerUnaryReactor* EnableUser(grpc::CallbackServerContext* context, const v1::EnableUserRequest* request,
                                       v1::EnableUserResponse* response) override;
  grpc::ServerUnaryReactor* SetUserData(grpc::CallbackServerContext* context, const v1::SetUserDataRequest* request,
                                        v1::SetUserDataResponse* response) override;
  grpc::ServerUnaryReactor* SetPassword(grpc::CallbackServerContext* context, const v1::SetPasswordRequest* request,
                                        v1::SetPasswordResponse* response) override;
  grpc::ServerUnaryReactor* DeleteUser(grpc::CallbackServerContext* context, const v1::DeleteUserRequest* request,
                                       v1::DeleteUserResponse* response) override;
  grpc::ServerUnaryReactor* LinkIdentity(grpc::CallbackServerContext* context, const v1::LinkIdentityRequest* request,
                                         v1::LinkIdentityResponse* response) override;
  grpc::ServerUnaryReactor* UnlinkIdentity(grpc::CallbackServerContext* context,
                                           const v1::UnlinkIdentityRequest* request,
                                           v1::UnlinkIdentityResponse* response) override;
  grpc::ServerUnaryReactor* CreateApiKey(grpc::CallbackServerContext* context, const v1::CreateApiKeyRequest* request,
                                         v1::CreateApiKeyResponse* response) override;
  grpc::ServerUnaryReactor* ListApiKeys(grpc::CallbackServerContext* context, const v1::ListApiKeysRequest* request,
                                        v1::ListApiKeysResponse* response) override;
  grpc::ServerUnaryReactor* DisableApiKey(grpc::CallbackServerContext* context, const v1::DisableApiKeyRequest* request,
                                          v1::DisableApiKeyResponse* response) override;
  grpc::ServerUnaryReactor* EnableApiKey(grpc::CallbackServerContext* context, const v1::EnableApiKeyRequest* request,
                                         v1::EnableApiKeyResponse* response) override;
  grpc::ServerUnaryReactor* DeleteApiKey(grpc::CallbackServerContext* context, const v1::DeleteApiKeyRequest* request,
                                         v1::DeleteApiKeyResponse* response) override;
  grpc::ServerUnaryReactor* RevokeApiKeys(grpc::CallbackServerContext* context, const v1::RevokeApiKeysRequest* request,
                                          v1::RevokeApiKeysResponse* response) override;
  grpc::ServerUnaryReactor* ListAuditRecords(grpc::CallbackServerContext* context,
                                             const v1::ListAuditRecordsRequest* request,
                                             v1::ListAuditRecordsResponse* response) override;

 private:
  template <class Request, class Response>
  using Method = UserAdmin::Answer<Response> (UserAdmin::*)(Request, CallContext);

  template <class Request, class Response>
  grpc::ServerUnaryReactor* Serve(Method<Request, Response> method, grpc::CallbackServerContext* context,
                                  const Request* request, Response* response);

  UserAdmin& admin_;
  EventLoops& loops_;
};

}  // namespace overlock::auth

#endif  // OVERLOCK_SERVICES_AUTH_USER_ADMIN_GRPC_H_
