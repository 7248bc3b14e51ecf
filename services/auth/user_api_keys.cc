// The API keys of users (user_directory.h).
#include <google/protobuf/util/time_util.h>
#include <openssl/rand.h>

#include <cstdlib>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/crypto/constant_time.h"
#include "common/crypto/hmac.h"
#include "common/status/status.h"
#include "services/auth/user_directory.h"
#include "services/auth/user_rows.h"

namespace overlock::auth {
namespace {

using google::protobuf::util::TimeUtil;

constexpr int kKeyBytes = 48;
constexpr size_t kLookupDigits = 16;

// Keys are random and long, so nothing slower is needed. An index over the beginning finds the row; what it tells by
// its time is about a hash, and nobody can choose that. The whole is compared in constant time.
std::string HashOf(std::string_view key) {
  return absl::BytesToHexString(crypto::Sha256(absl::StrCat("overlock api key\n", key)));
}

std::string NewKey() {
  std::string bytes(kKeyBytes, '\0');
  // Fails only where the system has no randomness at all.
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), kKeyBytes) != 1) std::abort();
  std::string text;
  absl::WebSafeBase64Escape(bytes, &text);
  return text;
}

absl::Status BadKey(std::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, "BAD_API_KEY", message);
}

absl::Status KeyNotFound() {
  return Error(absl::StatusCode::kNotFound, "API_KEY_NOT_FOUND", "key_id: the application has no such API key");
}

absl::Status Check(const UserDirectory::NewApiKey& key) {
  if (key.name.empty() || !IsStorable(key.name, UserDirectory::kKeyNameBytesMax)) {
    return BadKey(absl::StrCat("name: must be text of 1 to ", UserDirectory::kKeyNameBytesMax, " bytes"));
  }
  if (key.app_id.empty() || !IsStorable(key.app_id, UserDirectory::kIdentityIdBytesMax)) {
    return BadKey("app_id: is missing or no text");
  }
  if (key.key.empty()) return absl::OkStatus();
  bool visible = true;
  for (unsigned char c : key.key) visible = visible && c > 0x20 && c < 0x7f;
  if (!visible || key.key.size() < UserDirectory::kGivenKeyBytesMin ||
      key.key.size() > UserDirectory::kGivenKeyBytesMax) {
    return BadKey(absl::StrCat("key: must have ", UserDirectory::kGivenKeyBytesMin, " to ",
                               UserDirectory::kGivenKeyBytesMax, " visible ASCII characters"));
  }
  return absl::OkStatus();
}

struct KeyRow {
  v1::ApiKey record;
  std::string hash;
};

// The keys that the condition selects, by id. `value` is its `:value`.
std::vector<KeyRow> Select(soci::session& session, const std::string& app_id, const char* condition,
                           const std::string& value) {
  std::vector<KeyRow> rows;
  KeyRow row;
  int disabled = 0;
  long long created_at = 0;
  soci::statement select =
      (session.prepare << "SELECT id, user_id, name, disabled, created_at, hash FROM api_keys WHERE app_id = :app_id "
                          "AND "
                       << condition << " = :value ORDER BY id",
       soci::into(*row.record.mutable_id()), soci::into(*row.record.mutable_user_id()),
       soci::into(*row.record.mutable_name()), soci::into(disabled), soci::into(created_at), soci::into(row.hash),
       soci::use(app_id, "app_id"), soci::use(value, "value"));
  select.execute();
  while (select.fetch()) {
    row.record.set_disabled(disabled != 0);
    *row.record.mutable_create_time() = TimeUtil::MillisecondsToTimestamp(created_at);
    rows.push_back(row);
  }
  return rows;
}

const KeyRow* FindHash(const std::vector<KeyRow>& rows, const std::string& hash) {
  const KeyRow* found = nullptr;
  for (const KeyRow& row : rows) {
    if (crypto::ConstantTimeEquals(row.hash, hash)) found = &row;
  }
  return found;
}

// A user of type SERVER, whose identity is the key.
absl::Status MakeServerUser(soci::session& session, const UserDirectory::NewApiKey& key, const std::string& key_id,
                            const std::string& user_id, long long now) {
  UserDirectory::NewUser user;
  user.app_id = key.app_id;
  user.id = user_id;
  user.type = type::v1::User::TYPE_SERVER;
  user.data_json = ObjectOf("name", key.name);
  InsertUser(session, user, now);
  v1::Identity identity;
  identity.set_provider_type("api-key");
  identity.set_id(key_id);
  InsertIdentity(session, key.app_id, user_id, identity, now);
  return absl::OkStatus();
}

