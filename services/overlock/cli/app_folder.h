// An exported application's folder.
#ifndef OVERLOCK_SERVICES_OVERLOCK_CLI_APP_FOLDER_H_
#define OVERLOCK_SERVICES_OVERLOCK_CLI_APP_FOLDER_H_

#include <google/protobuf/repeated_ptr_field.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "overlock/config/v1/config_service.pb.h"
#include "services/overlock/cli/progress.h"

namespace overlock::cli {

using AppFiles = google::protobuf::RepeatedPtrField<config::v1::AppFile>;

// Whether there is something in the directory.
bool IsOccupied(const std::string& directory);

// Makes the directory, which must be empty or missing: it is written beside its place and put there when it is whole.
// INVALID_ARGUMENT (`BAD_PATH`) if a file would lie elsewhere; FAILED_PRECONDITION (`FILE_UNWRITABLE`).
absl::Status WriteNewFolder(const std::string& directory, const AppFiles& files, Progress& progress);

// Writes the files into a directory that has others. Of those the ones that an import would read go, so that the folder
// is the application: `.json` and `.js` files in its own places, node_modules and hidden ones excepted; with
// `with_hosting` all of hosting/files. Returns them.
absl::StatusOr<std::vector<std::string>> OverwriteFolder(const std::string& directory, const AppFiles& files,
                                                         Progress& progress, bool with_hosting);

}  // namespace overlock::cli

#endif  // OVERLOCK_SERVICES_OVERLOCK_CLI_APP_FOLDER_H_
