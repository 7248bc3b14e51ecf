// The application users in a database.
#ifndef OVERLOCK_SERVICES_AUTH_USER_DIRECTORY_H_
#define OVERLOCK_SERVICES_AUTH_USER_DIRECTORY_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/storage/audit_log.h"
#include "common/storage/database.h"
#include "overlock/auth/v1/user_resources.pb.h"

namespace overlock::auth {

// Users, their identities and their API keys, each of one application; nothing here reads across applications.
// Passwords come and go as PHC strings (password_hasher.h). All methods block: call them on a BlockingPool.
// Thread-safe; several processes may share a PostgreSQL database.
//
// Errors of all: UNAVAILABLE (`STORE_UNAVAILABLE`). Of those that name a user: NOT_FOUND (`USER_NOT_FOUND`). Arguments
// that are too long or no text are INVALID_ARGUMENT (`BAD_USER`, `BAD_API_KEY`).
class UserDirectory {
 public:
  static constexpr size_t kEmailBytesMax = 320;
  static constexpr size_t kIdentityIdBytesMax = 512;
  static constexpr size_t kDataBytesMax = 64 << 10;
  static constexpr size_t kKeyNameBytesMax = 128;
  static constexpr size_t kGivenKeyBytesMin = 32;
  static constexpr size_t kGivenKeyBytesMax = 512;
  static constexpr int kIdentitiesMax = 32;
  static constexpr int kKeysOfUserMax = 100;

  struct NewUser {
    std::string app_id;
    // 24 hexadecimal digits; empty for a new one.
    std::string id;
    type::v1::User::Type type = type::v1::User::TYPE_NORMAL;
    // With it the user has an identity of `local-userpass`; compared without regard to case.
    std::string email;
    // A PHC string; empty for a user who cannot log in with a password yet.
    std::string password_hash;
    // Further identities.
    std::vector<v1::Identity> identities;
    // A JSON object; empty means `{}`, or `{"email": ...}` where there is one.
    std::string data_json;
  };
  struct ListOptions {
    // Users after this id; empty to begin.
    std::string after_id;
    int size_max = 50;
    std::optional<bool> disabled;
    // Only users with an identity of this provider type; empty for all.
    std::string provider_type;
    // Only users whose address contains this, without regard to case, or whose id it is; empty for all.
    std::string search;
  };
  // A user and the PHC string, empty without a password.
  struct Login {
    v1::UserRecord user;
    std::string password_hash;
  };
  struct NewApiKey {
    std::string app_id;
    // Empty: a user of type SERVER is made for the key.
    std::string user_id;
    std::string name;
    // A key that senders have already, 32 to 512 characters; empty for a new one.
    std::string key;
  };
  struct CreatedApiKey {
    v1::ApiKey record;
    // The key itself, which nobody can read again: for a new one 64 characters of base64url, of 48 random bytes.
    std::string key;
  };

  // Who changes something, for the audit: there is a record of each change that has an author, in the same transaction.
  // What logins change has none.
  struct Author {
    // An admin token's name, or `process`.
    std::string name;
    // The caller's address; empty for `process`.
    std::string peer;
    absl::Time time;
  };

  // Brings the schema up to date.
  static absl::StatusOr<std::unique_ptr<UserDirectory>> Open(std::shared_ptr<storage::Database> database);

  // Grows when a user or a key that was there may have changed: before a change returns, and when another process's
  // change is notified.
  uint64_t generation() const { return generation_->load(); }

  // A new id: 24 hexadecimal digits.
  static std::string NewId(absl::Time now);
  // Whether it is 24 hexadecimal digits; users are found in either case.
  static bool IsId(std::string_view text);

  // ALREADY_EXISTS (`USER_EXISTS`, `EMAIL_TAKEN`, `IDENTITY_TAKEN`).
  absl::StatusOr<v1::UserRecord> Create(const NewUser& user, absl::Time now, const Author* author = nullptr);
  // The user with the identity; if there is none, one is made with it and `data_json`. A known user's data is replaced
  // where it differs and the new one is not `{}`. Safe when several do it at once.
  absl::StatusOr<v1::UserRecord> FindOrCreateByIdentity(const std::string& app_id, const v1::Identity& identity,
                                                        const std::string& data_json, absl::Time now);

