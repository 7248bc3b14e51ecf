#include "services/auth/user_admin_grpc.h"

#include <utility>

#include "common/rpc/server.h"

namespace overlock::auth {

rpc::CallerTable UserAdminGrpc::Callers() {
  return {v1::UserAdminService::service_full_name(), {{rpc::kOtherMethods, {rpc::kTokenHolder}}}};
}

template <class Request, class Response>
grpc::ServerUnaryReactor* UserAdminGrpc::Serve(Method<Request, Response> method, grpc::CallbackServerContext* context,
                                               const Request* request, Response* response) {
  auto call_admin = [this, method, request](CallContext call) { return (admin_.*method)(*request, std::move(call)); };
  return rpc::ServeUnary(loops_.Next(), context, request, response, call_admin);
}

grpc::ServerUnaryReactor* UserAdminGrpc::CreateUser(grpc::CallbackServerContext* context,
                                                    const v1::CreateUserRequest* request,
                                                    v1::CreateUserResponse* response) {
  return Serve(&UserAdmin::CreateUser, context, request, response);
}

grpc::ServerUnaryReactor* UserAdminGrpc::GetUser(grpc::CallbackServerContext* context,
                                                 const v1::GetUserRequest* request, v1::GetUserResponse* response) {
  return Serve(&UserAdmin::GetUser, context, request, response);
}

grpc::ServerUnaryReactor* UserAdminGrpc::ListUsers(grpc::CallbackServerContext* context,
                                                   const v1::ListUsersRequest* request,
                                                   v1::ListUsersResponse* response) {
  return Serve(&UserAdmin::ListUsers, context, request, response);
}

grpc::ServerUnaryReactor* UserAdminGrpc::DisableUser(grpc::CallbackServerContext* context,
                                                     const v1::DisableUserRequest* request,
                                                     v1::DisableUserResponse* response) {
  return Serve(&UserAdmin::DisableUser, context, request, response);
}

grpc::ServerUnaryReactor* UserAdminGrpc::EnableUser(grpc::CallbackServerContext* context,
                                                    const v1::EnableUserRequest* request,
                                                    v1::EnableUserResponse* response) {
  return Serve(&UserAdmin::EnableUser, context, request, response);
}

grpc::ServerUnaryReactor* UserAdminGrpc::SetUserData(grpc::CallbackServerContext* context,
                                                     const v1::SetUserDataRequest* request,
                                                     v1::SetUserDataResponse* response) {
  return Serve(&UserAdmin::SetUserData, context, request, response);
}

grpc::ServerUnaryReactor* UserAdminGrpc::SetPassword(grpc::CallbackServerContext* context,
                                                     const v1::SetPasswordRequest* request,
                                                     v1::SetPasswordResponse* response) {
  return Serve(&UserAdmin::SetPassword, context, request, response);
}

grpc::ServerUnaryReactor* UserAdminGrpc::DeleteUser(grpc::CallbackServerContext* context,
                                                    const v1::DeleteUserRequest* request,
                                                    v1::DeleteUserResponse* response) {
  return Serve(&UserAdmin::DeleteUser, context, request, response);
}

grpc::ServerUnaryReactor* UserAdminGrpc::LinkIdentity(grpc::CallbackServerContext* context,
                                                      const v1::LinkIdentityRequest* request,
                                                      v1::LinkIdentityResponse* response) {
  return Serve(&UserAdmin::LinkIdentity, context, request, response);
}

grpc::ServerUnaryReactor* UserAdminGrpc::UnlinkIdentity(grpc::CallbackServerContext* context,
                                                        const v1::UnlinkIdentityRequest* request,
                                                        v1::UnlinkIdentityResponse* response) {
  return Serve(&UserAdmin::UnlinkIdentity, context, request, response);
}

grpc::ServerUnaryReactor* UserAdminGrpc::CreateApiKey(grpc::CallbackServerContext* context,
                                                      const v1::CreateApiKeyRequest* request,
                                                      v1::CreateApiKeyResponse* response) {
  return Serve(&UserAdmin::CreateApiKey, context, request, response);
}

grpc::ServerUnaryReactor* UserAdminGrpc::ListApiKeys(grpc::CallbackServerContext* context,
                                                     const v1::ListApiKeysRequest* request,
                                                     v1::ListApiKeysResponse* response) {
  return Serve(&UserAdmin::ListApiKeys, context, request, response);
}

grpc::ServerUnaryReactor* UserAdminGrpc::DisableApiKey(grpc::CallbackServerContext* context,
                                                       const v1::DisableApiKeyRequest* request,
                                                       v1::DisableApiKeyResponse* response) {
  return Serve(&UserAdmin::DisableApiKey, context, request, response);
}

grpc::ServerUnaryReactor* UserAdminGrpc::EnableApiKey(grpc::CallbackServerContext* context,
                                                      const v1::EnableApiKeyRequest* request,
                                                      v1::EnableApiKeyResponse* response) {
  return Serve(&UserAdmin::EnableApiKey, context, request, response);
}

grpc::ServerUnaryReactor* UserAdminGrpc::DeleteApiKey(grpc::CallbackServerContext* context,
                                                      const v1::DeleteApiKeyRequest* request,
                                                      v1::DeleteApiKeyResponse* response) {
  return Serve(&UserAdmin::DeleteApiKey, context, request, response);
}

grpc::ServerUnaryReactor* UserAdminGrpc::RevokeApiKeys(grpc::CallbackServerContext* context,
                                                       const v1::RevokeApiKeysRequest* request,
                                                       v1::RevokeApiKeysResponse* response) {
  return Serve(&UserAdmin::RevokeApiKeys, context, request, response);
}

grpc::ServerUnaryReactor* UserAdminGrpc::ListAuditRecords(grpc::CallbackServerContext* context,
                                                          const v1::ListAuditRecordsRequest* request,
                                                          v1::ListAuditRecordsResponse* response) {
  return Serve(&UserAdmin::ListAuditRecords, context, request, response);
}

}  // namespace overlock::auth
