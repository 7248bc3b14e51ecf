#include "services/auth/local_user_store.h"

#include <google/protobuf/util/time_util.h>

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/crypto/hmac.h"
#include "common/status/status.h"
#include "common/telemetry/log.h"

namespace overlock::auth {
namespace {

using Response = v1::AuthenticateResponse;
using google::protobuf::util::TimeUtil;

constexpr absl::Duration kNoteLoginsEvery = absl::Hours(1);

type::v1::User UserOf(const v1::UserRecord& record) {
  type::v1::User user;
  user.set_id(record.id());
  user.set_type(record.type());
  user.set_data_json(record.data_json());
  for (const v1::Identity& identity : record.identities()) {
    type::v1::User::Identity* out = user.add_identities();
    out->set_id(identity.id());
    out->set_provider_type(identity.provider_type());
  }
  return user;
}

// Of one size, and no credential itself.
std::string TagOf(std::string_view kind, std::string_view app_id, std::string_view a, std::string_view b = "") {
  return crypto::Sha256(absl::StrCat(kind, "\n", app_id.size(), "\n", app_id, a.size(), "\n", a, b));
}

FoundUser Invalid() { return Response::REASON_CREDENTIALS_INVALID; }

}  // namespace

LocalUserStore::LocalUserStore(UserDirectory& directory, BlockingPool& pool, PasswordHasher& hasher, JwkCache& jwk_sets,
                               Metrics& metrics, const Clock& clock)
    : directory_(directory),
      pool_(pool),
      jwk_sets_(jwk_sets),
      clock_(clock),
      passwords_(hasher, clock, CacheCounters(metrics, "passwords")),
      tokens_(clock, CacheCounters(metrics, "tokens")),
      users_(clock, CacheCounters(metrics, "users")) {}

Task<absl::StatusOr<FoundUser>> LocalUserStore::FindById(std::string app_id, std::string user_id, CallContext) {
  auto find = [this, app_id = std::move(app_id), user_id = std::move(user_id)] {
    return directory_.Find(app_id, user_id);
  };
  OVERLOCK_CO_ASSIGN_OR_RETURN(std::optional<v1::UserRecord> record, co_await pool_.Run(std::move(find)));
  if (!record) co_return FoundUser(Response::REASON_USER_NOT_FOUND);
  if (record->disabled()) co_return FoundUser(Response::REASON_USER_DISABLED);
  co_return FoundUser(UserOf(*record));
}

Task<absl::StatusOr<FoundUser>> LocalUserStore::FindByCredentials(LoginAttempt attempt, CallContext call) {
  const Providers& providers = *attempt.providers;
  if (std::holds_alternative<EmailPassword>(attempt.credentials)) {
    if (!providers.local_userpass) co_return FoundUser(Response::REASON_PROVIDER_DISABLED);
    co_return co_await LogInWithPassword(std::move(attempt));
  }
  if (std::holds_alternative<ApiKey>(attempt.credentials)) {
    if (!providers.api_key) co_return FoundUser(Response::REASON_PROVIDER_DISABLED);
    co_return co_await LogInWithKey(std::move(attempt));
  }
  if (providers.custom_token == nullptr) co_return FoundUser(Response::REASON_PROVIDER_DISABLED);
  co_return co_await LogInWithToken(std::move(attempt), std::move(call));
}

Task<absl::StatusOr<FoundUser>> LocalUserStore::LogInWithPassword(LoginAttempt attempt) {
  EmailPassword given = std::get<EmailPassword>(std::move(attempt.credentials));
  // Whoever they are: none that could be stored looks so.
  if (given.email.size() > UserDirectory::kEmailBytesMax || given.password.size() > PasswordHasher::kPasswordBytesMax) {
    co_return Invalid();
  }
  LoginLimiter::Guess guess(attempt.app_id, given.email, attempt.remote_address);
  if (!passwords_.MayTry(guess)) co_return FoundUser(Response::REASON_TOO_MANY_ATTEMPTS);
  auto find = [this, app_id = attempt.app_id, email = given.email] { return directory_.FindByEmail(app_id, email); };
  OVERLOCK_CO_ASSIGN_OR_RETURN(std::optional<UserDirectory::Login> login, co_await pool_.Run(std::move(find)));
  std::string hash = login ? login->password_hash : "";
  OVERLOCK_CO_ASSIGN_OR_RETURN(PasswordCheck::Verdict verdict,
                               co_await passwords_.Check(std::move(guess), std::move(hash), std::move(given.password)));
  if (verdict.outcome == PasswordCheck::Outcome::kLimited) co_return FoundUser(Response::REASON_TOO_MANY_ATTEMPTS);
  if (verdict.outcome == PasswordCheck::Outcome::kWrong || !login) co_return Invalid();
  if (!verdict.upgraded_hash.empty()) co_await Upgrade(*login, std::move(verdict.upgraded_hash));
  co_return co_await Admit(std::move(login->user), "", 0);
}

Task<absl::StatusOr<FoundUser>> LocalUserStore::LogInWithKey(LoginAttempt attempt) {
  ApiKey given = std::get<ApiKey>(std::move(attempt.credentials));
  std::string tag = TagOf("api-key", attempt.app_id, given.key);
  const uint64_t generation = directory_.generation();
  if (auto known = users_.Find(tag, generation)) co_return FoundUser(UserOf(*known));
  auto find = [this, app_id = std::move(attempt.app_id), key = std::move(given.key)] {
    return directory_.FindByApiKey(app_id, key);
  };
  OVERLOCK_CO_ASSIGN_OR_RETURN(std::optional<v1::UserRecord> record, co_await pool_.Run(std::move(find)));
  if (!record) co_return Invalid();
  co_return co_await Admit(*std::move(record), std::move(tag), generation);
}

Task<absl::StatusOr<FoundUser>> LocalUserStore::LogInWithToken(LoginAttempt attempt, CallContext call) {
  CustomToken given = std::get<CustomToken>(std::move(attempt.credentials));
  absl::StatusOr<TokenProvider::Subject> subject =
      co_await CheckToken(std::move(given.jwt), attempt.providers->custom_token, call);
  if (!subject.ok() && subject.status().code() != absl::StatusCode::kInvalidArgument) co_return subject.status();
  if (!subject.ok()) {
    log::Info("refused a token",
              {{"request_id", call.request_id}, {"app", attempt.app_id}, {"cause", subject.status().message()}});
    co_return Invalid();
  }
  std::string tag = TagOf("custom-token", attempt.app_id, subject->identity.id(), subject->data_json);
  const uint64_t generation = directory_.generation();
  if (auto known = users_.Find(tag, generation)) co_return FoundUser(UserOf(*known));
  auto find = [this, app_id = std::move(attempt.app_id), subject = *std::move(subject),
               create = attempt.create_user]() -> absl::StatusOr<std::optional<v1::UserRecord>> {
    OVERLOCK_ASSIGN_OR_RETURN(std::optional<v1::UserRecord> known, directory_.FindByIdentity(app_id, subject.identity));
    if (!known && !create) return known;
    return directory_.FindOrCreateByIdentity(app_id, subject.identity, subject.data_json, clock_.Now());
  };
  OVERLOCK_CO_ASSIGN_OR_RETURN(std::optional<v1::UserRecord> record, co_await pool_.Run(std::move(find)));
  if (!record) co_return Invalid();
  co_return co_await Admit(*std::move(record), std::move(tag), generation);
}

Task<absl::StatusOr<TokenProvider::Subject>> LocalUserStore::CheckToken(std::string text,
                                                                        std::shared_ptr<const TokenProvider> provider,
                                                                        CallContext call) {
  OVERLOCK_CO_ASSIGN_OR_RETURN(jwt::Token token, jwt::Token::Parse(text));
  std::shared_ptr<const jwt::JwkSet> keys;
  // Nobody makes us ask another server for a token that is wrong whatever its keys are.
  if (!provider->jwk_uri().empty() && provider->Allows(token.algorithm()) && token.CheckClaims(clock_.Now()).ok()) {
    OVERLOCK_CO_ASSIGN_OR_RETURN(keys, co_await jwk_sets_.Get(provider->jwk_uri(), token.key_id(), std::move(call)));
  }
  co_return provider->Check(token, keys.get(), tokens_, clock_.Now());
}

Task<absl::StatusOr<FoundUser>> LocalUserStore::Admit(v1::UserRecord record, std::string tag, uint64_t generation) {
  if (record.disabled()) co_return FoundUser(Response::REASON_USER_DISABLED);
  const absl::Time now = clock_.Now();
  const int64_t due = absl::ToUnixMillis(now - kNoteLoginsEvery);
  if (!record.has_last_login_time() || TimeUtil::TimestampToMilliseconds(record.last_login_time()) <= due) {
    auto note = [this, record, now] { return directory_.NoteLogin(record, now); };
    absl::Status noted = co_await pool_.Run(std::move(note));
    if (!noted.ok()) log::Warning("the time of a login was not stored", {{"error", noted.ToString()}});
  }
  FoundUser found = UserOf(record);
  if (!tag.empty()) users_.Insert(tag, generation, std::make_shared<const v1::UserRecord>(std::move(record)));
  co_return found;
}

Task<void> LocalUserStore::Upgrade(UserDirectory::Login login, std::string upgraded_hash) {
  auto store = [this, login = std::move(login), upgraded_hash = std::move(upgraded_hash)] {
    return directory_.SetPassword(login.user.app_id(), login.user.id(), upgraded_hash, login.password_hash);
  };
  absl::Status stored = co_await pool_.Run(std::move(store));
  if (!stored.ok()) log::Warning("the hash of a password was not renewed", {{"error", stored.ToString()}});
}

}  // namespace overlock::auth
