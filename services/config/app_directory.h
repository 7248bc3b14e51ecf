// Reads an exported application from a directory.
#ifndef OVERLOCK_SERVICES_CONFIG_APP_DIRECTORY_H_
#define OVERLOCK_SERVICES_CONFIG_APP_DIRECTORY_H_

#include <string>

#include "absl/status/statusor.h"
#include "overlock/config/v1/config_service.pb.h"

namespace overlock::config {

// Limits of an import (config_service.proto says them too).
inline constexpr size_t kImportFilesMax = 10'000;
inline constexpr size_t kImportBytesMax = 16 * 1024 * 1024;
inline constexpr size_t kImportFileBytesMax = 4 * 1024 * 1024;
inline constexpr size_t kImportPathBytesMax = 1024;
// With the packages: a gRPC message carries 20 MiB.
inline constexpr size_t kImportMessageBytesMax = 19 * 1024 * 1024;
// The files of a web site. Overlock keeps them and does not serve them. An import that brings none leaves those that
// there are; one that brings an empty file of this name, the folder itself, has all that there are to be.
inline constexpr char kHostingDirectory[] = "hosting/files";
inline constexpr size_t kHostingFilesMax = 1'000;
inline constexpr size_t kHostingBytesMax = 8 * 1024 * 1024;

struct ReadAppOptions {
  // Read `hosting/files`, every file that is no symbolic link.
  bool include_hosting = false;
};

// Reads the application that `directory` belongs to. Its root is the nearest directory, from `directory` at most 8
// levels upwards, that holds `stitch.json`, `realm_config.json` or a `config.json` that is an application's and not
// that of a function, service or webhook (spec section 1.1). `.json` and `.js` files are read, in the order of their
// paths; `node_modules`, hidden directories, `hosting/files` and symbolic links are left out, but see ReadAppOptions.
//
// Errors: NOT_FOUND (`APP_ROOT_NOT_FOUND`) without a root; FAILED_PRECONDITION (`FILE_UNREADABLE`);
// INVALID_ARGUMENT (`TOO_MANY_FILES`, `FILE_TOO_LARGE`) beyond the limits; those of ReadDependencies(), which finds the
// npm packages in `functions`. Blocks.
absl::StatusOr<v1::ImportAppRequest> ReadAppDirectory(const std::string& directory, const ReadAppOptions& options = {});

// How many files lie in `hosting/files` of the application that `directory` belongs to; 0 without an application.
// Counts to one beyond kHostingFilesMax.
size_t CountHostingFiles(const std::string& directory);

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_APP_DIRECTORY_H_
