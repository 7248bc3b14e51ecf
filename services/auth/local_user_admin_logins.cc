// Identities and API keys: by what users log in.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "services/auth/local_user_admin.h"

namespace overlock::auth {
namespace {

absl::Status CheckIdentity(const v1::Identity& identity) {
  if (!identity.provider_type().empty() && !identity.id().empty() &&
      identity.id().size() <= UserDirectory::kIdentityIdBytesMax) {
    return absl::OkStatus();
  }
  return Error(absl::StatusCode::kInvalidArgument, "BAD_USER",
               absl::StrCat("identity: must have a provider_type and an id of 1 to ",
                            UserDirectory::kIdentityIdBytesMax, " bytes"));
}

absl::Status BadKey(std::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, "BAD_API_KEY", message);
}

absl::Status CheckKey(const v1::CreateApiKeyRequest& request) {
  if (request.name().empty() || request.name().size() > UserDirectory::kKeyNameBytesMax) {
    return BadKey(absl::StrCat("name: must have 1 to ", UserDirectory::kKeyNameBytesMax, " bytes"));
  }
  const size_t bytes = request.key().size();
  if (bytes != 0 && (bytes < UserDirectory::kGivenKeyBytesMin || bytes > UserDirectory::kGivenKeyBytesMax)) {
    return BadKey(absl::StrCat("key: must have ", UserDirectory::kGivenKeyBytesMin, " to ",
                               UserDirectory::kGivenKeyBytesMax, " characters, or be left out for a new one"));
  }
  return absl::OkStatus();
}

}  // namespace

UserAdmin::Answer<v1::LinkIdentityResponse> LocalUserAdmin::LinkIdentity(v1::LinkIdentityRequest request,
                                                                         CallContext call) {
  auto work = [this](const v1::LinkIdentityRequest& request,
                     const Asker& asker) -> absl::StatusOr<v1::LinkIdentityResponse> {
    OVERLOCK_RETURN_IF_ERROR(CheckIdentity(request.identity()));
    v1::LinkIdentityResponse response;
    v1::UserRecord& user = *response.mutable_user();
    if (!request.validate_only()) {
      const UserDirectory::Author author = AuthorOf(asker);
      OVERLOCK_ASSIGN_OR_RETURN(
          user, users_.LinkIdentity(request.app_id(), request.user_id(), request.identity(), author.time, &author));
      Note(asker, "link identity", request.app_id(), user.id());
      return response;
    }
    OVERLOCK_ASSIGN_OR_RETURN(user, Find(request.app_id(), request.user_id()));
    OVERLOCK_ASSIGN_OR_RETURN(auto holder, users_.FindByIdentity(request.app_id(), request.identity()));
    if (holder) {
      return Error(absl::StatusCode::kAlreadyExists, "IDENTITY_TAKEN", "identity: a user of the application has it");
    }
    if (user.identities_size() >= UserDirectory::kIdentitiesMax) {
      return Error(absl::StatusCode::kResourceExhausted, "TOO_MANY_IDENTITIES",
                   absl::StrCat("identity: a user has at most ", UserDirectory::kIdentitiesMax));
    }
    return response;
  };
  return Run<v1::LinkIdentityResponse>(std::move(request), std::move(call), kWrite, work);
}

UserAdmin::Answer<v1::UnlinkIdentityResponse> LocalUserAdmin::UnlinkIdentity(v1::UnlinkIdentityRequest request,
                                                                             CallContext call) {
  auto work = [this](const v1::UnlinkIdentityRequest& request,
                     const Asker& asker) -> absl::StatusOr<v1::UnlinkIdentityResponse> {
    OVERLOCK_RETURN_IF_ERROR(CheckIdentity(request.identity()));
    v1::UnlinkIdentityResponse response;
    const UserDirectory::Author author = AuthorOf(asker);
    OVERLOCK_ASSIGN_OR_RETURN(*response.mutable_user(),
                              users_.UnlinkIdentity(request.app_id(), request.user_id(), request.identity(), &author));
    Note(asker, "unlink identity", request.app_id(), response.user().id());
    return response;
  };
  return Run<v1::UnlinkIdentityResponse>(std::move(request), std::move(call), kWrite, work);
}

