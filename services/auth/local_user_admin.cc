#include "services/auth/local_user_admin.h"

#include <google/protobuf/util/time_util.h>

#include <optional>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "common/telemetry/log.h"
#include "common/text/page_token.h"

namespace overlock::auth {
namespace {

constexpr size_t kAppIdBytesMax = 128;
constexpr size_t kProviderTypeBytesMax = 64;
// Below what gRPC takes of itself, whatever the users' data is.
constexpr size_t kPageBytesMax = 2 << 20;

absl::Status BadUser(std::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, "BAD_USER", message);
}

absl::Status CheckPassword(const std::string& password) {
  if (password.size() >= PasswordHasher::kPasswordBytesMin && password.size() <= PasswordHasher::kPasswordBytesMax) {
    return absl::OkStatus();
  }
  return Error(absl::StatusCode::kInvalidArgument, "BAD_PASSWORD",
               absl::StrCat("password: must have ", PasswordHasher::kPasswordBytesMin, " to ",
                            PasswordHasher::kPasswordBytesMax, " bytes"));
}

UserDirectory::NewUser MakeNewUser(const v1::CreateUserRequest& request, std::string password_hash) {
  UserDirectory::NewUser user;
  user.app_id = request.app_id();
  user.id = request.user_id();
  if (request.type() != type::v1::User::TYPE_UNSPECIFIED) user.type = request.type();
  user.email = request.email();
  user.password_hash = std::move(password_hash);
  user.data_json = request.data_json();
  return user;
}

// What can be said of a user before it is made.
v1::UserRecord Preview(const v1::CreateUserRequest& request) {
  v1::UserRecord user;
  user.set_app_id(request.app_id());
  user.set_id(request.user_id());
  user.set_type(request.type() == type::v1::User::TYPE_UNSPECIFIED ? type::v1::User::TYPE_NORMAL : request.type());
  user.set_email(request.email());
  user.set_has_password(!request.password().empty());
  return user;
}

v1::AuditRecord ToMessage(const storage::AuditRow& row) {
  v1::AuditRecord record;
  record.set_id(row.id);
  *record.mutable_time() = google::protobuf::util::TimeUtil::MillisecondsToTimestamp(absl::ToUnixMillis(row.time));
  record.set_actor(row.entry.actor);
  record.set_peer(row.entry.peer);
  record.set_action(row.entry.action);
  record.set_app_id(row.entry.app_id);
  record.set_subject(row.entry.subject);
  return record;
}

}  // namespace

Task<absl::StatusOr<LocalUserAdmin::Asker>> LocalUserAdmin::Identify(CallContext call, std::string app_id,
                                                                     config::v1::Role role) {
  Asker asker;
  if (call.caller != nullptr) asker.peer = call.caller->address;
  asker.request_id = call.request_id;
  absl::StatusOr<config::v1::Token> token = co_await tokens_.Check(std::move(call), app_id, role);
  if (!token.ok()) co_return token.status();
  if (app_id.empty() || app_id.size() > kAppIdBytesMax) {
    co_return BadUser(absl::StrCat("app_id: must name an application, in at most ", kAppIdBytesMax, " bytes"));
  }
  asker.token = token->name();
  co_return asker;
}

void LocalUserAdmin::Note(const Asker& asker, std::string_view action, const std::string& app_id,
                          const std::string& user_id, const std::string& key_id) {
  log::Info("users were changed", {{"action", action},
                                   {"token", asker.token},
                                   {"peer", asker.peer},
                                   {"app_id", app_id},
                                   {"user_id", user_id},
                                   {"key_id", key_id},
                                   {"request_id", asker.request_id}});
}

absl::StatusOr<v1::UserRecord> LocalUserAdmin::Find(const std::string& app_id, const std::string& user_id) {
  OVERLOCK_ASSIGN_OR_RETURN(std::optional<v1::UserRecord> user, users_.Find(app_id, user_id));
  if (user) return *std::move(user);
  return Error(absl::StatusCode::kNotFound, "USER_NOT_FOUND", "user_id: the application has no such user");
}

