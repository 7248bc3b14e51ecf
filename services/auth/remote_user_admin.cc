#include "services/auth/remote_user_admin.h"

#include <functional>
#include <utility>

#include "common/rpc/client.h"

namespace overlock::auth {
namespace {

using Async = v1::UserAdminService::StubInterface::async_interface;

// A method of the stub that calls back when it is done.
template <class Request, class Response>
using Method = void (Async::*)(grpc::ClientContext*, const Request*, Response*, std::function<void(grpc::Status)>);

template <class Request, class Response>
Task<absl::StatusOr<Response>> Call(v1::UserAdminService::Stub& stub, Method<Request, Response> method, Request request,
                                    CallContext call) {
  auto start = [&stub, method](auto* context, auto* message, auto* response, auto done) {
    (stub.async()->*method)(context, message, response, std::move(done));
  };
  co_return co_await rpc::CallUnary<Response>(std::move(call), std::move(request), start);
}

}  // namespace

RemoteUserAdmin::RemoteUserAdmin(const rpc::Connection& connection)
    : stub_(v1::UserAdminService::NewStub(connection.channel)) {}

UserAdmin::Answer<v1::CreateUserResponse> RemoteUserAdmin::CreateUser(v1::CreateUserRequest request, CallContext call) {
  return Call<v1::CreateUserRequest, v1::CreateUserResponse>(*stub_, &Async::CreateUser, std::move(request),
                                                             std::move(call));
}

UserAdmin::Answer<v1::GetUserResponse> RemoteUserAdmin::GetUser(v1::GetUserRequest request, CallContext call) {
  return Call<v1::GetUserRequest, v1::GetUserResponse>(*stub_, &Async::GetUser, std::move(request), std::move(call));
}

UserAdmin::Answer<v1::ListUsersResponse> RemoteUserAdmin::ListUsers(v1::ListUsersRequest request, CallContext call) {
  return Call<v1::ListUsersRequest, v1::ListUsersResponse>(*stub_, &Async::ListUsers, std::move(request),
                                                           std::move(call));
}

UserAdmin::Answer<v1::DisableUserResponse> RemoteUserAdmin::DisableUser(v1::DisableUserRequest request,
                                                                        CallContext call) {
  return Call<v1::DisableUserRequest, v1::DisableUserResponse>(*stub_, &Async::DisableUser, std::move(request),
                                                               std::move(call));
}

UserAdmin::Answer<v1::EnableUserResponse> RemoteUserAdmin::EnableUser(v1::EnableUserRequest request, CallContext call) {
  return Call<v1::EnableUserRequest, v1::EnableUserResponse>(*stub_, &Async::EnableUser, std::move(request),
                                                             std::move(call));
}

UserAdmin::Answer<v1::SetUserDataResponse> RemoteUserAdmin::SetUserData(v1::SetUserDataRequest request,
                                                                        CallContext call) {
  return Call<v1::SetUserDataRequest, v1::SetUserDataResponse>(*stub_, &Async::SetUserData, std::move(request),
                                                               std::move(call));
}

UserAdmin::Answer<v1::SetPasswordResponse> RemoteUserAdmin::SetPassword(v1::SetPasswordRequest request,
                                                                        CallContext call) {
  return Call<v1::SetPasswordRequest, v1::SetPasswordResponse>(*stub_, &Async::SetPassword, std::move(request),
                                                               std::move(call));
}

UserAdmin::Answer<v1::DeleteUserResponse> RemoteUserAdmin::DeleteUser(v1::DeleteUserRequest request, CallContext call) {
  return Call<v1::DeleteUserRequest, v1::DeleteUserResponse>(*stub_, &Async::DeleteUser, std::move(request),
                                                             std::move(call));
}

UserAdmin::Answer<v1::LinkIdentityResponse> RemoteUserAdmin::LinkIdentity(v1::LinkIdentityRequest request,
                                                                          CallContext call) {
  return Call<v1::LinkIdentityRequest, v1::LinkIdentityResponse>(*stub_, &Async::LinkIdentity, std::move(request),
                                                                 std::move(call));
}

UserAdmin::Answer<v1::UnlinkIdentityResponse> RemoteUserAdmin::UnlinkIdentity(v1::UnlinkIdentityRequest request,
                                                                              CallContext call) {
  return Call<v1::UnlinkIdentityRequest, v1::UnlinkIdentityResponse>(*stub_, &Async::UnlinkIdentity, std::move(request),
                                                                     std::move(call));
}

UserAdmin::Answer<v1::CreateApiKeyResponse> RemoteUserAdmin::CreateApiKey(v1::CreateApiKeyRequest request,
                                                                          CallContext call) {
  return Call<v1::CreateApiKeyRequest, v1::CreateApiKeyResponse>(*stub_, &Async::CreateApiKey, std::move(request),
                                                                 std::move(call));
}

UserAdmin::Answer<v1::ListApiKeysResponse> RemoteUserAdmin::ListApiKeys(v1::ListApiKeysRequest request,
                                                                        CallContext call) {
  return Call<v1::ListApiKeysRequest, v1::ListApiKeysResponse>(*stub_, &Async::ListApiKeys, std::move(request),
                                                               std::move(call));
}

UserAdmin::Answer<v1::DisableApiKeyResponse> RemoteUserAdmin::DisableApiKey(v1::DisableApiKeyRequest request,
                                                                            CallContext call) {
  return Call<v1::DisableApiKeyRequest, v1::DisableApiKeyResponse>(*stub_, &Async::DisableApiKey, std::move(request),
                                                                   std::move(call));
}

UserAdmin::Answer<v1::EnableApiKeyResponse> RemoteUserAdmin::EnableApiKey(v1::EnableApiKeyRequest request,
                                                                          CallContext call) {
  return Call<v1::EnableApiKeyRequest, v1::EnableApiKeyResponse>(*stub_, &Async::EnableApiKey, std::move(request),
                                                                 std::move(call));
}

UserAdmin::Answer<v1::DeleteApiKeyResponse> RemoteUserAdmin::DeleteApiKey(v1::DeleteApiKeyRequest request,
                                                                          CallContext call) {
  return Call<v1::DeleteApiKeyRequest, v1::DeleteApiKeyResponse>(*stub_, &Async::DeleteApiKey, std::move(request),
                                                                 std::move(call));
}

UserAdmin::Answer<v1::RevokeApiKeysResponse> RemoteUserAdmin::RevokeApiKeys(v1::RevokeApiKeysRequest request,
                                                                            CallContext call) {
  return Call<v1::RevokeApiKeysRequest, v1::RevokeApiKeysResponse>(*stub_, &Async::RevokeApiKeys, std::move(request),
                                                                   std::move(call));
}

UserAdmin::Answer<v1::ListAuditRecordsResponse> RemoteUserAdmin::ListAuditRecords(v1::ListAuditRecordsRequest request,
                                                                                  CallContext call) {
  return Call<v1::ListAuditRecordsRequest, v1::ListAuditRecordsResponse>(*stub_, &Async::ListAuditRecords,
                                                                         std::move(request), std::move(call));
}

}  // namespace overlock::auth