UserAdmin::Answer<v1::CreateApiKeyResponse> LocalUserAdmin::CreateApiKey(v1::CreateApiKeyRequest request,
                                                                         CallContext call) {
  auto work = [this](const v1::CreateApiKeyRequest& request,
                     const Asker& asker) -> absl::StatusOr<v1::CreateApiKeyResponse> {
    OVERLOCK_RETURN_IF_ERROR(CheckKey(request));
    if (!request.user_id().empty()) {
      OVERLOCK_RETURN_IF_ERROR(Find(request.app_id(), request.user_id()).status());
    }
    v1::CreateApiKeyResponse response;
    if (request.validate_only()) {
      if (request.user_id().empty()) return response;
      OVERLOCK_ASSIGN_OR_RETURN(auto keys, users_.ListApiKeys(request.app_id(), request.user_id()));
      for (const v1::ApiKey& key : keys) {
        if (key.name() != request.name()) continue;
        return Error(absl::StatusCode::kAlreadyExists, "API_KEY_EXISTS", "name: the user has a key of that name");
      }
      if (keys.size() < static_cast<size_t>(UserDirectory::kKeysOfUserMax)) return response;
      return Error(absl::StatusCode::kResourceExhausted, "TOO_MANY_API_KEYS",
                   absl::StrCat("user_id: a user has at most ", UserDirectory::kKeysOfUserMax, " API keys"));
    }
    UserDirectory::NewApiKey key{request.app_id(), request.user_id(), request.name(), request.key()};
    const UserDirectory::Author author = AuthorOf(asker);
    OVERLOCK_ASSIGN_OR_RETURN(UserDirectory::CreatedApiKey created, users_.CreateApiKey(key, author.time, &author));
    *response.mutable_api_key() = std::move(created.record);
    response.set_key(std::move(created.key));
    Note(asker, "create API key", request.app_id(), response.api_key().user_id(), response.api_key().id());
    return response;
  };
  return Run<v1::CreateApiKeyResponse>(std::move(request), std::move(call), kWrite, work);
}

UserAdmin::Answer<v1::ListApiKeysResponse> LocalUserAdmin::ListApiKeys(v1::ListApiKeysRequest request,
                                                                       CallContext call) {
  auto work = [this](const v1::ListApiKeysRequest& request, const Asker&) -> absl::StatusOr<v1::ListApiKeysResponse> {
    OVERLOCK_RETURN_IF_ERROR(Find(request.app_id(), request.user_id()).status());
    OVERLOCK_ASSIGN_OR_RETURN(std::vector<v1::ApiKey> keys, users_.ListApiKeys(request.app_id(), request.user_id()));
    v1::ListApiKeysResponse response;
    for (v1::ApiKey& key : keys) *response.add_api_keys() = std::move(key);
    return response;
  };
  return Run<v1::ListApiKeysResponse>(std::move(request), std::move(call), kLook, work);
}

template <class Response, class Request>
UserAdmin::Answer<Response> LocalUserAdmin::SetKeyDisabled(Request request, CallContext call, bool disabled) {
  auto work = [this, disabled](const Request& request, const Asker& asker) -> absl::StatusOr<Response> {
    Response response;
    v1::ApiKey& key = *response.mutable_api_key();
    const UserDirectory::Author author = AuthorOf(asker);
    OVERLOCK_ASSIGN_OR_RETURN(key, users_.SetApiKeyDisabled(request.app_id(), request.key_id(), disabled, &author));
    Note(asker, disabled ? "disable API key" : "enable API key", request.app_id(), key.user_id(), key.id());
    return response;
  };
  return Run<Response>(std::move(request), std::move(call), kWrite, work);
}

UserAdmin::Answer<v1::DisableApiKeyResponse> LocalUserAdmin::DisableApiKey(v1::DisableApiKeyRequest request,
                                                                           CallContext call) {
  return SetKeyDisabled<v1::DisableApiKeyResponse>(std::move(request), std::move(call), true);
}

UserAdmin::Answer<v1::EnableApiKeyResponse> LocalUserAdmin::EnableApiKey(v1::EnableApiKeyRequest request,
                                                                         CallContext call) {
  return SetKeyDisabled<v1::EnableApiKeyResponse>(std::move(request), std::move(call), false);
}

UserAdmin::Answer<v1::DeleteApiKeyResponse> LocalUserAdmin::DeleteApiKey(v1::DeleteApiKeyRequest request,
                                                                         CallContext call) {
  auto work = [this](const v1::DeleteApiKeyRequest& request,
                     const Asker& asker) -> absl::StatusOr<v1::DeleteApiKeyResponse> {
    const UserDirectory::Author author = AuthorOf(asker);
    OVERLOCK_RETURN_IF_ERROR(users_.DeleteApiKey(request.app_id(), request.key_id(), &author));
    Note(asker, "delete API key", request.app_id(), "", request.key_id());
    return v1::DeleteApiKeyResponse();
  };
  return Run<v1::DeleteApiKeyResponse>(std::move(request), std::move(call), kWrite, work);
}

UserAdmin::Answer<v1::RevokeApiKeysResponse> LocalUserAdmin::RevokeApiKeys(v1::RevokeApiKeysRequest request,
                                                                           CallContext call) {
  auto work = [this](const v1::RevokeApiKeysRequest& request,
                     const Asker& asker) -> absl::StatusOr<v1::RevokeApiKeysResponse> {
    v1::RevokeApiKeysResponse response;
    OVERLOCK_RETURN_IF_ERROR(Find(request.app_id(), request.user_id()).status());
    const UserDirectory::Author author = AuthorOf(asker);
    OVERLOCK_ASSIGN_OR_RETURN(int revoked, users_.RevokeApiKeys(request.app_id(), request.user_id(), &author));
    response.set_revoked(revoked);
    Note(asker, "revoke API keys", request.app_id(), request.user_id());
    return response;
  };
  return Run<v1::RevokeApiKeysResponse>(std::move(request), std::move(call), kWrite, work);
}

}  // namespace overlock::auth
