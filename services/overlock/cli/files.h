// Files that a command line names.
#ifndef OVERLOCK_SERVICES_OVERLOCK_CLI_FILES_H_
#define OVERLOCK_SERVICES_OVERLOCK_CLI_FILES_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace overlock::cli {

inline constexpr size_t kInputBytesMax = 18 << 20;

// The file's content; of standard input if the path is `-`. FAILED_PRECONDITION (`FILE_UNREADABLE`), INVALID_ARGUMENT
// (`FILE_TOO_LARGE`) beyond 18 MiB.
absl::StatusOr<std::string> ReadFile(const std::string& path);

// Reads to the end of standard input.
absl::StatusOr<std::string> ReadStandardInput();

// `@FILE` stands for the file's content, `-` for standard input, everything else for itself.
absl::StatusOr<std::string> TextOrFile(const std::string& argument);

// A secret in a file: one line break at its end is not part of it.
absl::StatusOr<std::string> ReadSecretFile(const std::string& path);

// Writes a new file beside `path` and puts it in its place. FAILED_PRECONDITION (`FILE_UNWRITABLE`).
absl::Status WriteFile(const std::string& path, std::string_view content, int mode);

}  // namespace overlock::cli

#endif  // OVERLOCK_SERVICES_OVERLOCK_CLI_FILES_H_
