// Running npm.
#ifndef OVERLOCK_SERVICES_CONFIG_NPM_H_
#define OVERLOCK_SERVICES_CONFIG_NPM_H_

#include <filesystem>
#include <utility>

#include "absl/status/statusor.h"

namespace overlock::config {

// What npm installed for a package.json, in a temporary directory that goes with this object.
class NpmInstallation {
 public:
  // Copies `package.json` and, if there, `package-lock.json` and `.npmrc` of `directory`, and installs what they name
  // without running any package's scripts. Blocks, at most 5 minutes. FAILED_PRECONDITION (`NPM_FAILED`) with the last
  // of what npm said.
  static absl::StatusOr<NpmInstallation> Make(const std::filesystem::path& directory);
  ~NpmInstallation();
  NpmInstallation(NpmInstallation&& other) noexcept : root_(std::exchange(other.root_, {})) {}
  NpmInstallation& operator=(NpmInstallation&&) = delete;

  // Made even if it is empty.
  std::filesystem::path node_modules() const { return root_ / "node_modules"; }

 private:
  explicit NpmInstallation(std::filesystem::path root) : root_(std::move(root)) {}
  std::filesystem::path root_;
};

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_NPM_H_
