// Runs the author's JavaScript within limits.
#ifndef OVERLOCK_SERVICES_EXECUTOR_FUNCTION_EXECUTOR_H_
#define OVERLOCK_SERVICES_EXECUTOR_FUNCTION_EXECUTOR_H_

#include "absl/status/statusor.h"
#include "common/async/call_context.h"
#include "common/async/task.h"
#include "common/body/body.h"
#include "overlock/executor/v1/executor_service.pb.h"

namespace overlock::executor {

// Runs functions (spec sections 7 to 9). A throw, a timeout or a full heap is an answer; a Status means that there is
// none. The answer is the same in process and over gRPC. Thread-safe.
class FunctionExecutor {
 public:
  virtual ~FunctionExecutor() = default;

  // `body` is the request's; `request.body` is left empty. Errors: see protos/overlock/executor/v1.
  virtual Task<absl::StatusOr<v1::ExecuteResponse>> Execute(v1::ExecuteRequest request, Body body,
                                                            CallContext call) = 0;

  // Says which sources do not compile, without executing anything of them. Errors: as above.
  virtual Task<absl::StatusOr<v1::CompileResponse>> Compile(v1::CompileRequest request, CallContext call) = 0;

  // Reads the custom data of a user from the application's database, as the system user. Errors: as above.
  virtual Task<absl::StatusOr<v1::ReadCustomUserDataResponse>> ReadCustomUserData(v1::ReadCustomUserDataRequest request,
                                                                                  CallContext call) = 0;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_FUNCTION_EXECUTOR_H_
