// The npm packages of an application as an archive, for an export.
#ifndef OVERLOCK_SERVICES_CONFIG_DEPENDENCY_ARCHIVE_H_
#define OVERLOCK_SERVICES_CONFIG_DEPENDENCY_ARCHIVE_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace overlock::config {

// `packed` is `Application.dependencies`; the result is a gzipped tar of `node_modules/`, the same for the same
// packages. DATA_LOSS (`STORE_BROKEN`) if it is not what a DependencyPacker made.
absl::StatusOr<std::string> DependenciesToArchive(std::string_view packed);

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_DEPENDENCY_ARCHIVE_H_
