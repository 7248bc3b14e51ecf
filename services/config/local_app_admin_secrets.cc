// Secrets.
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "services/config/json_document.h"
#include "services/config/local_app_admin.h"

namespace overlock::config {
namespace {

constexpr size_t kSecretNameBytesMax = 64;
constexpr size_t kSecretValueBytesMax = 64 * 1024;

// Spec section 1.10.
absl::Status CheckName(std::string_view name) {
  bool right = !name.empty() && name.size() <= kSecretNameBytesMax && absl::ascii_isalnum(name.front());
  for (char c : name) right = right && (absl::ascii_isalnum(c) || c == '_' || c == '-');
  if (right) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, "BAD_NAME",
               "name: must have 1 to 64 ASCII letters, numbers, underscores and hyphens, and begin with a letter or a "
               "number");
}

absl::Status CheckValue(std::string_view value) {
  if (!value.empty() && value.size() <= kSecretValueBytesMax) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, "BAD_VALUE",
               absl::StrCat("value: has ", value.size(), " bytes; 1 to ", kSecretValueBytesMax, " are allowed"));
}

absl::Status NotFound(std::string_view name) {
  return Error(absl::StatusCode::kNotFound, "SECRET_NOT_FOUND", absl::StrCat("name: there is no secret '", name, "'"));
}

void AddUses(const v1::ValidationSettings& settings, const std::string& where,
             std::map<std::string, std::vector<std::string>>& uses) {
  for (const v1::ValidationSettings::Secret& secret : settings.secrets()) uses[secret.name()].push_back(where);
}

// By the names of secrets: what refers to them.
std::map<std::string, std::vector<std::string>> UsesOf(const v1::Application& application) {
  std::map<std::string, std::vector<std::string>> uses;
  for (const v1::Value& value : application.values()) {
    if (!value.from_secret()) continue;
    absl::StatusOr<JsonDocument> name = ParseJson(value.value_json());
    if (name.ok()) uses[name->root.text].push_back(absl::StrCat("values/", value.name()));
  }
  for (const v1::Service& service : application.services()) {
    for (const auto& [field, secret] : service.secret_config()) {
      uses[secret].push_back(absl::StrCat("services/", service.name(), ".", field));
    }
    for (const v1::Webhook& webhook : service.webhooks()) {
      AddUses(webhook.validation(), absl::StrCat("webhooks/", service.name(), "/", webhook.name()), uses);
    }
  }
  for (const v1::AuthProvider& provider : application.auth_providers()) {
    for (const auto& [field, secret] : provider.secret_config()) {
      uses[secret].push_back(absl::StrCat("auth_providers/", provider.name(), ".", field));
    }
  }
  for (const v1::Endpoint& endpoint : application.endpoints()) {
    if (!endpoint.secret_name().empty()) uses[endpoint.secret_name()].push_back("endpoints" + endpoint.route());
    AddUses(endpoint.validation(), "endpoints" + endpoint.route(), uses);
  }
  return uses;
}

}  // namespace

absl::StatusOr<v1::Written> LocalAppAdmin::ChangeSecret(const AuditEntry& audit, const std::string& name,
                                                        const std::function<absl::Status(v1::Application&)>& change) {
  AppCatalog::Edit edit;
  edit.audit = audit;
  edit.audit.subject = absl::StrCat("secret ", name);
  // Secrets are the server's: drafts and earlier revisions have none of their own.
  edit.beside_draft = true;
  edit.skip_compile = true;
  auto make_next = [&](const v1::Application* current) -> absl::StatusOr<ParsedApp> {
    if (current == nullptr) return AppNotFound(audit.app_id);
    ParsedApp next;
    next.application = *current;
    OVERLOCK_RETURN_IF_ERROR(change(next.application));
    return next;
  };
  OVERLOCK_ASSIGN_OR_RETURN(AppCatalog::Committed committed, Commit(std::move(edit), make_next));
  return MakeWritten(committed);
}

