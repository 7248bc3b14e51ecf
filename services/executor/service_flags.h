// What functions can ask of services, from the command line.
#ifndef OVERLOCK_SERVICES_EXECUTOR_SERVICE_FLAGS_H_
#define OVERLOCK_SERVICES_EXECUTOR_SERVICE_FLAGS_H_

#include <boost/asio/any_io_executor.hpp>

#include <memory>

#include "absl/status/statusor.h"
#include "common/telemetry/metrics.h"
#include "services/executor/actions/service_actions.h"
#include "services/executor/data/data_sources.h"

namespace overlock::executor {

// All types of service, with one HTTP client on the supervisor's loop; those of MongoDB with `sources`, without which
// they do not exist. `metrics` must outlive them. INVALID_ARGUMENT for a flag's value that is not allowed.
absl::StatusOr<std::shared_ptr<ServiceActions>> MakeServiceActions(boost::asio::any_io_executor loop,
                                                                   std::shared_ptr<DataSources> sources,
                                                                   Metrics& metrics);

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_SERVICE_FLAGS_H_
