#include "services/overlock/cli/app_folder.h"

#include <stdlib.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/status/status.h"
#include "services/config/app_directory.h"
#include "services/overlock/cli/files.h"

namespace overlock::cli {
namespace {

namespace fs = std::filesystem;

constexpr int kFileMode = 0644;
// Where the parts of an application lie (spec section 1).
constexpr std::array<std::string_view, 13> kFolders = {
    "auth",           "auth_providers", "data_sources", "environments", "functions", "graphql", "hosting",
    "http_endpoints", "log_forwarders", "services",     "sync",         "triggers",  "values",
};
constexpr std::array<std::string_view, 5> kRootFiles = {"stitch.json", "config.json", "realm_config.json",
                                                        "root_config.json", "secrets.json"};

absl::Status Unwritable(const fs::path& path, std::string_view why) {
  return Error(absl::StatusCode::kFailedPrecondition, "FILE_UNWRITABLE", absl::StrCat(path.string(), ": ", why));
}

// A server that is not to be trusted must not write elsewhere.
absl::Status CheckPaths(const AppFiles& files) {
  for (const auto& file : files) {
    bool good = !file.path().empty() && file.path().find('\0') == std::string::npos;
    for (std::string_view part : absl::StrSplit(file.path(), '/')) {
      good = good && !part.empty() && part != "." && part != "..";
    }
    if (good) continue;
    return Error(absl::StatusCode::kInvalidArgument, "BAD_PATH",
                 absl::StrCat("the server sent a file that would lie elsewhere: '", file.path(), "'"));
  }
  return absl::OkStatus();
}

absl::Status WriteFiles(const fs::path& directory, const AppFiles& files, Progress& progress) {
  for (int i = 0; i < files.size(); ++i) {
    progress.Set(static_cast<size_t>(i), static_cast<size_t>(files.size()));
    const fs::path path = directory / files[i].path();
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (error) return Unwritable(path.parent_path(), error.message());
    OVERLOCK_RETURN_IF_ERROR(WriteFile(path.string(), files[i].content(), kFileMode));
  }
  return absl::OkStatus();
}

bool IsAppFile(const fs::path& path) { return path.extension() == ".json" || path.extension() == ".js"; }

void AddAppFiles(const fs::path& directory, const fs::path& root, std::set<std::string>& found) {
  std::error_code error;
  auto it = fs::recursive_directory_iterator(directory, error);
  for (; !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
    const std::string name = it->path().filename().string();
    std::error_code entry_error;
    if (it->is_symlink(entry_error)) continue;
    if (it->is_directory(entry_error)) {
      if (absl::StartsWith(name, ".") || name == "node_modules" || it->path() == root / config::kHostingDirectory) {
        it.disable_recursion_pending();
      }
    } else if (IsAppFile(it->path())) {
      found.insert(it->path().lexically_relative(root).generic_string());
    }
  }
}

void AddHostingFiles(const fs::path& root, std::set<std::string>& found) {
  std::error_code error;
  auto it = fs::recursive_directory_iterator(root / config::kHostingDirectory, error);
  for (; !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
    std::error_code entry_error;
    if (it->is_symlink(entry_error) || !it->is_regular_file(entry_error)) continue;
    found.insert(it->path().lexically_relative(root).generic_string());
  }
}

}  // namespace

bool IsOccupied(const std::string& directory) {
  std::error_code error;
  return fs::exists(directory, error) && !(fs::is_directory(directory, error) && fs::is_empty(directory, error));
}

absl::Status WriteNewFolder(const std::string& directory, const AppFiles& files, Progress& progress) {
  OVERLOCK_RETURN_IF_ERROR(CheckPaths(files));
  std::error_code error;
  fs::path target = fs::absolute(directory, error).lexically_normal();
  if (!target.has_filename()) target = target.parent_path();
  fs::create_directories(target.parent_path(), error);
  if (error) return Unwritable(target.parent_path(), error.message());
  std::string beside = target.string() + ".XXXXXX";
  if (mkdtemp(beside.data()) == nullptr) return Unwritable(target, std::strerror(errno));
  absl::Status status = WriteFiles(beside, files, progress);
  if (status.ok()) {
    fs::permissions(beside, fs::perms(0755), error);
    // Takes the place of an empty directory, and of nothing else.
    fs::rename(beside, target, error);
    if (error) status = Unwritable(target, error.message());
  }
  if (!status.ok()) fs::remove_all(beside, error);
  return status;
}

absl::StatusOr<std::vector<std::string>> OverwriteFolder(const std::string& directory, const AppFiles& files,
                                                         Progress& progress, bool with_hosting) {
  OVERLOCK_RETURN_IF_ERROR(CheckPaths(files));
  const fs::path root = directory;
  std::set<std::string> old;
  for (std::string_view folder : kFolders) AddAppFiles(root / folder, root, old);
  if (with_hosting) AddHostingFiles(root, old);
  std::error_code error;
  for (std::string_view name : kRootFiles) {
    if (fs::is_regular_file(root / name, error)) old.insert(std::string(name));
  }
  for (const auto& file : files) old.erase(file.path());
  OVERLOCK_RETURN_IF_ERROR(WriteFiles(root, files, progress));
  for (const std::string& path : old) {
    fs::remove(root / path, error);
    if (error) return Unwritable(root / path, error.message());
    // Folders of what is gone; those that still hold something stay.
    for (fs::path parent = (root / path).parent_path(); parent != root && fs::remove(parent, error);) {
      parent = parent.parent_path();
    }
  }
  return std::vector<std::string>(old.begin(), old.end());
}

}  // namespace overlock::cli
