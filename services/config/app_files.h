// The files of an application as a tree.
#ifndef OVERLOCK_SERVICES_CONFIG_APP_FILES_H_
#define OVERLOCK_SERVICES_CONFIG_APP_FILES_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "overlock/config/v1/config_service.pb.h"

namespace overlock::config {

// Looks into the files of an ImportAppRequest, which must outlive it.
class AppFiles {
 public:
  // INVALID_ARGUMENT with the reasons that ImportApp documents.
  static absl::StatusOr<AppFiles> FromRequest(const v1::ImportAppRequest& request);

  // The files of a map, which must outlive it; their limits are not checked.
  static AppFiles FromMap(const std::map<std::string, std::string>& files);

  // The content of a file; null if there is none.
  const std::string* Find(std::string_view path) const;
  bool Has(std::string_view path) const { return Find(path) != nullptr; }
  // The paths of all files whose paths begin with `prefix`, sorted.
  std::vector<std::string> Paths(std::string_view prefix) const;
  // The names of the directories in `directory`, sorted. `directory` ends with `/`.
  std::vector<std::string> Directories(std::string_view directory) const;
  // The paths of the files in `directory`, not below, whose names end in `.json`, sorted.
  std::vector<std::string> JsonFiles(std::string_view directory) const;

 private:
  std::map<std::string, const std::string*, std::less<>> files_;
};

}  // namespace overlock::config

#endif  // OVERLOCK_SERVICES_CONFIG_APP_FILES_H_
