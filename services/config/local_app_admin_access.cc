// Tokens and audit records.
#include <google/protobuf/util/time_util.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "services/config/local_app_admin.h"

namespace overlock::config {
namespace {

using google::protobuf::util::TimeUtil;

constexpr size_t kTokenNameBytesMax = 64;
constexpr int kTokenAppsMax = 100;

absl::Status BadToken(std::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, "BAD_TOKEN", message);
}

absl::Status CheckToken(const v1::Token& token, absl::Time now) {
  bool named = !token.name().empty() && token.name().size() <= kTokenNameBytesMax && token.name() != "process";
  for (char c : token.name()) {
    named = named && (absl::ascii_isalnum(c) || c == '_' || c == '-' || c == '.' || c == '@');
  }
  if (!named) {
    return BadToken("token.name: must have 1 to 64 ASCII letters, digits, '_', '-', '.', '@', and not be 'process'");
  }
  if (!v1::Role_IsValid(token.role()) || token.role() == v1::ROLE_UNSPECIFIED) {
    return BadToken("token.role: must be VIEWER, EDITOR or ADMIN");
  }
  if (token.app_ids_size() > kTokenAppsMax) {
    return BadToken(absl::StrCat("token.app_ids: at most ", kTokenAppsMax, "; leave it empty for all"));
  }
  for (const std::string& app_id : token.app_ids()) {
    if (app_id.empty() || app_id.find(' ') != std::string::npos) return BadToken("token.app_ids: one is no app id");
  }
  if (token.has_expire_time() && TimeUtil::TimestampToMilliseconds(token.expire_time()) <= absl::ToUnixMillis(now)) {
    return BadToken("token.expire_time: is over already");
  }
  return absl::OkStatus();
}

}  // namespace

AppAdmin::Answer<v1::CreateTokenResponse> LocalAppAdmin::CreateToken(v1::CreateTokenRequest request, CallContext call) {
  auto work = [this](const v1::CreateTokenRequest& request,
                     const Actor& actor) -> absl::StatusOr<v1::CreateTokenResponse> {
    const absl::Time now = catalog_.Now();
    OVERLOCK_RETURN_IF_ERROR(CheckToken(request.token(), now));
    v1::CreateTokenResponse response;
    v1::Token& token = *response.mutable_token();
    token = request.token();
    token.set_created_by(actor.token.name());
    *token.mutable_create_time() = TimeUtil::MillisecondsToTimestamp(absl::ToUnixMillis(now));
    response.set_secret(TokenStore::NewSecret());
    AuditEntry audit = actor.Audit("create token", "", absl::StrCat("token ", token.name()));
    OVERLOCK_RETURN_IF_ERROR(access_.tokens().Insert(token, response.secret(), audit, now));
    return response;
  };
  return Run<v1::CreateTokenResponse>(std::move(request), std::move(call), {v1::ROLE_ADMIN, ""}, work);
}

AppAdmin::Answer<v1::ListTokensResponse> LocalAppAdmin::ListTokens(v1::ListTokensRequest request, CallContext call) {
  auto work = [this](const v1::ListTokensRequest&, const Actor&) -> absl::StatusOr<v1::ListTokensResponse> {
    OVERLOCK_ASSIGN_OR_RETURN(std::vector<v1::Token> tokens, access_.tokens().List());
    v1::ListTokensResponse response;
    for (v1::Token& token : tokens) *response.add_tokens() = std::move(token);
    return response;
  };
  return Run<v1::ListTokensResponse>(std::move(request), std::move(call), {v1::ROLE_ADMIN, ""}, work);
}

AppAdmin::Answer<v1::DeleteTokenResponse> LocalAppAdmin::DeleteToken(v1::DeleteTokenRequest request, CallContext call) {
  auto work = [this](const v1::DeleteTokenRequest& request,
                     const Actor& actor) -> absl::StatusOr<v1::DeleteTokenResponse> {
    AuditEntry audit = actor.Audit("delete token", "", absl::StrCat("token ", request.name().substr(0, 64)));
    OVERLOCK_RETURN_IF_ERROR(access_.tokens().Delete(request.name(), audit, catalog_.Now()));
    return v1::DeleteTokenResponse();
  };
  return Run<v1::DeleteTokenResponse>(std::move(request), std::move(call), {v1::ROLE_ADMIN, ""}, work);
}

AppAdmin::Answer<v1::GetTokenInfoResponse> LocalAppAdmin::GetTokenInfo(v1::GetTokenInfoRequest, CallContext call) {
  auto work = [this, call = std::move(call)]() -> absl::StatusOr<v1::GetTokenInfoResponse> {
    OVERLOCK_ASSIGN_OR_RETURN(Actor actor, access_.Identify(call));
    v1::GetTokenInfoResponse response;
    *response.mutable_token() = std::move(actor.token);
    return response;
  };
  co_return co_await pool_.Run(std::move(work));
}

AppAdmin::Answer<v1::ListAuditRecordsResponse> LocalAppAdmin::ListAuditRecords(v1::ListAuditRecordsRequest request,
                                                                               CallContext call) {
  auto work = [this](const v1::ListAuditRecordsRequest& request,
                     const Actor&) -> absl::StatusOr<v1::ListAuditRecordsResponse> {
    return ReadAudit(*database_, request);
  };
  Need need{v1::ROLE_ADMIN, request.app_id()};
  return Run<v1::ListAuditRecordsResponse>(std::move(request), std::move(call), std::move(need), work);
}

}  // namespace overlock::config
