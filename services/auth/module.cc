#include "services/auth/module.h"

#include <string>
#include <utility>

#include "absl/flags/flag.h"
#include "common/async/event_loops.h"
#include "common/status/status.h"
#include "services/auth/auth_grpc.h"
#include "services/auth/local_authenticator.h"
#include "services/auth/local_user_admin.h"
#include "services/auth/user_admin_grpc.h"
#include "services/auth/user_flags.h"
#include "services/auth/user_parts.h"
#include "services/config/follower_flags.h"
#include "services/config/remote_app_admin.h"
#include "services/config/target_flag.h"
#include "services/config/token_check.h"
#include "services/config/view_follower.h"
#include "services/executor/remote_function_executor.h"
#include "services/executor/target_flag.h"

ABSL_FLAG(std::string, auth_listen, "127.0.0.1:9003", "host:port where auth serves gRPC.");
ABSL_FLAG(std::string, auth_metrics_listen, "127.0.0.1:9103",
          "host:port where auth serves /metrics, /healthz and /readyz.");

namespace overlock::auth {
namespace {

class AuthModule : public app::Module {
 public:
  std::string_view name() const override { return "auth"; }
  std::string listen_address() const override { return absl::GetFlag(FLAGS_auth_listen); }
  std::string metrics_address() const override { return absl::GetFlag(FLAGS_auth_metrics_listen); }

  absl::Status Migrate() override {
    OVERLOCK_ASSIGN_OR_RETURN(UserParts::Options options, UserOptionsFromFlags());
    return UserParts::Migrate(options);
  }

  absl::Status Start(app::Host& host) override {
    OVERLOCK_ASSIGN_OR_RETURN(auto* executor, host.FindOrConnect<executor::RemoteFunctionExecutor>(
                                                  absl::GetFlag(FLAGS_executor_target), remote_executor_));
    OVERLOCK_ASSIGN_OR_RETURN(UserParts::Options user_options, UserOptionsFromFlags());
    OVERLOCK_ASSIGN_OR_RETURN(users_, UserParts::Open(std::move(user_options), host.loops().Next(), host.metrics()));
    authenticator_ = std::make_unique<LocalAuthenticator>(*executor, users_->store(), host.metrics());
    grpc_ = std::make_unique<AuthGrpc>(*authenticator_, host.loops());
    auto apply = [authenticator = authenticator_.get()](const config::v1::WatchResponse& batch) {
      authenticator->Apply(batch);
    };
    OVERLOCK_ASSIGN_OR_RETURN(follower_, config::MakeFollower(host, config::v1::VIEW_AUTH, apply, remote_registry_));
    host.Provide<Authenticator>(authenticator_.get());
    host.AddGrpcService(grpc_.get());
    OVERLOCK_ASSIGN_OR_RETURN(
        auto* config, host.FindOrConnect<config::RemoteAppAdmin>(absl::GetFlag(FLAGS_config_target), remote_admin_));
    tokens_ = std::make_unique<config::TokenChecker>(*config);
    admin_ = std::make_unique<LocalUserAdmin>(users_->directory(), users_->hasher(), *tokens_, users_->pool(),
                                              host.metrics());
    admin_grpc_ = std::make_unique<UserAdminGrpc>(*admin_, host.loops());
    host.AddGrpcService(admin_grpc_.get());
    follower_->Start();
    return absl::OkStatus();
  }

  void Stop() override {
    if (follower_) follower_->Stop();
  }

 private:
  std::unique_ptr<UserParts> users_;
  std::unique_ptr<config::AppRegistry> remote_registry_;
  std::unique_ptr<executor::FunctionExecutor> remote_executor_;
  std::unique_ptr<LocalAuthenticator> authenticator_;
  std::unique_ptr<AuthGrpc> grpc_;
  std::unique_ptr<config::AppAdmin> remote_admin_;
  std::unique_ptr<config::TokenChecker> tokens_;
  std::unique_ptr<UserAdmin> admin_;
  std::unique_ptr<UserAdminGrpc> admin_grpc_;
  std::unique_ptr<config::ViewFollower> follower_;
};

}  // namespace

std::unique_ptr<app::Module> MakeModule() { return std::make_unique<AuthModule>(); }

}  // namespace overlock::auth
