// The embedded database from the command line.
#ifndef OVERLOCK_SERVICES_EXECUTOR_DATABASE_FLAGS_H_
#define OVERLOCK_SERVICES_EXECUTOR_DATABASE_FLAGS_H_

#include <memory>

#include "absl/status/statusor.h"
#include "services/executor/data/data_sources.h"

namespace overlock::executor {

// The documents of services without a connection string; null if there is no embedded database. INVALID_ARGUMENT
// (`BAD_FLAG`) for a value that is not allowed; else what EmbeddedDatabase::Open() and LoadDocumentEngines() say.
absl::StatusOr<std::unique_ptr<DataSources>> OpenEmbeddedSources();

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_DATABASE_FLAGS_H_
