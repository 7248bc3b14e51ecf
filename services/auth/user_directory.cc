#include "services/auth/user_directory.h"

#include <openssl/rand.h>

#include <algorithm>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "common/crypto/password_hash.h"
#include "common/status/status.h"
#include "services/auth/user_rows.h"
#include "services/auth/user_schema.h"

namespace overlock::auth {
namespace {

constexpr char kLocalUserpass[] = "local-userpass";
constexpr size_t kAppIdBytesMax = 256;
constexpr char kChannel[] = "users";

absl::Status BadUser(std::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, "BAD_USER", message);
}

absl::Status Taken(std::string_view reason, std::string_view message) {
  return Error(absl::StatusCode::kAlreadyExists, reason, message);
}

// Fills in what a new user may leave out.
absl::Status Complete(UserDirectory::NewUser& user, absl::Time now) {
  if (user.app_id.empty() || !IsStorable(user.app_id, kAppIdBytesMax)) return BadUser("app_id: is missing or no text");
  if (user.id.empty()) user.id = UserDirectory::NewId(now);
  if (!UserDirectory::IsId(user.id)) return BadUser("id: must be 24 hexadecimal digits");
  user.id = IdKey(user.id);
  if (!IsStorable(user.email, UserDirectory::kEmailBytesMax)) {
    return BadUser(absl::StrCat("email: must be text of at most ", UserDirectory::kEmailBytesMax, " bytes"));
  }
  if (user.email.empty() && !user.password_hash.empty()) return BadUser("email: must be set where a password is");
  if (!user.password_hash.empty() && !crypto::IsPasswordHash(user.password_hash)) {
    return BadUser("password_hash: must be a PHC string of argon2id");
  }
  if (user.identities.size() >= UserDirectory::kIdentitiesMax) {
    return BadUser(absl::StrCat("identities: must be fewer than ", UserDirectory::kIdentitiesMax));
  }
  for (const v1::Identity& identity : user.identities) OVERLOCK_RETURN_IF_ERROR(CheckIdentity(identity));
  if (user.data_json.empty()) user.data_json = user.email.empty() ? "{}" : ObjectOf("email", user.email);
  OVERLOCK_RETURN_IF_ERROR(CheckData(user.data_json));
  if (!user.email.empty()) {
    v1::Identity& identity = user.identities.emplace_back();
    identity.set_provider_type(kLocalUserpass);
    identity.set_id(user.id);
  }
  return absl::OkStatus();
}

absl::Status InsertNew(soci::session& session, const UserDirectory::NewUser& user, absl::Time now) {
  if (ReadUser(session, user.app_id, user.id)) {
    return Taken("USER_EXISTS", absl::StrCat("id: there is a user '", user.id, "' already"));
  }
  if (!user.email.empty() && !ReadIdByEmail(session, user.app_id, EmailKey(user.email)).empty()) {
    return Taken("EMAIL_TAKEN", "email: another user of the application has it");
  }
  InsertUser(session, user, absl::ToUnixMillis(now));
  for (const v1::Identity& identity : user.identities) {
    if (!ReadIdByIdentity(session, user.app_id, identity).empty()) {
      return Taken("IDENTITY_TAKEN", absl::StrCat("identities: a user has that of ", identity.provider_type()));
    }
    InsertIdentity(session, user.app_id, user.id, identity, absl::ToUnixMillis(now));
  }
  return absl::OkStatus();
}

// Those who make users of one application go one after another.
std::string LockOf(const std::string& app_id) { return absl::StrCat("users of ", app_id); }

}  // namespace

absl::StatusOr<std::unique_ptr<UserDirectory>> UserDirectory::Open(std::shared_ptr<storage::Database> database) {
  OVERLOCK_RETURN_IF_ERROR(PrepareSchema(*database));
  std::unique_ptr<UserDirectory> directory(new UserDirectory(std::move(database)));
  directory->subscription_ =
      directory->database_->Listen(kChannel, [generation = directory->generation_] { ++*generation; });
  return directory;
}

absl::Status UserDirectory::Change(const storage::Database::Work& work) {
  absl::Status status = database_->Write([&](soci::session& session) -> absl::Status {
    OVERLOCK_RETURN_IF_ERROR(work(session));
    return database_->Notify(session, kChannel);
  });
  // Even where it failed: it may have been committed all the same.
  ++*generation_;
  return status;
}

std::string UserDirectory::NewId(absl::Time now) {
  std::string random(8, '\0');
  // Fails only where the system has no randomness at all.
  if (RAND_bytes(reinterpret_cast<unsigned char*>(random.data()), static_cast<int>(random.size())) != 1) std::abort();
  return absl::StrCat(absl::StrFormat("%08x", static_cast<uint32_t>(absl::ToUnixSeconds(now))),
                      absl::BytesToHexString(random));
}

bool UserDirectory::IsId(std::string_view text) {
  return text.size() == 24 && std::all_of(text.begin(), text.end(), [](char c) { return absl::ascii_isxdigit(c); });
}

absl::StatusOr<v1::UserRecord> UserDirectory::Create(const NewUser& user, absl::Time now, const Author* author) {
  NewUser complete = user;
  OVERLOCK_RETURN_IF_ERROR(Complete(complete, now));
  v1::UserRecord created;
  OVERLOCK_RETURN_IF_ERROR(database_->Write([&](soci::session& session) -> absl::Status {
    database_->Lock(session, LockOf(complete.app_id));
    OVERLOCK_RETURN_IF_ERROR(InsertNew(session, complete, now));
    created = ReadUser(session, complete.app_id, complete.id)->user;
    InsertAudit(session, author, "create user", complete.app_id, SubjectOfUser(complete.id));
    return absl::OkStatus();
  }));
  return created;
}

