// Finds an application's npm packages on disk.
#ifndef OVERLOCK_SERVICES_CONFIG_DEPENDENCY_READER_H_
#define OVERLOCK_SERVICES_CONFIG_DEPENDENCY_READER_H_

#include <filesystem>
#include <string>

#include "absl/status/statusor.h"

namespace overlock::config {

// The packages that the functions of `functions_directory` can require(), packed (Application.dependencies); empty if
// there are none. They come from the first of these that is there:
//
// - `node_modules.tar`, `.tar.gz`, `.tgz` or `.zip`, at most 10 MiB, with the packages in a directory `node_modules` or
//   at the top (spec section 1.1);
// - `package.json`: npm installs what it names, with the versions of `package-lock.json` if that is there too, in a
//   directory of its own; install scripts do not run;
// - the directory `node_modules`.
//
// Links and special files are left out, and what require() does not read. Blocks, for npm at most 5 minutes.
// Errors: those of DependencyPacker; INVALID_ARGUMENT (`BAD_ARCHIVE`), FAILED_PRECONDITION (`FILE_UNREADABLE`,
// `NPM_FAILED`, with npm's last words).
absl::StatusOr<std::string> ReadDependencies(const std::filesystem::path& functions_directory);

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_DEPENDENCY_READER_H_