absl::Status LocalUserAdmin::CheckNewUser(const v1::CreateUserRequest& request) {
  if (request.type() != type::v1::User::TYPE_UNSPECIFIED && request.type() != type::v1::User::TYPE_NORMAL &&
      request.type() != type::v1::User::TYPE_SERVER) {
    return BadUser("type: must be NORMAL or SERVER");
  }
  if (!request.password().empty() && request.email().empty()) {
    return BadUser("email: a user with a password needs one to log in with");
  }
  if (!request.password().empty()) OVERLOCK_RETURN_IF_ERROR(CheckPassword(request.password()));
  if (request.email().size() > UserDirectory::kEmailBytesMax) {
    return BadUser(absl::StrCat("email: must have at most ", UserDirectory::kEmailBytesMax, " bytes"));
  }
  if (request.data_json().size() > UserDirectory::kDataBytesMax) {
    return BadUser(absl::StrCat("data_json: must have at most ", UserDirectory::kDataBytesMax, " bytes"));
  }
  if (!request.user_id().empty()) {
    if (!UserDirectory::IsId(request.user_id())) return BadUser("user_id: must be 24 hexadecimal digits");
    OVERLOCK_ASSIGN_OR_RETURN(auto known, users_.Find(request.app_id(), request.user_id()));
    if (known) {
      return Error(absl::StatusCode::kAlreadyExists, "USER_EXISTS", "user_id: the application has that user already");
    }
  }
  if (!request.email().empty()) {
    OVERLOCK_ASSIGN_OR_RETURN(auto known, users_.FindByEmail(request.app_id(), request.email()));
    if (known) {
      return Error(absl::StatusCode::kAlreadyExists, "EMAIL_TAKEN", "email: another user of the application has it");
    }
  }
  return absl::OkStatus();
}

UserAdmin::Answer<v1::CreateUserResponse> LocalUserAdmin::CreateUser(v1::CreateUserRequest request, CallContext call) {
  return Counted<v1::CreateUserRequest>(HashAndCreate(std::move(request), std::move(call)));
}

// Checks before it hashes: hashing is dear, and what is refused needs none.
UserAdmin::Answer<v1::CreateUserResponse> LocalUserAdmin::HashAndCreate(v1::CreateUserRequest request,
                                                                        CallContext call) {
  absl::StatusOr<Asker> asker = co_await Identify(std::move(call), request.app_id(), kWrite);
  if (!asker.ok()) co_return asker.status();
  auto check = [this, request] { return CheckNewUser(request); };
  absl::Status good = co_await pool_.Run(std::move(check));
  if (!good.ok()) co_return good;
  if (request.validate_only()) {
    v1::CreateUserResponse response;
    *response.mutable_user() = Preview(request);
    co_return response;
  }
  std::string hash;
  if (!request.password().empty()) {
    absl::StatusOr<std::string> made = co_await hasher_.Hash(request.password());
    if (!made.ok()) co_return made.status();
    hash = *std::move(made);
  }
  auto create = [this, user = MakeNewUser(request, std::move(hash)),
                 asker = *std::move(asker)]() -> absl::StatusOr<v1::CreateUserResponse> {
    v1::CreateUserResponse response;
    const UserDirectory::Author author = AuthorOf(asker);
    OVERLOCK_ASSIGN_OR_RETURN(*response.mutable_user(), users_.Create(user, author.time, &author));
    Note(asker, "create user", user.app_id, response.user().id());
    return response;
  };
  co_return co_await pool_.Run(std::move(create));
}

UserAdmin::Answer<v1::GetUserResponse> LocalUserAdmin::GetUser(v1::GetUserRequest request, CallContext call) {
  auto work = [this](const v1::GetUserRequest& request, const Asker&) -> absl::StatusOr<v1::GetUserResponse> {
    v1::GetUserResponse response;
    OVERLOCK_ASSIGN_OR_RETURN(*response.mutable_user(), Find(request.app_id(), request.user_id()));
    return response;
  };
  return Run<v1::GetUserResponse>(std::move(request), std::move(call), kLook, work);
}

