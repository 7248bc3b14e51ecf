// Reads users' custom data (spec sections 1.3 and 6.1).
#ifndef OVERLOCK_SERVICES_EXECUTOR_CUSTOM_USER_DATA_H_
#define OVERLOCK_SERVICES_EXECUTOR_CUSTOM_USER_DATA_H_

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/async/call_context.h"
#include "common/async/task.h"
#include "overlock/executor/v1/executor_service.pb.h"
#include "services/executor/actions/service_actions.h"
#include "services/executor/supervisor/app_code.h"

namespace overlock::executor {

// Finds a user's document in the collection that the application configures. Thread-safe.
class CustomUserDataReader {
 public:
  // `loop` is the supervisor's; it must run until the last read has ended. Without `actions` there is no service.
  CustomUserDataReader(boost::asio::any_io_executor loop, std::shared_ptr<ServiceActions> actions);

  // The document, empty if the application does not use custom data or there is none. Of several, the first that the
  // database finds. It ends by the call's deadline, and within the application's run-time limit. `user_id` is not
  // empty. UNAVAILABLE (`CUSTOM_DATA_UNAVAILABLE`), FAILED_PRECONDITION (`CUSTOM_DATA_UNUSABLE`):
  // protos/overlock/executor/v1.
  Task<absl::StatusOr<v1::ReadCustomUserDataResponse>> Read(std::shared_ptr<const AppCode> code, std::string user_id,
                                                            CallContext call) const;

 private:
  const boost::asio::any_io_executor loop_;
  const std::shared_ptr<ServiceActions> actions_;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_CUSTOM_USER_DATA_H_
