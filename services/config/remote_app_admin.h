// AppAdmin over gRPC.
#ifndef OVERLOCK_SERVICES_CONFIG_REMOTE_APP_ADMIN_H_
#define OVERLOCK_SERVICES_CONFIG_REMOTE_APP_ADMIN_H_

#include <memory>

#include "common/rpc/connection.h"
#include "overlock/config/v1/admin_service.grpc.pb.h"
#include "services/config/app_admin.h"

namespace overlock::config {

// `CallContext::token` says who asks.
class RemoteAppAdmin : public AppAdmin {
 public:
  explicit RemoteAppAdmin(const rpc::Connection& connection);

  Answer<v1::CreateAppResponse> CreateApp(v1::CreateAppRequest request, CallContext call) override;
  Answer<v1::GetAppResponse> GetApp(v1::GetAppRequest request, CallContext call) override;
  Answer<v1::UpdateAppResponse> UpdateApp(v1::UpdateAppRequest request, CallContext call) override;
  Answer<v1::DeleteAppResponse> DeleteApp(v1::DeleteAppRequest request, CallContext call) override;
  Answer<v1::ExportAppResponse> ExportApp(v1::ExportAppRequest request, CallContext call) override;
  Answer<v1::DiffAppResponse> DiffApp(v1::DiffAppRequest request, CallContext call) override;
  Answer<v1::CreateEntityResponse> CreateEntity(v1::CreateEntityRequest request, CallContext call) override;
  Answer<v1::GetEntityResponse> GetEntity(v1::GetEntityRequest request, CallContext call) override;
  Answer<v1::ListEntitiesResponse> ListEntities(v1::ListEntitiesRequest request, CallContext call) override;
  Answer<v1::UpdateEntityResponse> UpdateEntity(v1::UpdateEntityRequest request, CallContext call) override;
  Answer<v1::DeleteEntityResponse> DeleteEntity(v1::DeleteEntityRequest request, CallContext call) override;
  Answer<v1::CreateSecretResponse> CreateSecret(v1::CreateSecretRequest request, CallContext call) override;
  Answer<v1::ListSecretsResponse> ListSecrets(v1::ListSecretsRequest request, CallContext call) override;
  Answer<v1::UpdateSecretResponse> UpdateSecret(v1::UpdateSecretRequest request, CallContext call) override;
  Answer<v1::DeleteSecretResponse> DeleteSecret(v1::DeleteSecretRequest request, CallContext call) override;
  Answer<v1::CreateDraftResponse> CreateDraft(v1::CreateDraftRequest request, CallContext call) override;
  Answer<v1::GetDraftResponse> GetDraft(v1::GetDraftRequest request, CallContext call) override;
  Answer<v1::DiscardDraftResponse> DiscardDraft(v1::DiscardDraftRequest request, CallContext call) override;
  Answer<v1::DeployDraftResponse> DeployDraft(v1::DeployDraftRequest request, CallContext call) override;
  Answer<v1::ListDeploymentsResponse> ListDeployments(v1::ListDeploymentsRequest request, CallContext call) override;
  Answer<v1::RollbackAppResponse> RollbackApp(v1::RollbackAppRequest request, CallContext call) override;
  Answer<v1::CreateTokenResponse> CreateToken(v1::CreateTokenRequest request, CallContext call) override;
  Answer<v1::ListTokensResponse> ListTokens(v1::ListTokensRequest request, CallContext call) override;
  Answer<v1::DeleteTokenResponse> DeleteToken(v1::DeleteTokenRequest request, CallContext call) override;
  Answer<v1::GetTokenInfoResponse> GetTokenInfo(v1::GetTokenInfoRequest request, CallContext call) override;
  Answer<v1::ListAuditRecordsResponse> ListAuditRecords(v1::ListAuditRecordsRequest request, CallContext call) override;

 private:
  const std::unique_ptr<v1::AdminService::Stub> stub_;
};

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_REMOTE_APP_ADMIN_H_
