#include "services/authz/module.h"

#include <string>
#include <utility>

#include "absl/flags/flag.h"
#include "common/async/event_loops.h"
#include "common/status/status.h"
#include "services/authz/authz_grpc.h"
#include "services/authz/local_authorizer.h"
#include "services/config/follower_flags.h"
#include "services/config/remote_app_admin.h"
#include "services/config/target_flag.h"
#include "services/config/token_check.h"
#include "services/config/view_follower.h"
#include "services/executor/remote_function_executor.h"
#include "services/executor/target_flag.h"

ABSL_FLAG(std::string, authz_listen, "127.0.0.1:9004", "host:port where authz serves gRPC.");
ABSL_FLAG(std::string, authz_metrics_listen, "127.0.0.1:9104",
          "host:port where authz serves /metrics, /healthz and /readyz.");

namespace overlock::authz {
namespace {

class AuthzModule : public app::Module {
 public:
  std::string_view name() const override { return "authz"; }
  std::string listen_address() const override { return absl::GetFlag(FLAGS_authz_listen); }
  std::string metrics_address() const override { return absl::GetFlag(FLAGS_authz_metrics_listen); }

  absl::Status Start(app::Host& host) override {
    OVERLOCK_ASSIGN_OR_RETURN(auto* executor, host.FindOrConnect<executor::RemoteFunctionExecutor>(
                                                  absl::GetFlag(FLAGS_executor_target), remote_executor_));
    OVERLOCK_ASSIGN_OR_RETURN(
        auto* config, host.FindOrConnect<config::RemoteAppAdmin>(absl::GetFlag(FLAGS_config_target), remote_admin_));
    tokens_ = std::make_unique<config::TokenChecker>(*config);
    authorizer_ = std::make_unique<LocalAuthorizer>(*executor, *tokens_, host.metrics());
    grpc_ = std::make_unique<AuthzGrpc>(*authorizer_, host.loops());
    auto apply = [authorizer = authorizer_.get()](const config::v1::WatchResponse& batch) { authorizer->Apply(batch); };
    OVERLOCK_ASSIGN_OR_RETURN(follower_, config::MakeFollower(host, config::v1::VIEW_AUTHZ, apply, remote_registry_));
    host.Provide<Authorizer>(authorizer_.get());
    host.AddGrpcService(grpc_.get());
    follower_->Start();
    return absl::OkStatus();
  }

  void Stop() override {
    if (follower_) follower_->Stop();
  }

 private:
  std::unique_ptr<config::AppRegistry> remote_registry_;
  std::unique_ptr<executor::FunctionExecutor> remote_executor_;
  std::unique_ptr<config::AppAdmin> remote_admin_;
  std::unique_ptr<config::TokenChecker> tokens_;
  std::unique_ptr<LocalAuthorizer> authorizer_;
  std::unique_ptr<AuthzGrpc> grpc_;
  std::unique_ptr<config::ViewFollower> follower_;
};

}  // namespace

std::unique_ptr<app::Module> MakeModule() { return std::make_unique<AuthzModule>(); }

}  // namespace overlock::authz
