// AppAdmin served over gRPC.
#ifndef OVERLOCK_SERVICES_CONFIG_ADMIN_GRPC_H_
#define OVERLOCK_SERVICES_CONFIG_ADMIN_GRPC_H_

#include "common/async/event_loops.h"
#include "common/rpc/caller_table.h"
#include "overlock/config/v1/admin_service.grpc.pb.h"
#include "services/config/app_admin.h"

namespace overlock::config {

// Unwraps, calls, finishes. Both arguments must outlive it.
class AdminGrpc : public v1::AdminService::CallbackService {
 public:
  AdminGrpc(AppAdmin& admin, EventLoops& loops) : admin_(admin), loops_(loops) {}

  static rpc::CallerTable Callers();

  grpc::ServerUnaryReactor* CreateApp(grpc::CallbackServerContext* context, const v1::CreateAppRequest* request,
                                      v1::CreateAppResponse* response) override;
  grpc::ServerUnaryReactor* GetApp(grpc::CallbackServerContext* context, const v1::GetAppRequest* request,
                                   v1::GetAppResponse* response) override;
  grpc::ServerUnaryReactor* UpdateApp(grpc::CallbackServerContext* context, const v1::UpdateAppRequest* request,
                                      v1::UpdateAppResponse* response) override;
  grpc::ServerUnaryReactor* DeleteApp(grpc::CallbackServerContext* context, const v1::DeleteAppRequest* request,
                                      v1::DeleteAppResponse* response) override;
  grpc::ServerUnaryReactor* ExportApp(grpc::CallbackServerContext* context, const v1::ExportAppRequest* request,
                                      v1::ExportAppResponse* response) override;
  grpc::ServerUnaryReactor* DiffApp(grpc::CallbackServerContext* context, const v1::DiffAppRequest* request,
                                    v1::DiffAppResponse* response) override;
  grpc::ServerUnaryReactor* CreateEntity(grpc::CallbackServerContext* context, const v1::CreateEntityRequest* request,
                                         v1::CreateEntityResponse* response) override;
  grpc::ServerUnaryReactor* GetEntity(grpc::CallbackServerContext* context, const v1::GetEntityRequest* request,
                                      v1::GetEntityResponse* response) override;
  grpc::ServerUnaryReactor* ListEntities(grpc::CallbackServerContext* context, const v1::ListEntitiesRequest* request,
                                         v1::ListEntitiesResponse* response) override;
  grpc::ServerUnaryReactor* UpdateEntity(grpc::CallbackServerContext* context, const v1::UpdateEntityRequest* request,
                                         v1::UpdateEntityResponse* response) override;
  grpc::ServerUnaryReactor* DeleteEntity(grpc::CallbackServerContext* context, const v1::DeleteEntityRequest* request,
                                         v1::DeleteEntityResponse* response) override;
  grpc::ServerUnaryReactor* CreateSecret(grpc::CallbackServerContext* context, const v1::CreateSecretRequest* request,
                                         v1::CreateSecretResponse* response) override;
  grpc::ServerUnaryReactor* ListSecrets(grpc::CallbackServerContext* context, const v1::ListSecretsRequest* request,
                                        v1::ListSecretsResponse* response) override;
  grpc::ServerUnaryReactor* UpdateSecret(grpc::CallbackServerContext* context, const v1::UpdateSecretRequest* request,
                                         v1::UpdateSecretResponse* response) override;
  grpc::ServerUnaryReactor* DeleteSecret(grpc::CallbackServerContext* context, const v1::DeleteSecretRequest* request,
                                         v1::DeleteSecretResponse* response) override;
  grpc::ServerUnaryReactor* CreateDraft(grpc::CallbackServerContext* context, const v1::CreateDraftRequest* request,
                                        v1::CreateDraftResponse* response) override;
  grpc::ServerUnaryReactor* GetDraft(grpc::CallbackServerContext* context, const v1::GetDraftRequest* request,
                                     v1::GetDraftResponse* response) override;
  grpc::ServerUnaryReactor* DiscardDraft(grpc::CallbackServerContext* context, const v1::DiscardDraftRequest* request,
                                         v1::DiscardDraftResponse* response) override;
  grpc::ServerUnaryReactor* DeployDraft(grpc::CallbackServerContext* context, const v1::DeployDraftRequest* request,
                                        v1::DeployDraftResponse* response) override;
  grpc::ServerUnaryReactor* ListDeployments(grpc::CallbackServerContext* context,
                                            const v1::ListDeploymentsRequest* request,
                                            v1::ListDeploymentsResponse* response) override;
  grpc::ServerUnaryReactor* RollbackApp(grpc::CallbackServerContext* context, const v1::RollbackAppRequest* request,
                                        v1::RollbackAppResponse* response) override;
  grpc::ServerUnaryReactor* CreateToken(grpc::CallbackServerContext* context, const v1::CreateTokenRequest* request,
                                        v1::CreateTokenResponse* response) override;
  grpc::ServerUnaryReactor* ListTokens(grpc::CallbackServerContext* context, const v1::ListTokensRequest* request,
                                       v1::ListTokensResponse* response) override;
  grpc::ServerUnaryReactor* DeleteToken(grpc::CallbackServerContext* context, const v1::DeleteTokenRequest* request,
                                        v1::DeleteTokenResponse* response) override;
  grpc::ServerUnaryReactor* GetTokenInfo(grpc::CallbackServerContext* context, const v1::GetTokenInfoRequest* request,
                                         v1::GetTokenInfoResponse* response) override;
  grpc::ServerUnaryReactor* ListAuditRecords(grpc::CallbackServerContext* context,
                                             const v1::ListAuditRecordsRequest* request,
                                             v1::ListAuditRecordsResponse* response) override;

 private:
  template <class Request, class Response>
  using Method = AppAdmin::Answer<Response> (AppAdmin::*)(Request, CallContext);

  template <class Request, class Response>
  grpc::ServerUnaryReactor* Serve(Method<Request, Response> method, grpc::CallbackServerContext* context,
                                  const Request* request, Response* response);

  AppAdmin& admin_;
  EventLoops& loops_;
};

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_ADMIN_GRPC_H_