absl::Status CheckUser(soci::session& session, const UserDirectory::NewApiKey& key, const std::string& user_id) {
  if (!LockUser(session, key.app_id, user_id)) return UserNotFound(user_id);
  std::vector<KeyRow> rows = Select(session, key.app_id, "user_id", user_id);
  if (rows.size() >= UserDirectory::kKeysOfUserMax) {
    return Error(
        absl::StatusCode::kResourceExhausted, "TOO_MANY_API_KEYS",
        absl::StrCat("user_id: the user has ", UserDirectory::kKeysOfUserMax, " API keys, the most that is allowed"));
  }
  for (const KeyRow& row : rows) {
    if (row.record.name() == key.name) {
      return Error(absl::StatusCode::kAlreadyExists, "API_KEY_EXISTS",
                   absl::StrCat("name: the user has an API key '", key.name, "'"));
    }
  }
  return absl::OkStatus();
}

void InsertKey(soci::session& session, const std::string& app_id, const v1::ApiKey& record, const std::string& hash) {
  std::string lookup = hash.substr(0, kLookupDigits);
  long long created_at = TimeUtil::TimestampToMilliseconds(record.create_time());
  int disabled = 0;
  session << "INSERT INTO api_keys (app_id, id, user_id, name, lookup, hash, disabled, created_at) "
             "VALUES (:app_id, :id, :user_id, :name, :lookup, :hash, :disabled, :created_at)",
      soci::use(app_id, "app_id"), soci::use(record.id(), "id"), soci::use(record.user_id(), "user_id"),
      soci::use(record.name(), "name"), soci::use(lookup, "lookup"), soci::use(hash, "hash"),
      soci::use(disabled, "disabled"), soci::use(created_at, "created_at");
}

// How the audit names a key.
std::string SubjectOf(const v1::ApiKey& key) {
  return absl::StrCat("API key ", key.id(), " of ", SubjectOfUser(key.user_id()));
}

}  // namespace

absl::StatusOr<UserDirectory::CreatedApiKey> UserDirectory::CreateApiKey(const NewApiKey& key, absl::Time now,
                                                                         const Author* author) {
  OVERLOCK_RETURN_IF_ERROR(Check(key));
  CreatedApiKey created;
  created.key = key.key.empty() ? NewKey() : key.key;
  created.record.set_id(NewId(now));
  created.record.set_name(key.name);
  *created.record.mutable_create_time() = TimeUtil::MillisecondsToTimestamp(absl::ToUnixMillis(now));
  created.record.set_user_id(key.user_id.empty() ? NewId(now) : IdKey(key.user_id));
  if (created.record.user_id().empty()) return UserNotFound(key.user_id);
  const std::string hash = HashOf(created.key);
  OVERLOCK_RETURN_IF_ERROR(database_->Write([&](soci::session& session) -> absl::Status {
    database_->Lock(session, absl::StrCat("users of ", key.app_id));
    if (FindHash(Select(session, key.app_id, "lookup", hash.substr(0, kLookupDigits)), hash) != nullptr) {
      return Error(absl::StatusCode::kAlreadyExists, "API_KEY_EXISTS", "key: the application has this API key");
    }
    OVERLOCK_RETURN_IF_ERROR(key.user_id.empty() ? MakeServerUser(session, key, created.record.id(),
                                                                  created.record.user_id(), absl::ToUnixMillis(now))
                                                 : CheckUser(session, key, created.record.user_id()));
    InsertKey(session, key.app_id, created.record, hash);
    InsertAudit(session, author, "create API key", key.app_id, SubjectOf(created.record));
    return absl::OkStatus();
  }));
  return created;
}