UserAdmin::Answer<v1::ListUsersResponse> LocalUserAdmin::ListUsers(v1::ListUsersRequest request, CallContext call) {
  auto work = [this](const v1::ListUsersRequest& request, const Asker&) -> absl::StatusOr<v1::ListUsersResponse> {
    if (request.search().size() > UserDirectory::kEmailBytesMax) {
      return BadUser(absl::StrCat("search: must have at most ", UserDirectory::kEmailBytesMax, " bytes"));
    }
    if (request.provider_type().size() > kProviderTypeBytesMax) {
      return BadUser(absl::StrCat("provider_type: must have at most ", kProviderTypeBytesMax, " bytes"));
    }
    UserDirectory::ListOptions options;
    OVERLOCK_ASSIGN_OR_RETURN(options.after_id, ReadPageToken(request.page_token()));
    if (!options.after_id.empty() && !UserDirectory::IsId(options.after_id)) {
      return Error(absl::StatusCode::kInvalidArgument, "BAD_PAGE_TOKEN", "page_token: is not one we gave");
    }
    const int size = PageSize(request.page_size());
    options.size_max = size + 1;
    if (request.state() != v1::ListUsersRequest::STATE_UNSPECIFIED) {
      options.disabled = request.state() == v1::ListUsersRequest::STATE_DISABLED;
    }
    options.provider_type = request.provider_type();
    options.search = request.search();
    OVERLOCK_ASSIGN_OR_RETURN(std::vector<v1::UserRecord> users, users_.List(request.app_id(), options));
    v1::ListUsersResponse response;
    size_t bytes = 0;
    for (v1::UserRecord& user : users) {
      bytes += user.ByteSizeLong();
      if (response.users_size() == size || (bytes > kPageBytesMax && response.users_size() > 0)) {
        response.set_next_page_token(MakePageToken(response.users(response.users_size() - 1).id()));
        break;
      }
      *response.add_users() = std::move(user);
    }
    return response;
  };
  return Run<v1::ListUsersResponse>(std::move(request), std::move(call), kLook, work);
}

template <class Response, class Request>
UserAdmin::Answer<Response> LocalUserAdmin::SetDisabled(Request request, CallContext call, bool disabled) {
  auto work = [this, disabled](const Request& request, const Asker& asker) -> absl::StatusOr<Response> {
    Response response;
    const UserDirectory::Author author = AuthorOf(asker);
    OVERLOCK_ASSIGN_OR_RETURN(*response.mutable_user(),
                              users_.SetDisabled(request.app_id(), request.user_id(), disabled, &author));
    Note(asker, disabled ? "disable user" : "enable user", request.app_id(), response.user().id());
    return response;
  };
  return Run<Response>(std::move(request), std::move(call), kWrite, work);
}

UserAdmin::Answer<v1::DisableUserResponse> LocalUserAdmin::DisableUser(v1::DisableUserRequest request,
                                                                       CallContext call) {
  return SetDisabled<v1::DisableUserResponse>(std::move(request), std::move(call), true);
}

UserAdmin::Answer<v1::EnableUserResponse> LocalUserAdmin::EnableUser(v1::EnableUserRequest request, CallContext call) {
  return SetDisabled<v1::EnableUserResponse>(std::move(request), std::move(call), false);
}

UserAdmin::Answer<v1::SetUserDataResponse> LocalUserAdmin::SetUserData(v1::SetUserDataRequest request,
                                                                       CallContext call) {
  auto work = [this](const v1::SetUserDataRequest& request,
                     const Asker& asker) -> absl::StatusOr<v1::SetUserDataResponse> {
    v1::SetUserDataResponse response;
    const UserDirectory::Author author = AuthorOf(asker);
    OVERLOCK_ASSIGN_OR_RETURN(*response.mutable_user(),
                              users_.SetData(request.app_id(), request.user_id(), request.data_json(), &author));
    Note(asker, "set user data", request.app_id(), response.user().id());
    return response;
  };
  return Run<v1::SetUserDataResponse>(std::move(request), std::move(call), kWrite, work);
}

