#include "services/executor/module.h"

#include <string>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "common/async/event_loops.h"
#include "common/status/status.h"
#include "common/telemetry/log.h"
#include "services/config/follower_flags.h"
#include "services/config/remote_app_admin.h"
#include "services/config/target_flag.h"
#include "services/config/token_check.h"
#include "services/config/view_follower.h"
#include "services/executor/data_flags.h"
#include "services/executor/database_flags.h"
#include "services/executor/executor_grpc.h"
#include "services/executor/local_function_executor.h"
#include "services/executor/service_flags.h"
#include "services/executor/supervisor_flags.h"

ABSL_FLAG(std::string, executor_listen, "127.0.0.1:9005", "host:port where the executor serves gRPC.");
ABSL_FLAG(std::string, executor_metrics_listen, "127.0.0.1:9105",
          "host:port where the executor serves /metrics, /healthz and /readyz.");

namespace overlock::executor {
namespace {

class ExecutorModule : public app::Module {
 public:
  ExecutorModule() { PrepareProcessForWorkers(); }
  std::string_view name() const override { return "executor"; }
  std::string listen_address() const override { return absl::GetFlag(FLAGS_executor_listen); }
  std::string metrics_address() const override { return absl::GetFlag(FLAGS_executor_metrics_listen); }

  absl::Status Start(app::Host& host) override {
    OVERLOCK_ASSIGN_OR_RETURN(SupervisorOptions options, ReadSupervisorOptions());
    log::Info("executor options", {{"worker_threads", options.worker_main != nullptr},
                                   {"worker_binary", options.worker_binary},
                                   {"workers", options.workers},
                                   {"workers_max", options.workers_max},
                                   {"app_queue_items_max", options.app_queue_items_max},
                                   {"queue_items_max", options.queue_items_max}});
    auto loop = host.loops().Get(0);
    OVERLOCK_ASSIGN_OR_RETURN(std::unique_ptr<DataSources> embedded, OpenEmbeddedSources());
    OVERLOCK_ASSIGN_OR_RETURN(std::unique_ptr<DataSources> sources,
                              MakeDataSources(loop, host.metrics(), std::move(embedded)));
    OVERLOCK_ASSIGN_OR_RETURN(std::shared_ptr<ServiceActions> actions,
                              MakeServiceActions(loop, std::move(sources), host.metrics()));
    executor_ = std::make_unique<LocalFunctionExecutor>(loop, std::move(options), host.metrics(), std::move(actions));
    OVERLOCK_RETURN_IF_ERROR(MakeGrpc(host, loop));
    auto apply = [executor = executor_.get()](const config::v1::WatchResponse& batch) { executor->Apply(batch); };
    OVERLOCK_ASSIGN_OR_RETURN(follower_,
                              config::MakeFollower(host, config::v1::VIEW_EXECUTOR, apply, remote_registry_));
    host.Provide<FunctionExecutor>(executor_.get());
    host.AddGrpcService(grpc_.get());
    host.AddReadinessCheck("executor", [executor = executor_.get()] { return executor->Ready(); });
    executor_->Start();
    follower_->Start();
    return absl::OkStatus();
  }

  void Drain(absl::Time deadline) override {
    if (executor_) executor_->Drain(deadline);
  }

  void Stop() override {
    if (follower_) follower_->Stop();
    if (executor_) executor_->Stop();
  }

 private:
  // Where config is, the other services are, too.
  absl::Status MakeGrpc(app::Host& host, const boost::asio::any_io_executor& loop) {
    const bool alone = host.Find<config::AppAdmin>() == nullptr;
    OVERLOCK_ASSIGN_OR_RETURN(
        auto* config, host.FindOrConnect<config::RemoteAppAdmin>(absl::GetFlag(FLAGS_config_target), remote_admin_));
    tokens_ = std::make_unique<config::TokenChecker>(*config);
    const auto trust = alone ? ExecutorGrpc::Trust::kServices : ExecutorGrpc::Trust::kNobody;
    grpc_ = std::make_unique<ExecutorGrpc>(*executor_, *tokens_, trust, loop);
    return absl::OkStatus();
  }

  std::unique_ptr<config::AppRegistry> remote_registry_;
  std::unique_ptr<config::AppAdmin> remote_admin_;
  std::unique_ptr<config::TokenChecker> tokens_;
  std::unique_ptr<LocalFunctionExecutor> executor_;
  std::unique_ptr<ExecutorGrpc> grpc_;
  std::unique_ptr<config::ViewFollower> follower_;
};

}  // namespace

std::unique_ptr<app::Module> MakeModule() { return std::make_unique<ExecutorModule>(); }

}  // namespace overlock::executor
