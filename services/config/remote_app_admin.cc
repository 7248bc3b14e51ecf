#include "services/config/remote_app_admin.h"

#include <functional>
#include <utility>

#include "common/rpc/client.h"

namespace overlock::config {
namespace {

using Async = v1::AdminService::StubInterface::async_interface;

// A method of the stub that calls back when it is done.
template <class Request, class Response>
using Method = void (Async::*)(grpc::ClientContext*, const Request*, Response*, std::function<void(grpc::Status)>);

template <class Request, class Response>
Task<absl::StatusOr<Response>> Call(v1::AdminService::Stub& stub, Method<Request, Response> method, Request request,
                                    CallContext call) {
  auto start = [&stub, method](auto* context, auto* message, auto* response, auto done) {
    (stub.async()->*method)(context, message, response, std::move(done));
  };
  co_return co_await rpc::CallUnary<Response>(std::move(call), std::move(request), start);
}

}  // namespace

RemoteAppAdmin::RemoteAppAdmin(const rpc::Connection& connection)
    : stub_(v1::AdminService::NewStub(connection.channel)) {}

AppAdmin::Answer<v1::CreateAppResponse> RemoteAppAdmin::CreateApp(v1::CreateAppRequest request, CallContext call) {
  return Call<v1::CreateAppRequest, v1::CreateAppResponse>(*stub_, &Async::CreateApp, std::move(request),
                                                           std::move(call));
}

AppAdmin::Answer<v1::GetAppResponse> RemoteAppAdmin::GetApp(v1::GetAppRequest request, CallContext call) {
  return Call<v1::GetAppRequest, v1::GetAppResponse>(*stub_, &Async::GetApp, std::move(request), std::move(call));
}

AppAdmin::Answer<v1::UpdateAppResponse> RemoteAppAdmin::UpdateApp(v1::UpdateAppRequest request, CallContext call) {
  return Call<v1::UpdateAppRequest, v1::UpdateAppResponse>(*stub_, &Async::UpdateApp, std::move(request),
                                                           std::move(call));
}

AppAdmin::Answer<v1::DeleteAppResponse> RemoteAppAdmin::DeleteApp(v1::DeleteAppRequest request, CallContext call) {
  return Call<v1::DeleteAppRequest, v1::DeleteAppResponse>(*stub_, &Async::DeleteApp, std::move(request),
                                                           std::move(call));
}

AppAdmin::Answer<v1::ExportAppResponse> RemoteAppAdmin::ExportApp(v1::ExportAppRequest request, CallContext call) {
  return Call<v1::ExportAppRequest, v1::ExportAppResponse>(*stub_, &Async::ExportApp, std::move(request),
                                                           std::move(call));
}

AppAdmin::Answer<v1::DiffAppResponse> RemoteAppAdmin::DiffApp(v1::DiffAppRequest request, CallContext call) {
  return Call<v1::DiffAppRequest, v1::DiffAppResponse>(*stub_, &Async::DiffApp, std::move(request), std::move(call));
}

AppAdmin::Answer<v1::CreateEntityResponse> RemoteAppAdmin::CreateEntity(v1::CreateEntityRequest request,
                                                                        CallContext call) {
  return Call<v1::CreateEntityRequest, v1::CreateEntityResponse>(*stub_, &Async::CreateEntity, std::move(request),
                                                                 std::move(call));
}

AppAdmin::Answer<v1::GetEntityResponse> RemoteAppAdmin::GetEntity(v1::GetEntityRequest request, CallContext call) {
  return Call<v1::GetEntityRequest, v1::GetEntityResponse>(*stub_, &Async::GetEntity, std::move(request),
                                                           std::move(call));
}

AppAdmin::Answer<v1::ListEntitiesResponse> RemoteAppAdmin::ListEntities(v1::ListEntitiesRequest request,
                                                                        CallContext call) {
  return Call<v1::ListEntitiesRequest, v1::ListEntitiesResponse>(*stub_, &Async::ListEntities, std::move(request),
                                                                 std::move(call));
}

AppAdmin::Answer<v1::UpdateEntityResponse> RemoteAppAdmin::UpdateEntity(v1::UpdateEntityRequest request,
                                                                        CallContext call) {
  return Call<v1::UpdateEntityRequest, v1::UpdateEntityResponse>(*stub_, &Async::UpdateEntity, std::move(request),
                                                                 std::move(call));
}

AppAdmin::Answer<v1::DeleteEntityResponse> RemoteAppAdmin::DeleteEntity(v1::DeleteEntityRequest request,
                                                                        CallContext call) {
  return Call<v1::DeleteEntityRequest, v1::DeleteEntityResponse>(*stub_, &Async::DeleteEntity, std::move(request),
                                                                 std::move(call));
}

AppAdmin::Answer<v1::CreateSecretResponse> RemoteAppAdmin::CreateSecret(v1::CreateSecretRequest request,
                                                                        CallContext call) {
  return Call<v1::CreateSecretRequest, v1::CreateSecretResponse>(*stub_, &Async::CreateSecret, std::move(request),
                                                                 std::move(call));
}

AppAdmin::Answer<v1::ListSecretsResponse> RemoteAppAdmin::ListSecrets(v1::ListSecretsRequest request,
                                                                      CallContext call) {
  return Call<v1::ListSecretsRequest, v1::ListSecretsResponse>(*stub_, &Async::ListSecrets, std::move(request),
                                                               std::move(call));
}

AppAdmin::Answer<v1::UpdateSecretResponse> RemoteAppAdmin::UpdateSecret(v1::UpdateSecretRequest request,
                                                                        CallContext call) {
  return Call<v1::UpdateSecretRequest, v1::UpdateSecretResponse>(*stub_, &Async::UpdateSecret, std::move(request),
                                                                 std::move(call));
}

AppAdmin::Answer<v1::DeleteSecretResponse> RemoteAppAdmin::DeleteSecret(v1::DeleteSecretRequest request,
                                                                        CallContext call) {
  return Call<v1::DeleteSecretRequest, v1::DeleteSecretResponse>(*stub_, &Async::DeleteSecret, std::move(request),
                                                                 std::move(call));
}

AppAdmin::Answer<v1::CreateDraftResponse> RemoteAppAdmin::CreateDraft(v1::CreateDraftRequest request,
                                                                      CallContext call) {
  return Call<v1::CreateDraftRequest, v1::CreateDraftResponse>(*stub_, &Async::CreateDraft, std::move(request),
                                                               std::move(call));
}

AppAdmin::Answer<v1::GetDraftResponse> RemoteAppAdmin::GetDraft(v1::GetDraftRequest request, CallContext call) {
  return Call<v1::GetDraftRequest, v1::GetDraftResponse>(*stub_, &Async::GetDraft, std::move(request), std::move(call));
}

AppAdmin::Answer<v1::DiscardDraftResponse> RemoteAppAdmin::DiscardDraft(v1::DiscardDraftRequest request,
                                                                        CallContext call) {
  return Call<v1::DiscardDraftRequest, v1::DiscardDraftResponse>(*stub_, &Async::DiscardDraft, std::move(request),
                                                                 std::move(call));
}

AppAdmin::Answer<v1::DeployDraftResponse> RemoteAppAdmin::DeployDraft(v1::DeployDraftRequest request,
                                                                      CallContext call) {
  return Call<v1::DeployDraftRequest, v1::DeployDraftResponse>(*stub_, &Async::DeployDraft, std::move(request),
                                                               std::move(call));
}

AppAdmin::Answer<v1::ListDeploymentsResponse> RemoteAppAdmin::ListDeployments(v1::ListDeploymentsRequest request,
                                                                              CallContext call) {
  return Call<v1::ListDeploymentsRequest, v1::ListDeploymentsResponse>(*stub_, &Async::ListDeployments,
                                                                       std::move(request), std::move(call));
}

AppAdmin::Answer<v1::RollbackAppResponse> RemoteAppAdmin::RollbackApp(v1::RollbackAppRequest request,
                                                                      CallContext call) {
  return Call<v1::RollbackAppRequest, v1::RollbackAppResponse>(*stub_, &Async::RollbackApp, std::move(request),
                                                               std::move(call));
}

AppAdmin::Answer<v1::CreateTokenResponse> RemoteAppAdmin::CreateToken(v1::CreateTokenRequest request,
                                                                      CallContext call) {
  return Call<v1::CreateTokenRequest, v1::CreateTokenResponse>(*stub_, &Async::CreateToken, std::move(request),
                                                               std::move(call));
}

AppAdmin::Answer<v1::ListTokensResponse> RemoteAppAdmin::ListTokens(v1::ListTokensRequest request, CallContext call) {
  return Call<v1::ListTokensRequest, v1::ListTokensResponse>(*stub_, &Async::ListTokens, std::move(request),
                                                             std::move(call));
}

AppAdmin::Answer<v1::DeleteTokenResponse> RemoteAppAdmin::DeleteToken(v1::DeleteTokenRequest request,
                                                                      CallContext call) {
  return Call<v1::DeleteTokenRequest, v1::DeleteTokenResponse>(*stub_, &Async::DeleteToken, std::move(request),
                                                               std::move(call));
}

AppAdmin::Answer<v1::GetTokenInfoResponse> RemoteAppAdmin::GetTokenInfo(v1::GetTokenInfoRequest request,
                                                                        CallContext call) {
  return Call<v1::GetTokenInfoRequest, v1::GetTokenInfoResponse>(*stub_, &Async::GetTokenInfo, std::move(request),
                                                                 std::move(call));
}

AppAdmin::Answer<v1::ListAuditRecordsResponse> RemoteAppAdmin::ListAuditRecords(v1::ListAuditRecordsRequest request,
                                                                                CallContext call) {
  return Call<v1::ListAuditRecordsRequest, v1::ListAuditRecordsResponse>(*stub_, &Async::ListAuditRecords,
                                                                         std::move(request), std::move(call));
}

}  // namespace overlock::config