absl::StatusOr<std::optional<v1::UserRecord>> UserDirectory::FindByApiKey(const std::string& app_id,
                                                                          const std::string& key) {
  std::optional<v1::UserRecord> found;
  if (key.size() > kGivenKeyBytesMax || !IsStorable(app_id, kIdentityIdBytesMax)) return found;
  const std::string hash = HashOf(key);
  OVERLOCK_RETURN_IF_ERROR(database_->Read([&](soci::session& session) {
    found.reset();
    std::vector<KeyRow> rows = Select(session, app_id, "lookup", hash.substr(0, kLookupDigits));
    const KeyRow* row = FindHash(rows, hash);
    if (row == nullptr || row->record.disabled()) return absl::OkStatus();
    if (std::optional<Login> login = ReadUser(session, app_id, row->record.user_id())) found = std::move(login->user);
    return absl::OkStatus();
  }));
  return found;
}

absl::StatusOr<std::vector<v1::ApiKey>> UserDirectory::ListApiKeys(const std::string& app_id,
                                                                   const std::string& user_id) {
  std::vector<v1::ApiKey> keys;
  std::string id = IdKey(user_id);
  if (id.empty() || !IsStorable(app_id, kIdentityIdBytesMax)) return UserNotFound(user_id);
  OVERLOCK_RETURN_IF_ERROR(database_->Read([&](soci::session& session) -> absl::Status {
    keys.clear();
    if (!ReadUser(session, app_id, id)) return UserNotFound(user_id);
    for (KeyRow& row : Select(session, app_id, "user_id", id)) keys.push_back(std::move(row.record));
    return absl::OkStatus();
  }));
  return keys;
}

absl::StatusOr<v1::ApiKey> UserDirectory::SetApiKeyDisabled(const std::string& app_id, const std::string& key_id,
                                                            bool disabled, const Author* author) {
  v1::ApiKey changed;
  std::string id = IdKey(key_id);
  if (id.empty() || !IsStorable(app_id, kIdentityIdBytesMax)) return KeyNotFound();
  OVERLOCK_RETURN_IF_ERROR(Change([&](soci::session& session) -> absl::Status {
    int value = disabled ? 1 : 0;
    session << "UPDATE api_keys SET disabled = :disabled WHERE app_id = :app_id AND id = :id",
        soci::use(value, "disabled"), soci::use(app_id, "app_id"), soci::use(id, "id");
    std::vector<KeyRow> rows = Select(session, app_id, "id", id);
    if (rows.empty()) return KeyNotFound();
    changed = std::move(rows.front().record);
    InsertAudit(session, author, disabled ? "disable API key" : "enable API key", app_id, SubjectOf(changed));
    return absl::OkStatus();
  }));
  return changed;
}

absl::Status UserDirectory::DeleteApiKey(const std::string& app_id, const std::string& key_id, const Author* author) {
  std::string id = IdKey(key_id);
  if (id.empty() || !IsStorable(app_id, kIdentityIdBytesMax)) return KeyNotFound();
  return Change([&](soci::session& session) -> absl::Status {
    std::vector<KeyRow> rows = Select(session, app_id, "id", id);
    if (rows.empty()) return KeyNotFound();
    soci::statement statement = (session.prepare << "DELETE FROM api_keys WHERE app_id = :app_id AND id = :id",
                                 soci::use(app_id, "app_id"), soci::use(id, "id"));
    statement.execute(true);
    if (statement.get_affected_rows() == 0) return KeyNotFound();
    InsertAudit(session, author, "delete API key", app_id, SubjectOf(rows.front().record));
    return absl::OkStatus();
  });
}

absl::StatusOr<int> UserDirectory::RevokeApiKeys(const std::string& app_id, const std::string& user_id,
                                                 const Author* author) {
  int revoked = 0;
  std::string id = IdKey(user_id);
  if (id.empty() || !IsStorable(app_id, kIdentityIdBytesMax)) return UserNotFound(user_id);
  OVERLOCK_RETURN_IF_ERROR(Change([&](soci::session& session) -> absl::Status {
    if (!LockUser(session, app_id, id)) return UserNotFound(user_id);
    soci::statement statement = (session.prepare << "UPDATE api_keys SET disabled = 1 WHERE app_id = :app_id "
                                                    "AND user_id = :user_id AND disabled = 0",
                                 soci::use(app_id, "app_id"), soci::use(id, "user_id"));
    statement.execute(true);
    revoked = static_cast<int>(statement.get_affected_rows());
    InsertAudit(session, author, "revoke API keys", app_id, SubjectOfUser(id));
    return absl::OkStatus();
  }));
  return revoked;
}

}  // namespace overlock::auth
