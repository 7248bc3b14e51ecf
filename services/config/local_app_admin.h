// AppAdmin over a catalog.
#ifndef OVERLOCK_SERVICES_CONFIG_LOCAL_APP_ADMIN_H_
#define OVERLOCK_SERVICES_CONFIG_LOCAL_APP_ADMIN_H_

#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "common/async/blocking_pool.h"
#include "common/telemetry/call_metrics.h"
#include "services/config/access_control.h"
#include "services/config/app_admin.h"
#include "services/config/app_catalog.h"
#include "services/config/audit_log.h"

namespace overlock::config {

// Every call asks the tokens first, and then works on a thread of the pool. In four files: applications and drafts
// (local_app_admin.cc), entities (local_app_admin_entities.cc), secrets (local_app_admin_secrets.cc), tokens and audit
// records (local_app_admin_access.cc). Thread-safe.
class LocalAppAdmin : public AppAdmin {
 public:
  // All must outlive it. `database` has the audit records.
  LocalAppAdmin(AppCatalog& catalog, AccessControl& access, std::shared_ptr<storage::Database> database,
                BlockingPool& pool, const CallMetrics& metrics)
      : catalog_(catalog), access_(access), database_(std::move(database)), pool_(pool), metrics_(metrics) {}

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
  // What the caller may have, and of which application.
  struct Need {
    v1::Role role;
    // Empty for all applications.
    std::string app_id;
  };

  // What a call does when its caller may have it. On a thread of the pool.
  template <class Request, class Response>
  using Work = std::function<absl::StatusOr<Response>(const Request& request, const Actor& actor)>;

  // Identifies the caller, checks what it needs, and runs `work(request, actor)` on the pool. What is made anew for
  // each rpc is small: compilers take long for coroutines.
  template <class Response, class Request>
  Answer<Response> Run(Request request, CallContext call, Need need,
                       std::type_identity_t<Work<Request, Response>> work) {
    auto response = std::make_shared<Response>();
    std::function<absl::Status(const Actor& actor)> fill = [response, request = std::move(request),
                                                            work = std::move(work)](const Actor& actor) {
      absl::StatusOr<Response> made = work(request, actor);
      if (made.ok()) *response = *std::move(made);
      return made.status();
    };
    absl::Status status =
        co_await RunOnPool(Request::descriptor()->name(), std::move(call), std::move(need), std::move(fill));
    if (!status.ok()) co_return status;
    co_return std::move(*response);
  }
  // `request` is the name of the request's type.
  Task<absl::Status> RunOnPool(std::string_view request, CallContext call, Need need,
                               std::function<absl::Status(const Actor& actor)> work);

  // Changes the tree of an application. `options` are the caller's; a problem that is an error becomes a status.
  using EditTree = std::function<absl::Status(AppTree& tree)>;
  absl::StatusOr<AppCatalog::Committed> Change(const AuditEntry& audit, const v1::WriteOptions& options,
                                               const EditTree& edit_tree);
  absl::StatusOr<AppCatalog::Committed> Commit(AppCatalog::Edit edit, const AppCatalog::MakeNext& make_next);
  absl::StatusOr<v1::Written> ChangeSecret(const AuditEntry& audit, const std::string& name,
                                           const std::function<absl::Status(v1::Application&)>& change);

  // What is in force, or the draft. NOT_FOUND (`APP_NOT_FOUND`, `NO_DRAFT`).
  absl::StatusOr<ApplicationStore::Stored> Load(const std::string& app_id, bool from_draft);
  absl::StatusOr<ApplicationStore::ApplicationPtr> LoadVersion(const std::string& app_id,
                                                               const v1::AppVersion& version);
  absl::StatusOr<v1::App> MakeApp(const v1::Application& application, int64_t revision);
  v1::Draft MakeDraft(const ApplicationStore::Draft& draft, const std::string& app_id) const;

  AppCatalog& catalog_;
  AccessControl& access_;
  const std::shared_ptr<storage::Database> database_;
  BlockingPool& pool_;
  const CallMetrics& metrics_;
};

// What a write did, for its answer.
v1::Written MakeWritten(const AppCatalog::Committed& committed);

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_LOCAL_APP_ADMIN_H_
