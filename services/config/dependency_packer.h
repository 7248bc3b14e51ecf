// The npm packages of an application in the form in which they are stored.
#ifndef OVERLOCK_SERVICES_CONFIG_DEPENDENCY_PACKER_H_
#define OVERLOCK_SERVICES_CONFIG_DEPENDENCY_PACKER_H_

#include <map>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "overlock/config/v1/application.pb.h"

namespace overlock::config {

// Limits of an application's packages: of all that require() reads, and of what is stored (spec section 9.7).
inline constexpr size_t kDependencyFilesMax = 20'000;
inline constexpr size_t kDependencyBytesMax = 64 * 1024 * 1024;
inline constexpr size_t kPackedDependencyBytesMax = 10 * 1024 * 1024;
inline constexpr size_t kDependencyPathBytesMax = 512;

// Gathers files, and packs those that require() reads: `.js`, `.cjs`, `.json`, and files without an extension. The same
// files give the same bytes, in whatever order they come.
class DependencyPacker {
 public:
  // Whether a file of that path would be kept; if not, its content need not be read.
  static bool Wants(std::string_view path);

  // `path` is relative to `node_modules`, separated by `/`. INVALID_ARGUMENT: `BAD_PATH` for a path that is absolute,
  // too long, or has `.`, `..` or a control character in it; `TOO_MANY_FILES`, `FILE_TOO_LARGE` beyond the limits.
  absl::Status Add(std::string_view path, std::string content);

  bool empty() const { return files_.empty(); }
  // INVALID_ARGUMENT (`FILE_TOO_LARGE`) if it is larger than may be stored.
  absl::StatusOr<std::string> Pack() const;

 private:
  std::map<std::string, std::string, std::less<>> files_;
  size_t bytes_ = 0;
};

// The files in `packed`. INVALID_ARGUMENT (`FILE_TOO_LARGE`, `BAD_DEPENDENCIES`).
absl::StatusOr<v1::DependencyFiles> UnpackDependencies(std::string_view packed);

// Whether `packed` is what a DependencyPacker makes, within the limits; it may come from anywhere. INVALID_ARGUMENT
// with a packer's reasons, or `BAD_DEPENDENCIES`.
absl::Status CheckDependencies(std::string_view packed);

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_DEPENDENCY_PACKER_H_
