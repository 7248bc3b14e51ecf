// A mock of FunctionExecutor for the tests of its neighbours.
#ifndef OVERLOCK_SERVICES_EXECUTOR_FUNCTION_EXECUTOR_MOCK_H_
#define OVERLOCK_SERVICES_EXECUTOR_FUNCTION_EXECUTOR_MOCK_H_

#include "gmock/gmock.h"
#include "services/executor/function_executor.h"

namespace overlock::executor {

class FunctionExecutorMock : public FunctionExecutor {
 public:
  MOCK_METHOD(Task<absl::StatusOr<v1::ExecuteResponse>>, Execute,
              (v1::ExecuteRequest request, Body body, CallContext call), (override));
  MOCK_METHOD(Task<absl::StatusOr<v1::CompileResponse>>, Compile, (v1::CompileRequest request, CallContext call),
              (override));
  MOCK_METHOD(Task<absl::StatusOr<v1::ReadCustomUserDataResponse>>, ReadCustomUserData,
              (v1::ReadCustomUserDataRequest request, CallContext call), (override));
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_FUNCTION_EXECUTOR_MOCK_H_
