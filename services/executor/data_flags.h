// Where functions find their documents, from the command line.
#ifndef OVERLOCK_SERVICES_EXECUTOR_DATA_FLAGS_H_
#define OVERLOCK_SERVICES_EXECUTOR_DATA_FLAGS_H_

#include <boost/asio/any_io_executor.hpp>

#include <memory>

#include "absl/status/statusor.h"
#include "common/telemetry/metrics.h"
#include "services/executor/data/data_sources.h"

namespace overlock::executor {

// The MongoDBs that flags, environment and files name; a service for which there is none has what `otherwise` finds,
// which may be null. Used on `loop`. INVALID_ARGUMENT (`BAD_FLAG`, `PASSWORD_IN_FLAG`) or FAILED_PRECONDITION
// (`MONGODB_URI_UNREADABLE`) for what cannot be used; no message holds any of a connection string.
absl::StatusOr<std::unique_ptr<DataSources>> MakeDataSources(boost::asio::any_io_executor loop, Metrics& metrics,
                                                             std::unique_ptr<DataSources> otherwise);

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_DATA_FLAGS_H_
