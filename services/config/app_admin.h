// Manages applications.
#ifndef OVERLOCK_SERVICES_CONFIG_APP_ADMIN_H_
#define OVERLOCK_SERVICES_CONFIG_APP_ADMIN_H_

#include "absl/status/statusor.h"
#include "common/async/call_context.h"
#include "common/async/task.h"
#include "overlock/config/v1/admin_service.pb.h"

namespace overlock::config {

// For people, pipelines and other services. protos/overlock/config/v1/admin_service.proto says what each method
// promises and which errors it has; the answer is the same in process and over gRPC. Thread-safe.
class AppAdmin {
 public:
  template <class T>
  using Answer = Task<absl::StatusOr<T>>;

  virtual ~AppAdmin() = default;

  virtual Answer<v1::CreateAppResponse> CreateApp(v1::CreateAppRequest request, CallContext call) = 0;
  virtual Answer<v1::GetAppResponse> GetApp(v1::GetAppRequest request, CallContext call) = 0;
  virtual Answer<v1::UpdateAppResponse> UpdateApp(v1::UpdateAppRequest request, CallContext call) = 0;
  virtual Answer<v1::DeleteAppResponse> DeleteApp(v1::DeleteAppRequest request, CallContext call) = 0;
  virtual Answer<v1::ExportAppResponse> ExportApp(v1::ExportAppRequest request, CallContext call) = 0;
  virtual Answer<v1::DiffAppResponse> DiffApp(v1::DiffAppRequest request, CallContext call) = 0;
  virtual Answer<v1::CreateEntityResponse> CreateEntity(v1::CreateEntityRequest request, CallContext call) = 0;
  virtual Answer<v1::GetEntityResponse> GetEntity(v1::GetEntityRequest request, CallContext call) = 0;
  virtual Answer<v1::ListEntitiesResponse> ListEntities(v1::ListEntitiesRequest request, CallContext call) = 0;
  virtual Answer<v1::UpdateEntityResponse> UpdateEntity(v1::UpdateEntityRequest request, CallContext call) = 0;
  virtual Answer<v1::DeleteEntityResponse> DeleteEntity(v1::DeleteEntityRequest request, CallContext call) = 0;
  virtual Answer<v1::CreateSecretResponse> CreateSecret(v1::CreateSecretRequest request, CallContext call) = 0;
  virtual Answer<v1::ListSecretsResponse> ListSecrets(v1::ListSecretsRequest request, CallContext call) = 0;
  virtual Answer<v1::UpdateSecretResponse> UpdateSecret(v1::UpdateSecretRequest request, CallContext call) = 0;
  virtual Answer<v1::DeleteSecretResponse> DeleteSecret(v1::DeleteSecretRequest request, CallContext call) = 0;
  virtual Answer<v1::CreateDraftResponse> CreateDraft(v1::CreateDraftRequest request, CallContext call) = 0;
  virtual Answer<v1::GetDraftResponse> GetDraft(v1::GetDraftRequest request, CallContext call) = 0;
  virtual Answer<v1::DiscardDraftResponse> DiscardDraft(v1::DiscardDraftRequest request, CallContext call) = 0;
  virtual Answer<v1::DeployDraftResponse> DeployDraft(v1::DeployDraftRequest request, CallContext call) = 0;
  virtual Answer<v1::ListDeploymentsResponse> ListDeployments(v1::ListDeploymentsRequest request, CallContext call) = 0;
  virtual Answer<v1::RollbackAppResponse> RollbackApp(v1::RollbackAppRequest request, CallContext call) = 0;
  virtual Answer<v1::CreateTokenResponse> CreateToken(v1::CreateTokenRequest request, CallContext call) = 0;
  virtual Answer<v1::ListTokensResponse> ListTokens(v1::ListTokensRequest request, CallContext call) = 0;
  virtual Answer<v1::DeleteTokenResponse> DeleteToken(v1::DeleteTokenRequest request, CallContext call) = 0;
  virtual Answer<v1::GetTokenInfoResponse> GetTokenInfo(v1::GetTokenInfoRequest request, CallContext call) = 0;
  virtual Answer<v1::ListAuditRecordsResponse> ListAuditRecords(v1::ListAuditRecordsRequest request,
                                                                CallContext call) = 0;
};

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_APP_ADMIN_H_
