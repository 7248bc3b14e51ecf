// What changes users that are there (user_directory.h).
#include <google/protobuf/util/time_util.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/crypto/password_hash.h"
#include "common/status/status.h"
#include "services/auth/user_directory.h"
#include "services/auth/user_rows.h"

namespace overlock::auth {
namespace {

constexpr char kLocalUserpass[] = "local-userpass";
constexpr absl::Duration kNoteLoginsEvery = absl::Hours(1);

// What the audit says of a change to a user.
struct Audit {
  const UserDirectory::Author* author = nullptr;
  std::string_view action;
  // After the user.
  std::string detail;
};

// Changes one user's row in a transaction, records that, and reads what became of it.
template <class Write, class Change>
absl::StatusOr<v1::UserRecord> ChangeUser(const Write& write, const std::string& app_id, const std::string& id,
                                          const Audit& audit, const Change& change) {
  std::string key = IdKey(id);
  if (key.empty() || !IsStorable(app_id, UserDirectory::kIdentityIdBytesMax)) return UserNotFound(id);
  v1::UserRecord changed;
  OVERLOCK_RETURN_IF_ERROR(write([&](soci::session& session) -> absl::Status {
    if (!LockUser(session, app_id, key)) return UserNotFound(id);
    std::optional<UserDirectory::Login> before = ReadUser(session, app_id, key);
    OVERLOCK_RETURN_IF_ERROR(change(session, *before));
    changed = ReadUser(session, app_id, key)->user;
    InsertAudit(session, audit.author, audit.action, app_id, absl::StrCat(SubjectOfUser(key), audit.detail));
    return absl::OkStatus();
  }));
  return changed;
}

// Gives a user without an address one.
absl::Status SetEmail(soci::session& session, const v1::UserRecord& user, const std::string& email) {
  std::string email_key = EmailKey(email);
  if (email_key.empty()) {
    return Error(
        absl::StatusCode::kInvalidArgument, "BAD_USER",
        absl::StrCat("identity.id: must be an email address of at most ", UserDirectory::kEmailBytesMax, " bytes"));
  }
  std::string owner = ReadIdByEmail(session, user.app_id(), email_key);
  if (!user.email().empty() || !owner.empty()) {
    return Error(absl::StatusCode::kAlreadyExists, "EMAIL_TAKEN",
                 owner.empty() || owner == user.id() ? "identity: the user has an email address already"
                                                     : "identity: another user has this email address");
  }
  session << "UPDATE users SET email = :email, email_key = :email_key WHERE app_id = :app_id AND id = :id",
      soci::use(email, "email"), soci::use(email_key, "email_key"), soci::use(user.app_id(), "app_id"),
      soci::use(user.id(), "id");
  return absl::OkStatus();
}

// Not the id there: it may be an address.
std::string IdentityDetail(const v1::Identity& identity) { return absl::StrCat(": ", identity.provider_type()); }

}  // namespace

absl::StatusOr<v1::UserRecord> UserDirectory::SetDisabled(const std::string& app_id, const std::string& id,
                                                          bool disabled, const Author* author) {
  auto write = [this](const storage::Database::Work& work) { return Change(work); };
  const Audit audit{author, disabled ? "disable user" : "enable user", ""};
  return ChangeUser(write, app_id, id, audit, [&](soci::session& session, const Login& before) {
    int value = disabled ? 1 : 0;
    session << "UPDATE users SET disabled = :disabled WHERE app_id = :app_id AND id = :id",
        soci::use(value, "disabled"), soci::use(app_id, "app_id"), soci::use(before.user.id(), "id");
    return absl::OkStatus();
  });
}

absl::StatusOr<v1::UserRecord> UserDirectory::SetData(const std::string& app_id, const std::string& id,
                                                      const std::string& data_json, const Author* author) {
  auto write = [this](const storage::Database::Work& work) { return Change(work); };
  OVERLOCK_RETURN_IF_ERROR(CheckData(data_json));
  const Audit audit{author, "set user data", ""};
  return ChangeUser(write, app_id, id, audit, [&](soci::session& session, const Login& before) {
    session << "UPDATE users SET data_json = :data_json WHERE app_id = :app_id AND id = :id",
        soci::use(data_json, "data_json"), soci::use(app_id, "app_id"), soci::use(before.user.id(), "id");
    return absl::OkStatus();
  });
}

absl::Status UserDirectory::Delete(const std::string& app_id, const std::string& id, const Author* author) {
  std::string key = IdKey(id);
  if (key.empty() || !IsStorable(app_id, kIdentityIdBytesMax)) return UserNotFound(id);
  return Change([&](soci::session& session) -> absl::Status {
    soci::statement statement = (session.prepare << "DELETE FROM users WHERE app_id = :app_id AND id = :id",
                                 soci::use(app_id, "app_id"), soci::use(key, "id"));
    statement.execute(true);
    if (statement.get_affected_rows() == 0) return UserNotFound(id);
    InsertAudit(session, author, "delete user", app_id, SubjectOfUser(key));
    return absl::OkStatus();
  });
}

absl::Status UserDirectory::SetPassword(const std::string& app_id, const std::string& id,
                                        const std::string& password_hash, const std::string& if_hash_is,
                                        const Author* author) {
  auto write = [this](const storage::Database::Work& work) { return Change(work); };
  if (!crypto::IsPasswordHash(password_hash)) {
    return Error(absl::StatusCode::kInvalidArgument, "BAD_USER", "password_hash: must be a PHC string of argon2id");
  }
  auto change = [&](soci::session& session, const Login& before) -> absl::Status {
    if (before.user.email().empty()) {
      return Error(absl::StatusCode::kFailedPrecondition, "USER_WITHOUT_EMAIL",
                   "password: the user has no email address to log in with");
    }
    if (!if_hash_is.empty() && before.password_hash != if_hash_is) return absl::OkStatus();
    session << "UPDATE users SET password_hash = :password_hash WHERE app_id = :app_id AND id = :id",
        soci::use(password_hash, "password_hash"), soci::use(app_id, "app_id"), soci::use(before.user.id(), "id");
    return absl::OkStatus();
  };
  return ChangeUser(write, app_id, id, Audit{author, "set password", ""}, change).status();
}

absl::Status UserDirectory::NoteLogin(const v1::UserRecord& user, absl::Time now) {
  const long long at = absl::ToUnixMillis(now);
  const long long before = absl::ToUnixMillis(now - kNoteLoginsEvery);
  using google::protobuf::util::TimeUtil;
  if (user.has_last_login_time() && TimeUtil::TimestampToMilliseconds(user.last_login_time()) > before) {
    return absl::OkStatus();
  }
  return database_->Write([&](soci::session& session) {
    session << "UPDATE users SET last_login_at = :at WHERE app_id = :app_id AND id = :id AND last_login_at <= :before",
        soci::use(at, "at"), soci::use(user.app_id(), "app_id"), soci::use(user.id(), "id"),
        soci::use(before, "before");
    return absl::OkStatus();
  });
}

absl::StatusOr<v1::UserRecord> UserDirectory::LinkIdentity(const std::string& app_id, const std::string& id,
                                                           const v1::Identity& identity, absl::Time now,
                                                           const Author* author) {
  auto write = [this](const storage::Database::Work& work) { return Change(work); };
  OVERLOCK_RETURN_IF_ERROR(CheckIdentity(identity));
  const Audit audit{author, "link identity", IdentityDetail(identity)};
  return ChangeUser(write, app_id, id, audit, [&](soci::session& session, const Login& before) -> absl::Status {
    // Against the other user who is given the same one at this moment.
    database_->Lock(session, absl::StrCat("users of ", app_id));
    v1::Identity linked = identity;
    if (identity.provider_type() == kLocalUserpass) {
      OVERLOCK_RETURN_IF_ERROR(SetEmail(session, before.user, identity.id()));
      linked.set_id(before.user.id());
    }
    std::string owner = ReadIdByIdentity(session, app_id, linked);
    if (owner == before.user.id()) return absl::OkStatus();
    if (!owner.empty()) {
      return Error(absl::StatusCode::kAlreadyExists, "IDENTITY_TAKEN", "identity: another user has it");
    }
    if (before.user.identities_size() >= kIdentitiesMax) {
      return Error(absl::StatusCode::kResourceExhausted, "TOO_MANY_IDENTITIES",
                   absl::StrCat("identity: the user has ", kIdentitiesMax, " already, the most that is allowed"));
    }
    InsertIdentity(session, app_id, before.user.id(), linked, absl::ToUnixMillis(now));
    return absl::OkStatus();
  });
}

absl::StatusOr<v1::UserRecord> UserDirectory::UnlinkIdentity(const std::string& app_id, const std::string& id,
                                                             const v1::Identity& identity, const Author* author) {
  auto write = [this](const storage::Database::Work& work) { return Change(work); };
  OVERLOCK_RETURN_IF_ERROR(CheckIdentity(identity));
  const Audit audit{author, "unlink identity", IdentityDetail(identity)};
  return ChangeUser(write, app_id, id, audit, [&](soci::session& session, const Login& before) -> absl::Status {
    if (ReadIdByIdentity(session, app_id, identity) != before.user.id()) {
      return Error(absl::StatusCode::kNotFound, "IDENTITY_NOT_FOUND", "identity: the user has no such one");
    }
    session << "DELETE FROM identities WHERE app_id = :app_id AND provider_type = :provider_type "
               "AND subject = :subject",
        soci::use(app_id, "app_id"), soci::use(identity.provider_type(), "provider_type"),
        soci::use(identity.id(), "subject");
    if (identity.provider_type() != kLocalUserpass) return absl::OkStatus();
    session << "UPDATE users SET email = '', email_key = '', password_hash = '' WHERE app_id = :app_id AND id = :id",
        soci::use(app_id, "app_id"), soci::use(before.user.id(), "id");
    return absl::OkStatus();
  });
}

}  // namespace overlock::auth
