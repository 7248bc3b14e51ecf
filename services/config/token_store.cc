#include "services/config/token_store.h"

#include <google/protobuf/util/time_util.h>
#include <openssl/rand.h>

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/crypto/hmac.h"
#include "common/status/status.h"

namespace overlock::config {
namespace {

using google::protobuf::util::TimeUtil;

constexpr size_t kSecretBytes = 32;

std::string HashOf(std::string_view secret) {
  return absl::BytesToHexString(crypto::Sha256(absl::StrCat("overlock admin token\n", secret)));
}

}  // namespace

std::string TokenStore::NewSecret() {
  std::string bytes(kSecretBytes, '\0');
  // Fails only where the system has no randomness at all.
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), kSecretBytes) != 1) std::abort();
  std::string text = absl::WebSafeBase64Escape(bytes);
  return absl::StrCat("ovl_", text);
}

absl::Status TokenStore::Insert(const v1::Token& token, std::string_view secret, const AuditEntry& audit,
                                absl::Time now) {
  return database_->Write([&](soci::session& session) -> absl::Status {
    InsertAudit(session, audit, 0, now);
    int count = 0;
    session << "SELECT COUNT(*) FROM tokens WHERE name = :name", soci::into(count), soci::use(token.name(), "name");
    if (count != 0) {
      return Error(absl::StatusCode::kAlreadyExists, "TOKEN_EXISTS",
                   absl::StrCat("token.name: '", token.name(), "' is taken"));
    }
    std::string hash = HashOf(secret);
    std::string app_ids = absl::StrJoin(token.app_ids(), " ");
    int role = token.role();
    long long created_at = TimeUtil::TimestampToMilliseconds(token.create_time());
    long long expires_at = token.has_expire_time() ? TimeUtil::TimestampToMilliseconds(token.expire_time()) : 0;
    session << "INSERT INTO tokens (name, hash, role, app_ids, created_by, created_at, expires_at) "
               "VALUES (:name, :hash, :role, :app_ids, :created_by, :created_at, :expires_at)",
        soci::use(token.name(), "name"), soci::use(hash, "hash"), soci::use(role, "role"),
        soci::use(app_ids, "app_ids"), soci::use(token.created_by(), "created_by"), soci::use(created_at, "created_at"),
        soci::use(expires_at, "expires_at");
    return absl::OkStatus();
  });
}

absl::StatusOr<std::vector<v1::Token>> TokenStore::List() { return Select(""); }

absl::StatusOr<std::optional<v1::Token>> TokenStore::Find(std::string_view secret) {
  OVERLOCK_ASSIGN_OR_RETURN(std::vector<v1::Token> tokens, Select(HashOf(secret)));
  if (tokens.empty()) return std::optional<v1::Token>();
  return std::optional<v1::Token>(std::move(tokens.front()));
}

absl::StatusOr<std::vector<v1::Token>> TokenStore::Select(const std::string& hash) {
  std::vector<v1::Token> tokens;
  auto select_all = [&](soci::session& session) {
    tokens.clear();
    v1::Token token;
    std::string app_ids;
    int role = 0, all = hash.empty() ? 1 : 0;
    long long created_at = 0, expires_at = 0;
    soci::statement select =
        (session.prepare << "SELECT name, role, app_ids, created_by, created_at, expires_at FROM tokens "
                            "WHERE :everything = 1 OR hash = :hash ORDER BY name",
         soci::into(*token.mutable_name()), soci::into(role), soci::into(app_ids),
         soci::into(*token.mutable_created_by()), soci::into(created_at), soci::into(expires_at),
         soci::use(all, "everything"), soci::use(hash, "hash"));
    select.execute();
    while (select.fetch()) {
      v1::Token& found = tokens.emplace_back(token);
      found.set_role(static_cast<v1::Role>(role));
      *found.mutable_create_time() = TimeUtil::MillisecondsToTimestamp(created_at);
      if (expires_at != 0) *found.mutable_expire_time() = TimeUtil::MillisecondsToTimestamp(expires_at);
      for (std::string_view app_id : absl::StrSplit(app_ids, ' ', absl::SkipEmpty()))
        found.add_app_ids(std::string(app_id));
    }
    return absl::OkStatus();
  };
  OVERLOCK_RETURN_IF_ERROR(database_->Read(select_all));
  return tokens;
}

absl::Status TokenStore::Delete(const std::string& name, const AuditEntry& audit, absl::Time now) {
  return database_->Write([&](soci::session& session) -> absl::Status {
    InsertAudit(session, audit, 0, now);
    soci::statement statement = (session.prepare << "DELETE FROM tokens WHERE name = :name", soci::use(name, "name"));
    statement.execute(true);
    if (statement.get_affected_rows() > 0) return absl::OkStatus();
    return Error(absl::StatusCode::kNotFound, "TOKEN_NOT_FOUND", absl::StrCat("name: there is no token '", name, "'"));
  });
}

}  // namespace overlock::config
