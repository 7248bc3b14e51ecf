#include "services/auth/user_rows.h"

#include <google/protobuf/util/time_util.h>

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/ejson/parse.h"
#include "common/ejson/value.h"
#include "common/status/status.h"
#include "common/storage/audit_log.h"

namespace overlock::auth {
namespace {

using google::protobuf::util::TimeUtil;

void ReadIdentities(soci::session& session, v1::UserRecord& user) {
  v1::Identity identity;
  soci::statement select =
      (session.prepare << "SELECT provider_type, subject FROM identities WHERE app_id = :app_id AND user_id = :user_id "
                          "ORDER BY created_at, provider_type, subject",
       soci::into(*identity.mutable_provider_type()), soci::into(*identity.mutable_id()),
       soci::use(user.app_id(), "app_id"), soci::use(user.id(), "user_id"));
  select.execute();
  while (select.fetch()) *user.add_identities() = identity;
}

}  // namespace

bool IsStorable(std::string_view text, size_t bytes_max) {
  return text.size() <= bytes_max && text.find('\0') == std::string_view::npos && ejson::IsUtf8(text);
}

std::string EmailKey(std::string_view email) {
  if (!IsStorable(email, UserDirectory::kEmailBytesMax)) return "";
  return absl::AsciiStrToLower(email);
}

std::string IdKey(std::string_view id) { return UserDirectory::IsId(id) ? absl::AsciiStrToLower(id) : ""; }

absl::Status UserNotFound(std::string_view id) {
  if (!UserDirectory::IsId(id)) {
    return Error(absl::StatusCode::kNotFound, "USER_NOT_FOUND", "id: an id has 24 hexadecimal digits, this has not");
  }
  return Error(absl::StatusCode::kNotFound, "USER_NOT_FOUND", absl::StrCat("id: there is no user '", id, "'"));
}

absl::Status CheckIdentity(const v1::Identity& identity) {
  if (identity.id().empty() || !IsStorable(identity.id(), UserDirectory::kIdentityIdBytesMax)) {
    return Error(absl::StatusCode::kInvalidArgument, "BAD_USER",
                 absl::StrCat("identity.id: must be text of 1 to ", UserDirectory::kIdentityIdBytesMax, " bytes"));
  }
  for (const char* type : {"local-userpass", "api-key", "custom-token", "anon-user", "custom-function", "oauth2-google",
                           "oauth2-facebook", "oauth2-apple"}) {
    if (identity.provider_type() == type) return absl::OkStatus();
  }
  return Error(absl::StatusCode::kInvalidArgument, "BAD_USER",
               "identity.provider_type: must be local-userpass, api-key, custom-token, anon-user, custom-function, "
               "oauth2-google, oauth2-facebook or oauth2-apple");
}

absl::Status CheckData(const std::string& data_json) {
  if (IsStorable(data_json, UserDirectory::kDataBytesMax)) {
    absl::StatusOr<ejson::Value> value = ejson::Parse(data_json);
    if (value.ok() && value->is(ejson::Value::Type::kDocument)) return absl::OkStatus();
  }
  return Error(absl::StatusCode::kInvalidArgument, "BAD_USER",
               absl::StrCat("data_json: must be a JSON object of at most ", UserDirectory::kDataBytesMax, " bytes"));
}

std::string ObjectOf(std::string_view key, std::string_view text) {
  std::string json = absl::StrCat("{\"", key, "\":\"");
  for (char c : text) {
    if (c == '"' || c == '\\') {
      json += {'\\', c};
    } else if (static_cast<unsigned char>(c) < 0x20) {
      absl::StrAppendFormat(&json, "\\u%04x", static_cast<int>(c));
    } else {
      json += c;
    }
  }
  return absl::StrCat(json, "\"}");
}

std::optional<UserDirectory::Login> ReadUser(soci::session& session, const std::string& app_id, const std::string& id) {
  UserDirectory::Login login;
  int type = 0, disabled = 0;
  long long created_at = 0, last_login_at = 0;
  v1::UserRecord& user = login.user;
  session << "SELECT type, email, password_hash, disabled, data_json, created_at, last_login_at FROM users "
             "WHERE app_id = :app_id AND id = :id",
      soci::into(type), soci::into(*user.mutable_email()), soci::into(login.password_hash), soci::into(disabled),
      soci::into(*user.mutable_data_json()), soci::into(created_at), soci::into(last_login_at),
      soci::use(app_id, "app_id"), soci::use(id, "id");
  if (!session.got_data()) return std::nullopt;
  user.set_app_id(app_id);
  user.set_id(id);
  user.set_type(static_cast<type::v1::User::Type>(type));
  user.set_has_password(!login.password_hash.empty());
  user.set_disabled(disabled != 0);
  *user.mutable_create_time() = TimeUtil::MillisecondsToTimestamp(created_at);
  if (last_login_at != 0) *user.mutable_last_login_time() = TimeUtil::MillisecondsToTimestamp(last_login_at);
  ReadIdentities(session, user);
  return login;
}

std::string ReadIdByEmail(soci::session& session, const std::string& app_id, const std::string& email_key) {
  std::string id;
  session << "SELECT id FROM users WHERE app_id = :app_id AND email_key = :email_key AND email_key <> ''",
      soci::into(id), soci::use(app_id, "app_id"), soci::use(email_key, "email_key");
  return session.got_data() ? id : "";
}

std::string ReadIdByIdentity(soci::session& session, const std::string& app_id, const v1::Identity& identity) {
  std::string id;
  session << "SELECT user_id FROM identities WHERE app_id = :app_id AND provider_type = :provider_type "
             "AND subject = :subject",
      soci::into(id), soci::use(app_id, "app_id"), soci::use(identity.provider_type(), "provider_type"),
      soci::use(identity.id(), "subject");
  return session.got_data() ? id : "";
}

bool LockUser(soci::session& session, const std::string& app_id, const std::string& id) {
  soci::statement statement = (session.prepare << "UPDATE users SET id = id WHERE app_id = :app_id AND id = :id",
                               soci::use(app_id, "app_id"), soci::use(id, "id"));
  statement.execute(true);
  return statement.get_affected_rows() > 0;
}

void InsertUser(soci::session& session, const UserDirectory::NewUser& user, long long now) {
  int type = user.type, disabled = 0;
  long long never = 0;
  std::string email_key = EmailKey(user.email);
  session << "INSERT INTO users (app_id, id, type, email, email_key, password_hash, disabled, data_json, created_at, "
             "last_login_at) VALUES (:app_id, :id, :type, :email, :email_key, :password_hash, :disabled, :data_json, "
             ":created_at, :last_login_at)",
      soci::use(user.app_id, "app_id"), soci::use(user.id, "id"), soci::use(type, "type"),
      soci::use(user.email, "email"), soci::use(email_key, "email_key"), soci::use(user.password_hash, "password_hash"),
      soci::use(disabled, "disabled"), soci::use(user.data_json, "data_json"), soci::use(now, "created_at"),
      soci::use(never, "last_login_at");
}

void InsertIdentity(soci::session& session, const std::string& app_id, const std::string& user_id,
                    const v1::Identity& identity, long long now) {
  session << "INSERT INTO identities (app_id, user_id, provider_type, subject, created_at) "
             "VALUES (:app_id, :user_id, :provider_type, :subject, :created_at)",
      soci::use(app_id, "app_id"), soci::use(user_id, "user_id"), soci::use(identity.provider_type(), "provider_type"),
      soci::use(identity.id(), "subject"), soci::use(now, "created_at");
}

std::string SubjectOfUser(std::string_view id) { return absl::StrCat("user ", id); }

void InsertAudit(soci::session& session, const UserDirectory::Author* author, std::string_view action,
                 const std::string& app_id, std::string_view subject) {
  if (author == nullptr) return;
  long long id = 0;
  session << "UPDATE audit_counter SET last_id = last_id + 1";
  session << "SELECT last_id FROM audit_counter", soci::into(id);
  storage::AuditEntry entry{author->name, author->peer, std::string(action), app_id, std::string(subject), ""};
  storage::InsertAudit(session, id, entry, 0, author->time);
}

}  // namespace overlock::auth