AppAdmin::Answer<v1::CreateSecretResponse> LocalAppAdmin::CreateSecret(v1::CreateSecretRequest request,
                                                                       CallContext call) {
  auto work = [this](const v1::CreateSecretRequest& request,
                     const Actor& actor) -> absl::StatusOr<v1::CreateSecretResponse> {
    OVERLOCK_RETURN_IF_ERROR(CheckName(request.name()));
    OVERLOCK_RETURN_IF_ERROR(CheckValue(request.value()));
    auto change = [&](v1::Application& application) -> absl::Status {
      if (application.secrets().contains(request.name())) {
        return Error(absl::StatusCode::kAlreadyExists, "SECRET_EXISTS",
                     absl::StrCat("name: there is a secret '", request.name(), "' already"));
      }
      (*application.mutable_secrets())[request.name()] = request.value();
      return absl::OkStatus();
    };
    v1::CreateSecretResponse response;
    AuditEntry audit = actor.Audit("create secret", request.app_id(), "");
    OVERLOCK_ASSIGN_OR_RETURN(*response.mutable_written(), ChangeSecret(audit, request.name(), change));
    return response;
  };
  Need need{v1::ROLE_EDITOR, request.app_id()};
  return Run<v1::CreateSecretResponse>(std::move(request), std::move(call), std::move(need), work);
}

AppAdmin::Answer<v1::ListSecretsResponse> LocalAppAdmin::ListSecrets(v1::ListSecretsRequest request, CallContext call) {
  auto work = [this](const v1::ListSecretsRequest& request, const Actor&) -> absl::StatusOr<v1::ListSecretsResponse> {
    OVERLOCK_ASSIGN_OR_RETURN(ApplicationStore::Stored stored, Load(request.app_id(), false));
    std::map<std::string, std::vector<std::string>> secrets = UsesOf(*stored.application);
    for (const auto& [name, value] : stored.application->secrets()) secrets[name];
    v1::ListSecretsResponse response;
    for (const auto& [name, uses] : secrets) {
      auto& secret = *response.add_secrets();
      secret.set_name(name);
      for (const std::string& use : uses) secret.add_used_by(use);
      secret.set_missing(!stored.application->secrets().contains(name));
    }
    return response;
  };
  Need need{v1::ROLE_VIEWER, request.app_id()};
  return Run<v1::ListSecretsResponse>(std::move(request), std::move(call), std::move(need), work);
}

AppAdmin::Answer<v1::UpdateSecretResponse> LocalAppAdmin::UpdateSecret(v1::UpdateSecretRequest request,
                                                                       CallContext call) {
  auto work = [this](const v1::UpdateSecretRequest& request,
                     const Actor& actor) -> absl::StatusOr<v1::UpdateSecretResponse> {
    OVERLOCK_RETURN_IF_ERROR(CheckValue(request.value()));
    auto change = [&](v1::Application& application) {
      auto it = application.mutable_secrets()->find(request.name());
      if (it == application.mutable_secrets()->end()) return NotFound(request.name());
      it->second = request.value();
      return absl::OkStatus();
    };
    v1::UpdateSecretResponse response;
    AuditEntry audit = actor.Audit("update secret", request.app_id(), "");
    OVERLOCK_ASSIGN_OR_RETURN(*response.mutable_written(), ChangeSecret(audit, request.name(), change));
    return response;
  };
  Need need{v1::ROLE_EDITOR, request.app_id()};
  return Run<v1::UpdateSecretResponse>(std::move(request), std::move(call), std::move(need), work);
}

AppAdmin::Answer<v1::DeleteSecretResponse> LocalAppAdmin::DeleteSecret(v1::DeleteSecretRequest request,
                                                                       CallContext call) {
  auto work = [this](const v1::DeleteSecretRequest& request,
                     const Actor& actor) -> absl::StatusOr<v1::DeleteSecretResponse> {
    auto change = [&](v1::Application& application) {
      return application.mutable_secrets()->erase(request.name()) > 0 ? absl::OkStatus() : NotFound(request.name());
    };
    v1::DeleteSecretResponse response;
    AuditEntry audit = actor.Audit("delete secret", request.app_id(), "");
    OVERLOCK_ASSIGN_OR_RETURN(*response.mutable_written(), ChangeSecret(audit, request.name(), change));
    return response;
  };
  Need need{v1::ROLE_EDITOR, request.app_id()};
  return Run<v1::DeleteSecretResponse>(std::move(request), std::move(call), std::move(need), work);
}

}  // namespace overlock::config
