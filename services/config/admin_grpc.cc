#include "services/config/admin_grpc.h"

#include <utility>

#include "common/rpc/server.h"

namespace overlock::config {

rpc::CallerTable AdminGrpc::Callers() {
  return {v1::AdminService::service_full_name(), {{rpc::kOtherMethods, {rpc::kTokenHolder}}}};
}

template <class Request, class Response>
grpc::ServerUnaryReactor* AdminGrpc::Serve(Method<Request, Response> method, grpc::CallbackServerContext* context,
                                           const Request* request, Response* response) {
  auto call_admin = [this, method, request](CallContext call) { return (admin_.*method)(*request, std::move(call)); };
  return rpc::ServeUnary(loops_.Next(), context, request, response, call_admin);
}

grpc::ServerUnaryReactor* AdminGrpc::CreateApp(grpc::CallbackServerContext* context,
                                               const v1::CreateAppRequest* request, v1::CreateAppResponse* response) {
  return Serve(&AppAdmin::CreateApp, context, request, response);
}

grpc::ServerUnaryReactor* AdminGrpc::GetApp(grpc::CallbackServerContext* context, const v1::GetAppRequest* request,
                                            v1::GetAppResponse* response) {
  return Serve(&AppAdmin::GetApp, context, request, response);
}

grpc::ServerUnaryReactor* AdminGrpc::UpdateApp(grpc::CallbackServerContext* context,
                                               const v1::UpdateAppRequest* request, v1::UpdateAppResponse* response) {
  return Serve(&AppAdmin::UpdateApp, context, request, response);
}

grpc::ServerUnaryReactor* AdminGrpc::DeleteApp(grpc::CallbackServerContext* context,
                                               const v1::DeleteAppRequest* request, v1::DeleteAppResponse* response) {
  return Serve(&AppAdmin::DeleteApp, context, request, response);
}

grpc::ServerUnaryReactor* AdminGrpc::ExportApp(grpc::CallbackServerContext* context,
                                               const v1::ExportAppRequest* request, v1::ExportAppResponse* response) {
  return Serve(&AppAdmin::ExportApp, context, request, response);
}

grpc::ServerUnaryReactor* AdminGrpc::DiffApp(grpc::CallbackServerContext* context, const v1::DiffAppRequest* request,
                                             v1::DiffAppResponse* response) {
  return Serve(&AppAdmin::DiffApp, context, request, response);
}

grpc::ServerUnaryReactor* AdminGrpc::CreateEntity(grpc::CallbackServerContext* context,
                                                  const v1::CreateEntityRequest* request,
                                                  v1::CreateEntityResponse* response) {
  return Serve(&AppAdmin::CreateEntity, context, request, response);
}

grpc::ServerUnaryReactor* AdminGrpc::GetEntity(grpc::CallbackServerContext* context,
                                               const v1::GetEntityRequest* request, v1::GetEntityResponse* response) {
  return Serve(&AppAdmin::GetEntity, context, request, response);
}

grpc::ServerUnaryReactor* AdminGrpc::ListEntities(grpc::CallbackServerContext* context,
                                                  const v1::ListEntitiesRequest* request,
                                                  v1::ListEntitiesResponse* response) {
  return Serve(&AppAdmin::ListEntities, context, request, response);
}

grpc::ServerUnaryReactor* AdminGrpc::UpdateEntity(grpc::CallbackServerContext* context,
                                                  const v1::UpdateEntityRequest* request,
                                                  v1::UpdateEntityResponse* response) {
  return Serve(&AppAdmin::UpdateEntity, context, request, response);
}

grpc::ServerUnaryReactor* AdminGrpc::DeleteEntity(grpc::CallbackServerContext* context,
                                                  const v1::DeleteEntityRequest* request,
                                                  v1::DeleteEntityResponse* response) {
  return Serve(&AppAdmin::DeleteEntity, context, request, response);
}

grpc::ServerUnaryReactor* AdminGrpc::CreateSecret(grpc::CallbackServerContext* context,
                                                  const v1::CreateSecretRequest* request,
                                                  v1::CreateSecretResponse* response) {
  return Serve(&AppAdmin::CreateSecret, context, request, response);
}

grpc::ServerUnaryReactor* AdminGrpc::ListSecrets(grpc::CallbackServerContext* context,
                                                 const v1::ListSecretsRequest* request,
                                                 v1::ListSecretsResponse* response) {
  return Serve(&AppAdmin::ListSecrets, context, request, response);
}

grpc::ServerUnaryReactor* AdminGrpc::UpdateSecret(grpc::CallbackServerContext* context,
                                                  const v1::UpdateSecretRequest* request,
                                                  v1::UpdateSecretResponse* response) {
  return Serve(&AppAdmin::UpdateSecret, context, request, response);
}

grpc::ServerUnaryReactor* AdminGrpc::DeleteSecret(grpc::CallbackServerContext* context,
                                                  const v1::DeleteSecretRequest* request,
                                                  v1::DeleteSecretResponse* response) {
  return Serve(&AppAdmin::DeleteSecret, context, request, response);
}

grpc::ServerUnaryReactor* AdminGrpc::CreateDraft(grpc::CallbackServerContext* context,
                                                 const v1::CreateDraftRequest* request,
                                                 v1::CreateDraftResponse* response) {
  return Serve(&AppAdmin::CreateDraft, context, request, response);
}

grpc::ServerUnaryReactor* AdminGrpc::GetDraft(grpc::CallbackServerContext* context, const v1::GetDraftRequest* request,
                                              v1::GetDraftResponse* response) {
  return Serve(&AppAdmin::GetDraft, context, request, response);
}

grpc::ServerUnaryReactor* AdminGrpc::DiscardDraft(grpc::CallbackServerContext* context,
                                                  const v1::DiscardDraftRequest* request,
                                                  v1::DiscardDraftResponse* response) {
  return Serve(&AppAdmin::DiscardDraft, context, request, response);
}

grpc::ServerUnaryReactor* AdminGrpc::DeployDraft(grpc::CallbackServerContext* context,
                                                 const v1::DeployDraftRequest* request,
                                                 v1::DeployDraftResponse* response) {
  return Serve(&AppAdmin::DeployDraft, context, request, response);
}

grpc::ServerUnaryReactor* AdminGrpc::ListDeployments(grpc::CallbackServerContext* context,
                                                     const v1::ListDeploymentsRequest* request,
                                                     v1::ListDeploymentsResponse* response) {
  return Serve(&AppAdmin::ListDeployments, context, request, response);
}

grpc::ServerUnaryReactor* AdminGrpc::RollbackApp(grpc::CallbackServerContext* context,
                                                 const v1::RollbackAppRequest* request,
                                                 v1::RollbackAppResponse* response) {
  return Serve(&AppAdmin::RollbackApp, context, request, response);
}

grpc::ServerUnaryReactor* AdminGrpc::CreateToken(grpc::CallbackServerContext* context,
                                                 const v1::CreateTokenRequest* request,
                                                 v1::CreateTokenResponse* response) {
  return Serve(&AppAdmin::CreateToken, context, request, response);
}

grpc::ServerUnaryReactor* AdminGrpc::ListTokens(grpc::CallbackServerContext* context,
                                                const v1::ListTokensRequest* request,
                                                v1::ListTokensResponse* response) {
  return Serve(&AppAdmin::ListTokens, context, request, response);
}

grpc::ServerUnaryReactor* AdminGrpc::DeleteToken(grpc::CallbackServerContext* context,
                                                 const v1::DeleteTokenRequest* request,
                                                 v1::DeleteTokenResponse* response) {
  return Serve(&AppAdmin::DeleteToken, context, request, response);
}

grpc::ServerUnaryReactor* AdminGrpc::GetTokenInfo(grpc::CallbackServerContext* context,
                                                  const v1::GetTokenInfoRequest* request,
                                                  v1::GetTokenInfoResponse* response) {
  return Serve(&AppAdmin::GetTokenInfo, context, request, response);
}

grpc::ServerUnaryReactor* AdminGrpc::ListAuditRecords(grpc::CallbackServerContext* context,
                                                      const v1::ListAuditRecordsRequest* request,
                                                      v1::ListAuditRecordsResponse* response) {
  return Serve(&AppAdmin::ListAuditRecords, context, request, response);
}

}  // namespace overlock::config