UserAdmin::Answer<v1::SetPasswordResponse> LocalUserAdmin::SetPassword(v1::SetPasswordRequest request,
                                                                       CallContext call) {
  return Counted<v1::SetPasswordRequest>(HashAndSet(std::move(request), std::move(call)));
}

UserAdmin::Answer<v1::SetPasswordResponse> LocalUserAdmin::HashAndSet(v1::SetPasswordRequest request,
                                                                      CallContext call) {
  absl::StatusOr<Asker> asker = co_await Identify(std::move(call), request.app_id(), kWrite);
  if (!asker.ok()) co_return asker.status();
  auto check = [this, request]() -> absl::Status {
    OVERLOCK_RETURN_IF_ERROR(CheckPassword(request.password()));
    OVERLOCK_ASSIGN_OR_RETURN(v1::UserRecord user, Find(request.app_id(), request.user_id()));
    if (!user.email().empty()) return absl::OkStatus();
    return Error(absl::StatusCode::kFailedPrecondition, "USER_WITHOUT_EMAIL",
                 "user_id: this user has no email, so there is nothing to log in with beside a password");
  };
  absl::Status good = co_await pool_.Run(std::move(check));
  if (!good.ok()) co_return good;
  if (request.validate_only()) co_return v1::SetPasswordResponse();
  absl::StatusOr<std::string> hash = co_await hasher_.Hash(request.password());
  if (!hash.ok()) co_return hash.status();
  auto set = [this, app_id = request.app_id(), user_id = request.user_id(), hash = *std::move(hash),
              asker = *std::move(asker)]() -> absl::StatusOr<v1::SetPasswordResponse> {
    const UserDirectory::Author author = AuthorOf(asker);
    OVERLOCK_RETURN_IF_ERROR(users_.SetPassword(app_id, user_id, hash, "", &author));
    Note(asker, "set password", app_id, user_id);
    return v1::SetPasswordResponse();
  };
  co_return co_await pool_.Run(std::move(set));
}

UserAdmin::Answer<v1::DeleteUserResponse> LocalUserAdmin::DeleteUser(v1::DeleteUserRequest request, CallContext call) {
  auto work = [this](const v1::DeleteUserRequest& request,
                     const Asker& asker) -> absl::StatusOr<v1::DeleteUserResponse> {
    if (request.validate_only()) {
      OVERLOCK_RETURN_IF_ERROR(Find(request.app_id(), request.user_id()).status());
      return v1::DeleteUserResponse();
    }
    const UserDirectory::Author author = AuthorOf(asker);
    OVERLOCK_RETURN_IF_ERROR(users_.Delete(request.app_id(), request.user_id(), &author));
    Note(asker, "delete user", request.app_id(), request.user_id());
    return v1::DeleteUserResponse();
  };
  return Run<v1::DeleteUserResponse>(std::move(request), std::move(call), kWrite, work);
}

UserAdmin::Answer<v1::ListAuditRecordsResponse> LocalUserAdmin::ListAuditRecords(v1::ListAuditRecordsRequest request,
                                                                                 CallContext call) {
  return Counted<v1::ListAuditRecordsRequest>(ReadAudit(std::move(request), std::move(call)));
}

UserAdmin::Answer<v1::ListAuditRecordsResponse> LocalUserAdmin::ReadAudit(v1::ListAuditRecordsRequest request,
                                                                          CallContext call) {
  absl::StatusOr<config::v1::Token> admin =
      co_await tokens_.Check(std::move(call), request.app_id(), config::v1::ROLE_ADMIN);
  if (!admin.ok()) co_return admin.status();
  auto read = [this, request = std::move(request)]() -> absl::StatusOr<v1::ListAuditRecordsResponse> {
    OVERLOCK_ASSIGN_OR_RETURN(storage::AuditPage page,
                              users_.ReadAudit(request.app_id(), request.page_size(), request.page_token()));
    v1::ListAuditRecordsResponse response;
    for (const storage::AuditRow& row : page.rows) *response.add_records() = ToMessage(row);
    response.set_next_page_token(page.next_page_token);
    return response;
  };
  co_return co_await pool_.Run(std::move(read));
}

}  // namespace overlock::auth