  // Nothing if nobody is found, whatever the text.
  absl::StatusOr<std::optional<v1::UserRecord>> Find(const std::string& app_id, const std::string& id);
  absl::StatusOr<std::optional<Login>> FindByEmail(const std::string& app_id, const std::string& email);
  absl::StatusOr<std::optional<v1::UserRecord>> FindByIdentity(const std::string& app_id, const v1::Identity& identity);
  // Of a key that is not disabled.
  absl::StatusOr<std::optional<v1::UserRecord>> FindByApiKey(const std::string& app_id, const std::string& key);
  // By id. Fewer than `size_max` at the end only.
  absl::StatusOr<std::vector<v1::UserRecord>> List(const std::string& app_id, const ListOptions& options);

  absl::StatusOr<v1::UserRecord> SetDisabled(const std::string& app_id, const std::string& id, bool disabled,
                                             const Author* author = nullptr);
  absl::StatusOr<v1::UserRecord> SetData(const std::string& app_id, const std::string& id, const std::string& data_json,
                                         const Author* author = nullptr);
  // The user's keys and identities too.
  absl::Status Delete(const std::string& app_id, const std::string& id, const Author* author = nullptr);
  // FAILED_PRECONDITION (`USER_WITHOUT_EMAIL`) where there is nothing to log in with beside it. With `if_hash_is` not
  // empty, only while the stored hash is that one: so an upgrade does not undo a change.
  absl::Status SetPassword(const std::string& app_id, const std::string& id, const std::string& password_hash,
                           const std::string& if_hash_is = "", const Author* author = nullptr);
  // Keeps the time of a login, once an hour. Nothing if there is no such user.
  absl::Status NoteLogin(const v1::UserRecord& user, absl::Time now);

  // One of `local-userpass` has the email address as its id: the user gets it, and can then be given a password.
  // ALREADY_EXISTS (`IDENTITY_TAKEN`, `EMAIL_TAKEN`); RESOURCE_EXHAUSTED (`TOO_MANY_IDENTITIES`).
  absl::StatusOr<v1::UserRecord> LinkIdentity(const std::string& app_id, const std::string& id,
                                              const v1::Identity& identity, absl::Time now,
                                              const Author* author = nullptr);
  // NOT_FOUND (`IDENTITY_NOT_FOUND`). Unlinking `local-userpass` removes the address and the password.
  absl::StatusOr<v1::UserRecord> UnlinkIdentity(const std::string& app_id, const std::string& id,
                                                const v1::Identity& identity, const Author* author = nullptr);

  // ALREADY_EXISTS (`API_KEY_EXISTS`: the user has one of this name, or the given key is known);
  // RESOURCE_EXHAUSTED (`TOO_MANY_API_KEYS`).
  absl::StatusOr<CreatedApiKey> CreateApiKey(const NewApiKey& key, absl::Time now, const Author* author = nullptr);
  // Of one user, by id.
  absl::StatusOr<std::vector<v1::ApiKey>> ListApiKeys(const std::string& app_id, const std::string& user_id);
  // NOT_FOUND (`API_KEY_NOT_FOUND`).
  absl::StatusOr<v1::ApiKey> SetApiKeyDisabled(const std::string& app_id, const std::string& key_id, bool disabled,
                                               const Author* author = nullptr);
  absl::Status DeleteApiKey(const std::string& app_id, const std::string& key_id, const Author* author = nullptr);
  // Disables all keys of the user and returns how many that were not yet.
  absl::StatusOr<int> RevokeApiKeys(const std::string& app_id, const std::string& user_id,
                                    const Author* author = nullptr);

  // A page of the audit records (common/storage/audit_log.h), newest first; of one application unless `app_id` is
  // empty. INVALID_ARGUMENT (`BAD_PAGE_TOKEN`).
  absl::StatusOr<storage::AuditPage> ReadAudit(const std::string& app_id, int page_size, const std::string& page_token);

 private:
  explicit UserDirectory(std::shared_ptr<storage::Database> database) : database_(std::move(database)) {}

  // A Write() that changes what was there: all processes are told.
  absl::Status Change(const storage::Database::Work& work);

  const std::shared_ptr<storage::Database> database_;
  const std::shared_ptr<std::atomic<uint64_t>> generation_ = std::make_shared<std::atomic<uint64_t>>(0);
  std::unique_ptr<storage::Subscription> subscription_;
};

}  // namespace overlock::auth

#endif  // OVERLOCK_SERVICES_AUTH_USER_DIRECTORY_H_
