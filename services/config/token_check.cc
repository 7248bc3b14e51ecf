#include "services/config/token_check.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/crypto/hmac.h"
#include "common/status/status.h"

namespace overlock::config {
namespace {

// Config answers in milliseconds; who waits longer for it waits in vain.
constexpr absl::Duration kAnswerWithin = absl::Seconds(5);

std::string_view WordFor(v1::Role role) {
  if (role == v1::ROLE_ADMIN) return "admin";
  return role == v1::ROLE_EDITOR ? "editor" : "viewer";
}

bool HasExpired(const v1::Token& token, absl::Time now) {
  return token.has_expire_time() &&
         google::protobuf::util::TimeUtil::TimestampToMilliseconds(token.expire_time()) <= absl::ToUnixMillis(now);
}

}  // namespace

absl::Status CheckRights(const v1::Token& token, v1::Role role, std::string_view app_id) {
  if (token.role() < role) {
    return Error(absl::StatusCode::kPermissionDenied, "ROLE_TOO_LOW",
                 absl::StrCat("the token '", token.name(), "' has the role ", WordFor(token.role()),
                              "; this needs the role ", WordFor(role)));
  }
  if (app_id.empty() ? !token.app_ids().empty() : !MaySeeApp(token, app_id)) {
    return Error(absl::StatusCode::kPermissionDenied, "APP_NOT_ALLOWED",
                 absl::StrCat("the token '", token.name(), "' is not for ",
                              app_id.empty() ? "all applications" : "this application"));
  }
  return absl::OkStatus();
}

bool MaySeeApp(const v1::Token& token, std::string_view app_id) {
  return token.app_ids().empty() ||
         std::find(token.app_ids().begin(), token.app_ids().end(), app_id) != token.app_ids().end();
}

v1::Token ProcessToken() {
  v1::Token token;
  token.set_name("process");
  token.set_role(v1::ROLE_ADMIN);
  return token;
}

absl::Status TokenMissing() {
  return Error(absl::StatusCode::kUnauthenticated, "TOKEN_MISSING",
               "authorization: an admin token is needed: `authorization: Bearer ovl_...`; config writes the first one "
               "to admin.token in its data directory");
}

Task<absl::StatusOr<v1::Token>> TokenChecker::Check(CallContext call, std::string app_id, v1::Role role) {
  if (call.caller == nullptr) co_return ProcessToken();
  if (call.caller->token.empty()) co_return TokenMissing();
  const std::string hash = crypto::Sha256(call.caller->token);
  std::optional<v1::Token> token = FindKept(hash);
  if (!token) {
    absl::StatusOr<v1::Token> asked = co_await Ask(std::move(call));
    if (!asked.ok()) co_return asked.status();
    token = *std::move(asked);
    Keep(hash, *token);
  }
  if (HasExpired(*token, clock_.Now())) {
    co_return Error(absl::StatusCode::kUnauthenticated, "TOKEN_EXPIRED",
                    absl::StrCat("authorization: the token '", token->name(), "' has expired"));
  }
  absl::Status allowed = CheckRights(*token, role, app_id);
  if (!allowed.ok()) co_return allowed;
  co_return *std::move(token);
}

// To a config in this process the caller shows the token, to one elsewhere we do.
Task<absl::StatusOr<v1::Token>> TokenChecker::Ask(CallContext call) {
  call.token = call.caller->token;
  call.deadline = std::min(call.deadline, absl::Now() + kAnswerWithin);
  absl::StatusOr<v1::GetTokenInfoResponse> info = co_await admin_.GetTokenInfo({}, std::move(call));
  if (info.ok()) co_return std::move(*info->mutable_token());
  if (absl::IsUnauthenticated(info.status()) || absl::IsCancelled(info.status())) co_return info.status();
  co_return Error(absl::StatusCode::kUnavailable, "TOKEN_UNCHECKED",
                  absl::StrCat("authorization: config, which knows the tokens, gave no answer (",
                               absl::StatusCodeToString(info.status().code()), "): nothing was done"));
}

std::optional<v1::Token> TokenChecker::FindKept(const std::string& hash) {
  std::lock_guard lock(mutex_);
  auto it = by_hash_.find(hash);
  if (it == by_hash_.end() || it->second->until <= clock_.Now()) return std::nullopt;
  return it->second->token;
}

void TokenChecker::Keep(const std::string& hash, const v1::Token& token) {
  std::lock_guard lock(mutex_);
  const absl::Time now = clock_.Now();
  if (auto it = by_hash_.find(hash); it != by_hash_.end()) {
    kept_.erase(it->second);
    by_hash_.erase(it);
  }
  while (!kept_.empty() && (kept_.front().until <= now || kept_.size() >= kKeptMax)) {
    by_hash_.erase(kept_.front().hash);
    kept_.pop_front();
  }
  kept_.push_back({hash, token, now + kKeptFor});
  by_hash_[hash] = std::prev(kept_.end());
}

}  // namespace overlock::config
