// Whether sources compile, asked of the workers.
#ifndef OVERLOCK_SERVICES_EXECUTOR_SOURCE_COMPILER_H_
#define OVERLOCK_SERVICES_EXECUTOR_SOURCE_COMPILER_H_

#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/async/call_context.h"
#include "common/async/task.h"
#include "common/telemetry/metrics.h"
#include "overlock/executor/v1/executor_service.pb.h"
#include "services/executor/supervisor/supervisor.h"

namespace overlock::executor {

// To the supervisor compilations are the invocations of an application of its own, so they have their limits, their
// share of the workers and their cordon as any application has. An invocation compiles a batch of sources; where that
// comes to a limit or ends its worker, each source of the batch gets an invocation of its own, to know which it was.
// One invocation of a call runs at a time. Thread-safe.
class SourceCompiler {
 public:
  // `metrics` must outlive it.
  SourceCompiler(std::shared_ptr<Supervisor> supervisor, Metrics& metrics);

  // FunctionExecutor::Compile. It must live until the answer.
  Task<absl::StatusOr<v1::CompileResponse>> Compile(v1::CompileRequest request, CallContext call);

 private:
  using Sources = std::shared_ptr<const v1::CompileRequest>;
  struct Outcome {
    v1::CompileResponse compiled;
    // The limit that was reached first, for people; nothing is known of the sources then. Empty if there was none.
    std::string_view limit;
  };
  // In one invocation.
  Task<absl::StatusOr<Outcome>> CompileTogether(Sources sources, CallContext call);
  // In an invocation each. `given_up` counts, in the whole call, the sources that came to a limit.
  Task<absl::StatusOr<v1::CompileResponse>> CompileApart(Sources sources, CallContext call,
                                                         std::shared_ptr<int> given_up);
  void Count(const v1::CompileResponse& response, int sources);

  const std::shared_ptr<Supervisor> supervisor_;
  const std::shared_ptr<const AppCode> app_;
  Counter& good_;
  Counter& syntax_errors_;
  Counter& limits_;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_SOURCE_COMPILER_H_
