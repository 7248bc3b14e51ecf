// What functions can ask of services, from the command line.
#ifndef OVERLOCK_SERVICES_EXECUTOR_SERVICE_FLAGS_H_
#define OVERLOCK_SERVICES_EXECUTOR_SERVICE_FLAGS_H_

#include <boost/asio/any_io_executor.hpp>

#include <memory>

#include "absl/status/statusor.h"
#include "services/executor/actions/service_actions.h"

namespace overlock::executor {

// All types of service, with one HTTP client on the supervisor's loop. INVALID_ARGUMENT for a flag's value that is not
// allowed.
absl::StatusOr<std::shared_ptr<ServiceActions>> MakeServiceActions(boost::asio::any_io_executor loop);

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_SERVICE_FLAGS_H_
