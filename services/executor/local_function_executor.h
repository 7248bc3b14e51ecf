// The executor's logic.
#ifndef OVERLOCK_SERVICES_EXECUTOR_LOCAL_FUNCTION_EXECUTOR_H_
#define OVERLOCK_SERVICES_EXECUTOR_LOCAL_FUNCTION_EXECUTOR_H_

#include <boost/asio/any_io_executor.hpp>

#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/snapshot/versioned_apps.h"
#include "common/telemetry/metrics.h"
#include "overlock/config/v1/config_service.pb.h"
#include "services/executor/custom_user_data.h"
#include "services/executor/function_executor.h"
#include "services/executor/source_compiler.h"
#include "services/executor/supervisor/app_code.h"
#include "services/executor/supervisor/supervisor.h"

namespace overlock::executor {

// Runs functions in worker processes that a supervisor on one event loop looks after. Execute(), Compile() and
// ReadCustomUserData() may be called on any loop; on the supervisor's own they cost no hop between threads.
class LocalFunctionExecutor : public FunctionExecutor {
 public:
  // `metrics` must outlive it. The loop of `executor` must run until Stop() has returned.
  // `actions` does what functions ask of services; without it they have none. Rules run their functions here.
  LocalFunctionExecutor(boost::asio::any_io_executor executor, SupervisorOptions options, Metrics& metrics,
                        std::shared_ptr<ServiceActions> actions = nullptr);
  // Calls Stop().
  ~LocalFunctionExecutor() override;

  // Starts the workers.
  void Start();

  // Applies one complete change of VIEW_EXECUTOR. One at a time.
  void Apply(const config::v1::WatchResponse& batch);

  Task<absl::StatusOr<v1::ExecuteResponse>> Execute(v1::ExecuteRequest request, Body body, CallContext call) override;
  Task<absl::StatusOr<v1::CompileResponse>> Compile(v1::CompileRequest request, CallContext call) override;
  Task<absl::StatusOr<v1::ReadCustomUserDataResponse>> ReadCustomUserData(v1::ReadCustomUserDataRequest request,
                                                                          CallContext call) override;

  // OK when a worker can take work; UNAVAILABLE (`NO_WORKER`) otherwise. For readiness.
  absl::Status Ready() const;
  // Waits, until the deadline, for what is under way. Not on a loop.
  void Drain(absl::Time deadline);
  // Answers what is left with failures, kills and reaps the workers. Not on the supervisor's loop.
  void Stop();

  Supervisor& supervisor_for_testing() { return *supervisor_; }

 private:
  const boost::asio::any_io_executor executor_;
  const std::shared_ptr<Supervisor> supervisor_;
  SourceCompiler compiler_;
  const CustomUserDataReader custom_user_data_;
  VersionedApps<AppCode> apps_;
  bool stopped_ = false;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_LOCAL_FUNCTION_EXECUTOR_H_
