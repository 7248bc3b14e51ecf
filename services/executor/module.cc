#include "services/executor/module.h"

#include <unistd.h>

#include <algorithm>
#include <string>
#include <thread>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "common/async/event_loops.h"
#include "common/status/status.h"
#include "common/telemetry/log.h"
#include "services/config/remote_app_registry.h"
#include "services/config/target_flag.h"
#include "services/config/view_follower.h"
#include "services/executor/executor_grpc.h"
#include "services/executor/local_function_executor.h"

ABSL_FLAG(std::string, executor_listen, "127.0.0.1:9005", "host:port where the executor serves gRPC.");
ABSL_FLAG(std::string, executor_metrics_listen, "127.0.0.1:9105",
          "host:port where the executor serves /metrics, /healthz and /readyz.");
ABSL_FLAG(std::string, executor_worker_binary, "",
          "The program of the worker processes; empty for overlock-worker beside this program.");
ABSL_FLAG(int, executor_workers, 0, "Worker processes in service when nothing is busy; 0 for one a processor.");
ABSL_FLAG(int, executor_workers_max, 0,
          "Worker processes at most, spare ones included; 0 for four a processor, at least 8.");
ABSL_FLAG(int, executor_app_queue_max, 1'000, "Invocations of one application that may wait for a worker.");
ABSL_FLAG(int, executor_queue_max, 10'000, "Invocations of all applications that may wait for a worker.");

namespace overlock::executor {
namespace {

absl::StatusOr<SupervisorOptions> ReadOptions() {
  SupervisorOptions options;
  const int processors = std::max(static_cast<int>(std::thread::hardware_concurrency()), 1);
  options.worker_binary = absl::GetFlag(FLAGS_executor_worker_binary);
  if (options.worker_binary.empty()) options.worker_binary = BesideThisProgram("overlock-worker");
  if (access(options.worker_binary.c_str(), X_OK) != 0) {
    return Error(absl::StatusCode::kFailedPrecondition, "WORKER_BINARY_MISSING",
                 absl::StrCat("executor_worker_binary: there is no program ", options.worker_binary));
  }
  options.workers = absl::GetFlag(FLAGS_executor_workers);
  if (options.workers == 0) options.workers = processors;
  options.workers_max = absl::GetFlag(FLAGS_executor_workers_max);
  if (options.workers_max == 0) options.workers_max = std::max({8, 4 * processors, 2 * options.workers});
  options.app_queue_items_max = absl::GetFlag(FLAGS_executor_app_queue_max);
  options.queue_items_max = absl::GetFlag(FLAGS_executor_queue_max);
  if (options.workers < 1 || options.workers > 1'024) {
    return Error(absl::StatusCode::kInvalidArgument, "BAD_FLAG",
                 absl::StrCat("--executor_workers: ", options.workers, ", allowed: 0 to 1024"));
  }
  if (options.workers_max <= options.workers || options.workers_max > 4'096) {
    return Error(absl::StatusCode::kInvalidArgument, "BAD_FLAG",
                 absl::StrCat("--executor_workers_max: ", options.workers_max, ", allowed: ", options.workers + 1,
                              " (one more than --executor_workers) to 4096"));
  }
  if (options.app_queue_items_max < 0 || options.queue_items_max < 0) {
    return Error(absl::StatusCode::kInvalidArgument, "BAD_FLAG",
                 "--executor_app_queue_max, --executor_queue_max: allowed: 0 and more");
  }
  return options;
}

class ExecutorModule : public app::Module {
 public:
  std::string_view name() const override { return "executor"; }
  std::string listen_address() const override { return absl::GetFlag(FLAGS_executor_listen); }
  std::string metrics_address() const override { return absl::GetFlag(FLAGS_executor_metrics_listen); }

  absl::Status Start(app::Host& host) override {
    OVERLOCK_ASSIGN_OR_RETURN(SupervisorOptions options, ReadOptions());
    log::Info("executor options", {{"worker_binary", options.worker_binary},
                                   {"workers", options.workers},
                                   {"workers_max", options.workers_max},
                                   {"app_queue_items_max", options.app_queue_items_max},
                                   {"queue_items_max", options.queue_items_max}});
    OVERLOCK_ASSIGN_OR_RETURN(auto* registry, host.FindOrConnect<config::RemoteAppRegistry>(
                                                  absl::GetFlag(FLAGS_config_target), remote_registry_));
    auto loop = host.loops().Get(0);
    executor_ = std::make_unique<LocalFunctionExecutor>(loop, std::move(options), host.metrics());
    grpc_ = std::make_unique<ExecutorGrpc>(*executor_, loop);
    follower_ = std::make_unique<config::ViewFollower>(
        *registry, config::v1::VIEW_EXECUTOR, loop,
        [executor = executor_.get()](const config::v1::WatchResponse& batch) { executor->Apply(batch); });
    host.Provide<FunctionExecutor>(executor_.get());
    host.AddGrpcService(grpc_.get());
    host.AddReadinessCheck("executor", [executor = executor_.get(), follower = follower_.get()] {
      absl::Status loaded = follower->Ready();
      return loaded.ok() ? executor->Ready() : loaded;
    });
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
  std::unique_ptr<config::AppRegistry> remote_registry_;
  std::unique_ptr<LocalFunctionExecutor> executor_;
  std::unique_ptr<ExecutorGrpc> grpc_;
  std::unique_ptr<config::ViewFollower> follower_;
};

}  // namespace

std::unique_ptr<app::Module> MakeModule() { return std::make_unique<ExecutorModule>(); }

}  // namespace overlock::executor
