#include "services/config/access_control.h"

#include <fcntl.h>
#include <google/protobuf/util/time_util.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/async/service_identity.h"
#include "common/status/status.h"
#include "common/telemetry/log.h"
#include "services/config/token_check.h"

namespace overlock::config {
namespace {

using google::protobuf::util::TimeUtil;

absl::Status Unauthenticated(std::string_view reason, std::string_view message) {
  return Error(absl::StatusCode::kUnauthenticated, reason, message);
}

// Fails where a file of that name is there: somebody may rely on what it holds.
absl::Status WriteNewFile(const std::string& path, const std::string& content) {
  int descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  bool written = descriptor >= 0 &&
                 write(descriptor, content.data(), content.size()) == static_cast<ssize_t>(content.size()) &&
                 fsync(descriptor) == 0;
  int error = errno;
  if (descriptor >= 0) close(descriptor);
  if (written) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, "TOKEN_FILE_UNWRITABLE",
               absl::StrCat("cannot write the first admin token to ", path, ": ", std::strerror(error)));
}

}  // namespace

absl::Status Actor::Check(v1::Role role, std::string_view app_id) const { return CheckRights(token, role, app_id); }

bool Actor::MaySee(std::string_view app_id) const { return MaySeeApp(token, app_id); }

AuditEntry Actor::Audit(std::string action, std::string app_id, std::string subject, std::string note) const {
  return {token.name(), peer, std::move(action), std::move(app_id), std::move(subject), std::move(note)};
}

absl::StatusOr<Actor> AccessControl::Identify(const CallContext& call) {
  Actor actor;
  if (call.caller == nullptr) {
    actor.token = ProcessToken();
    return actor;
  }
  actor.peer = call.caller->address;
  if (call.caller->token.empty()) return TokenMissing();
  OVERLOCK_ASSIGN_OR_RETURN(std::optional<v1::Token> token, tokens_->Find(call.caller->token));
  if (!token) return Unauthenticated("TOKEN_INVALID", "authorization: this token is not known here");
  if (token->has_expire_time() &&
      TimeUtil::TimestampToMilliseconds(token->expire_time()) <= absl::ToUnixMillis(clock_.Now())) {
    return Unauthenticated("TOKEN_EXPIRED", absl::StrCat("authorization: the token '", token->name(), "' has expired"));
  }
  actor.token = *std::move(token);
  return actor;
}

absl::Status AccessControl::Bootstrap(const std::string& path) {
  OVERLOCK_ASSIGN_OR_RETURN(std::vector<v1::Token> tokens, tokens_->List());
  if (!tokens.empty()) return absl::OkStatus();
  v1::Token token;
  token.set_name("admin");
  token.set_role(v1::ROLE_ADMIN);
  token.set_created_by("process");
  *token.mutable_create_time() = TimeUtil::MillisecondsToTimestamp(absl::ToUnixMillis(clock_.Now()));
  // One that a server wrote whose database is gone.
  unlink(path.c_str());
  std::string secret = TokenStore::NewSecret();
  OVERLOCK_RETURN_IF_ERROR(WriteNewFile(path, secret + "\n"));
  AuditEntry audit{"process", "", "create token", "", "token admin", ""};
  absl::Status inserted = tokens_->Insert(token, secret, audit, clock_.Now());
  // Another replica was faster: its file has the token.
  if (inserted.code() == absl::StatusCode::kAlreadyExists) {
    unlink(path.c_str());
    return absl::OkStatus();
  }
  OVERLOCK_RETURN_IF_ERROR(inserted);
  log::Info("made the first admin token", {{"file", path}});
  return absl::OkStatus();
}

absl::Status CheckService(const CallContext& call, std::string_view service) {
  if (call.caller == nullptr || !call.caller->tls || IsService(*call.caller, service)) return absl::OkStatus();
  return Error(absl::StatusCode::kPermissionDenied, "NOT_A_SERVICE",
               absl::StrCat("the caller's certificate does not name '", service,
                            "', whose view it asks for: a DNS name of its subjectAltName must be that, or begin with "
                            "it and a dot"));
}

}  // namespace overlock::config
