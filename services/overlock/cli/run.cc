#include "services/overlock/cli/run.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/async/block_on.h"
#include "common/rpc/channel.h"
#include "services/auth/remote_user_admin.h"
#include "services/config/remote_app_admin.h"
#include "services/config/remote_app_registry.h"
#include "services/overlock/cli/exit_code.h"
#include "services/overlock/cli/progress.h"
#include "services/overlock/cli/questions.h"

namespace overlock::cli {
namespace {

constexpr int kPageSize = 500;

}  // namespace

Run::Run(const Globals& globals) : globals_(globals), output_(globals.json) {}

Run::~Run() = default;

void Run::UseServer(const std::string& target, const std::string& token) {
  globals_.connection.config_target = target;
  token_ = token;
}

absl::Status Run::Connect() {
  asked_auth_ = false;
  if (channel_ != nullptr) return absl::OkStatus();
  const ConnectionOptions& options = globals_.connection;
  if (!token_) {
    OVERLOCK_ASSIGN_OR_RETURN(FoundToken found, FindToken(options));
    token_ = std::move(found.token);
  }
  OVERLOCK_RETURN_IF_ERROR(rpc::CheckTlsOptions(options.tls));
  polling_ = std::make_unique<rpc::PollingThreads>(1);
  OVERLOCK_ASSIGN_OR_RETURN(channel_, rpc::MakeChannel(options.config_target, options.tls));
  admin_ = std::make_unique<config::RemoteAppAdmin>(channel_);
  registry_ = std::make_unique<config::RemoteAppRegistry>(channel_);
  return absl::OkStatus();
}

absl::Status Run::ConnectToAuth() {
  OVERLOCK_RETURN_IF_ERROR(Connect());
  asked_auth_ = true;
  if (users_ != nullptr) return absl::OkStatus();
  std::shared_ptr<grpc::Channel> channel = channel_;
  const ConnectionOptions& options = globals_.connection;
  if (!options.auth_target.empty()) {
    OVERLOCK_ASSIGN_OR_RETURN(channel, rpc::MakeChannel(options.auth_target, options.tls));
  }
  users_ = std::make_unique<auth::RemoteUserAdmin>(std::move(channel));
  return absl::OkStatus();
}

// gRPC itself says that there is no such method; what ours refuses has a reason.
absl::Status Run::FromAuth(const absl::Status& status) const {
  if (!absl::IsUnimplemented(status) || !ReasonOf(status).empty()) return status;
  return Error(absl::StatusCode::kUnavailable, "AUTH_NOT_THERE", absl::StrCat("there are no users at ", AuthTarget()));
}

const std::string& Run::AuthTarget() const {
  const ConnectionOptions& options = globals_.connection;
  return options.auth_target.empty() ? options.config_target : options.auth_target;
}

std::string Run::asked() const {
  return asked_auth_ ? absl::StrCat("the auth service at ", AuthTarget())
                     : absl::StrCat("the config service at ", globals_.connection.config_target);
}

CallContext Run::MakeCall() const {
  CallContext call;
  const int seconds = globals_.connection.timeout_seconds;
  call.deadline = absl::Now() + (seconds == 0 ? default_timeout_ : absl::Seconds(seconds));
  call.token = token_.value_or("");
  return call;
}

void Run::Wait(Task<void> task) {
  Progress progress(activity_);
  BlockOn(std::move(task));
}

absl::StatusOr<config::v1::ListAppsResponse> Run::ListApps() {
  config::v1::ListAppsRequest request;
  request.set_page_size(kPageSize);
  config::v1::ListAppsResponse all;
  do {
    OVERLOCK_ASSIGN_OR_RETURN(config::v1::ListAppsResponse page, Ask(&config::AppRegistry::ListApps, request));
    all.mutable_apps()->MergeFrom(page.apps());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return all;
}

absl::StatusOr<std::string> Run::FindApp(const std::string& wanted) {
  if (!wanted.empty()) return wanted;
  config::v1::ListAppsRequest request;
  request.set_page_size(2);
  OVERLOCK_ASSIGN_OR_RETURN(config::v1::ListAppsResponse page, Ask(&config::AppRegistry::ListApps, request));
  if (page.apps_size() == 1) return page.apps(0).app().app_id();
  if (page.apps().empty()) {
    return Error(absl::StatusCode::kNotFound, "APP_NOT_FOUND", "--app: the server has no application");
  }
  return Error(absl::StatusCode::kInvalidArgument, "APP_UNSPECIFIED",
               "--app: the server has several applications; name one of them");
}

absl::StatusOr<type::v1::AppRevision> Run::FindRevision(const std::string& wanted) {
  OVERLOCK_ASSIGN_OR_RETURN(config::v1::ListAppsResponse list, ListApps());
  std::optional<type::v1::AppRevision> found;
  for (const config::v1::AppSummary& summary : list.apps()) {
    if (!wanted.empty() && summary.app().app_id() != wanted) continue;
    if (found.has_value()) {
      return Error(absl::StatusCode::kInvalidArgument, "APP_UNSPECIFIED",
                   "--app: the server has several applications; name one of them");
    }
    found = summary.app();
  }
  if (found.has_value()) return *std::move(found);
  return Error(absl::StatusCode::kNotFound, "APP_NOT_FOUND",
               wanted.empty() ? "--app: the server has no application"
                              : absl::StrCat("--app: the server has no application '", wanted, "'"));
}

absl::Status Run::Confirm(std::string_view question) const {
  if (globals_.yes) return absl::OkStatus();
  if (!Questions::CanAsk()) return UsageError("--yes is needed where nobody can be asked whether it is meant");
  OVERLOCK_ASSIGN_OR_RETURN(bool yes, Questions::YesNo(question, false));
  return yes ? absl::OkStatus() : Cancelled("nothing was done");
}

}  // namespace overlock::cli