absl::StatusOr<v1::UserRecord> UserDirectory::FindOrCreateByIdentity(const std::string& app_id,
                                                                     const v1::Identity& identity,
                                                                     const std::string& data_json, absl::Time now) {
  OVERLOCK_ASSIGN_OR_RETURN(std::optional<v1::UserRecord> known, FindByIdentity(app_id, identity));
  if (known && (data_json == "{}" || known->data_json() == data_json)) return *std::move(known);
  if (known) return SetData(app_id, known->id(), data_json);
  NewUser user;
  user.app_id = app_id;
  user.identities = {identity};
  user.data_json = data_json;
  absl::StatusOr<v1::UserRecord> created = Create(user, now);
  if (created.ok() || created.status().code() != absl::StatusCode::kAlreadyExists) return created;
  // Somebody else was faster.
  OVERLOCK_ASSIGN_OR_RETURN(known, FindByIdentity(app_id, identity));
  if (known) return *std::move(known);
  return created;
}

absl::StatusOr<std::optional<v1::UserRecord>> UserDirectory::Find(const std::string& app_id, const std::string& id) {
  std::optional<v1::UserRecord> found;
  std::string key = IdKey(id);
  if (key.empty() || !IsStorable(app_id, kAppIdBytesMax)) return found;
  OVERLOCK_RETURN_IF_ERROR(database_->Read([&](soci::session& session) {
    found.reset();
    if (std::optional<Login> login = ReadUser(session, app_id, key)) found = std::move(login->user);
    return absl::OkStatus();
  }));
  return found;
}

absl::StatusOr<std::optional<UserDirectory::Login>> UserDirectory::FindByEmail(const std::string& app_id,
                                                                               const std::string& email) {
  std::optional<Login> found;
  std::string key = EmailKey(email);
  if (key.empty() || !IsStorable(app_id, kAppIdBytesMax)) return found;
  OVERLOCK_RETURN_IF_ERROR(database_->Read([&](soci::session& session) {
    found.reset();
    std::string id = ReadIdByEmail(session, app_id, key);
    if (!id.empty()) found = ReadUser(session, app_id, id);
    return absl::OkStatus();
  }));
  return found;
}

absl::StatusOr<std::optional<v1::UserRecord>> UserDirectory::FindByIdentity(const std::string& app_id,
                                                                            const v1::Identity& identity) {
  std::optional<v1::UserRecord> found;
  if (!CheckIdentity(identity).ok() || !IsStorable(app_id, kAppIdBytesMax)) return found;
  OVERLOCK_RETURN_IF_ERROR(database_->Read([&](soci::session& session) {
    found.reset();
    std::string id = ReadIdByIdentity(session, app_id, identity);
    if (id.empty()) return absl::OkStatus();
    if (std::optional<Login> login = ReadUser(session, app_id, id)) found = std::move(login->user);
    return absl::OkStatus();
  }));
  return found;
}

absl::StatusOr<std::vector<v1::UserRecord>> UserDirectory::List(const std::string& app_id, const ListOptions& options) {
  std::vector<v1::UserRecord> users;
  std::string search = EmailKey(options.search);
  if (!IsStorable(app_id, kAppIdBytesMax) || (search.empty() && !options.search.empty())) return users;
  if (!IsStorable(options.provider_type, kIdentityIdBytesMax)) return users;
  OVERLOCK_RETURN_IF_ERROR(database_->Read([&](soci::session& session) {
    users.clear();
    std::string after = absl::AsciiStrToLower(options.after_id);
    if (!IsId(after)) after.clear();
    std::string like =
        absl::StrCat("%", absl::StrReplaceAll(search, {{"\\", "\\\\"}, {"%", "\\%"}, {"_", "\\_"}}), "%");
    int any_state = options.disabled ? 0 : 1, disabled = options.disabled.value_or(false) ? 1 : 0;
    int size = std::clamp(options.size_max, 1, 1000);
    std::vector<std::string> ids;
    std::string id;
    soci::statement select =
        (session.prepare << "SELECT id FROM users u WHERE app_id = :app_id AND id > :after "
                            "AND (:any_state = 1 OR disabled = :disabled) "
                            "AND (email_key LIKE :pattern ESCAPE '\\' OR id = :search) "
                            "AND (:provider = '' OR EXISTS (SELECT 1 FROM identities i WHERE i.app_id = u.app_id "
                            "AND i.user_id = u.id AND i.provider_type = :wanted)) ORDER BY id LIMIT :size",
         soci::into(id), soci::use(app_id, "app_id"), soci::use(after, "after"), soci::use(any_state, "any_state"),
         soci::use(disabled, "disabled"), soci::use(like, "pattern"), soci::use(search, "search"),
         soci::use(options.provider_type, "provider"), soci::use(options.provider_type, "wanted"),
         soci::use(size, "size"));
    select.execute();
    while (select.fetch()) ids.push_back(id);
    for (const std::string& found : ids) users.push_back(std::move(ReadUser(session, app_id, found)->user));
    return absl::OkStatus();
  }));
  return users;
}

absl::StatusOr<storage::AuditPage> UserDirectory::ReadAudit(const std::string& app_id, int page_size,
                                                            const std::string& page_token) {
  if (!IsStorable(app_id, kAppIdBytesMax)) return BadUser("app_id: is too long or no text");
  return storage::ReadAudit(*database_, app_id, page_size, page_token);
}

}  // namespace overlock::auth
