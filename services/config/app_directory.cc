#include "services/config/app_directory.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "services/config/dependency_reader.h"
#include "services/config/json_document.h"

namespace overlock::config {
namespace {

namespace fs = std::filesystem;

constexpr int kLevelsMax = 8;

absl::Status Unreadable(const fs::path& path, std::string_view why) {
  return Error(absl::StatusCode::kFailedPrecondition, "FILE_UNREADABLE", absl::StrCat(path.string(), ": ", why));
}

absl::StatusOr<std::string> ReadFile(const fs::path& path) {
  std::error_code error;
  uintmax_t size = fs::file_size(path, error);
  if (error) return Unreadable(path, error.message());
  if (size > kImportFileBytesMax) {
    return Error(absl::StatusCode::kInvalidArgument, "FILE_TOO_LARGE",
                 absl::StrCat(path.string(), ": has ", size, " bytes; at most ", kImportFileBytesMax));
  }
  std::ifstream stream(path, std::ios::binary);
  std::string content(size, '\0');
  if (!stream.read(content.data(), static_cast<std::streamsize>(size))) return Unreadable(path, "cannot be read");
  return content;
}

bool IsFile(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

// A `config.json` may also be that of a function, a service or a webhook, which have none of these.
bool IsRootConfig(const fs::path& directory) {
  if (!IsFile(directory / "config.json")) return false;
  if (absl::StatusOr<std::string> content = ReadFile(directory / "config.json"); content.ok()) {
    absl::StatusOr<JsonDocument> document = ParseJson(*content);
    if (document.ok() &&
        (document->root.Find("app_id") != nullptr || document->root.Find("config_version") != nullptr)) {
      return true;
    }
  }
  for (const char* part : {"services", "functions", "values", "auth_providers"}) {
    std::error_code error;
    if (fs::is_directory(directory / part, error)) return true;
  }
  return false;
}

bool IsRoot(const fs::path& directory) {
  return IsFile(directory / "stitch.json") || IsFile(directory / "realm_config.json") ||
         IsFile(directory / "root_config.json") || IsRootConfig(directory);
}

std::optional<fs::path> FindRoot(fs::path directory) {
  for (int level = 0; level <= kLevelsMax; ++level) {
    if (IsRoot(directory)) return directory;
    if (!directory.has_relative_path()) break;
    directory = directory.parent_path();
  }
  return std::nullopt;
}

bool IsSkippedDirectory(const fs::path& path, const fs::path& root) {
  std::string name = path.filename().string();
  return absl::StartsWith(name, ".") || name == "node_modules" || path == root / kHostingDirectory;
}

// The files to read, sorted by path, so that the same directory always gives the same request.
absl::StatusOr<std::vector<fs::path>> ListFiles(const fs::path& root) {
  std::vector<fs::path> paths;
  std::error_code error;
  auto it = fs::recursive_directory_iterator(root, error);
  for (; !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
    std::error_code entry_error;
    if (it->is_symlink(entry_error)) continue;
    if (it->is_directory(entry_error)) {
      if (IsSkippedDirectory(it->path(), root)) it.disable_recursion_pending();
      continue;
    }
    std::string extension = it->path().extension().string();
    if ((extension == ".json" || extension == ".js") && it->is_regular_file(entry_error)) paths.push_back(it->path());
    if (paths.size() > kImportFilesMax) {
      return Error(absl::StatusCode::kInvalidArgument, "TOO_MANY_FILES",
                   absl::StrCat(root.string(), ": more than ", kImportFilesMax, " files"));
    }
  }
  if (error) return Unreadable(root, error.message());
  std::sort(paths.begin(), paths.end());
  return paths;
}

// All files of the web site but symbolic links, sorted by path; at most one more than allowed.
absl::StatusOr<std::vector<fs::path>> ListHostingFiles(const fs::path& root) {
  std::vector<fs::path> paths;
  const fs::path directory = root / kHostingDirectory;
  std::error_code error;
  if (fs::is_symlink(directory, error)) return Unreadable(directory, "is a symbolic link");
  if (!fs::is_directory(directory, error)) return paths;
  auto it = fs::recursive_directory_iterator(directory, error);
  for (; !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
    std::error_code entry_error;
    if (!it->is_symlink(entry_error) && it->is_regular_file(entry_error)) paths.push_back(it->path());
    if (paths.size() > kHostingFilesMax) break;
  }
  if (error) return Unreadable(directory, error.message());
  std::sort(paths.begin(), paths.end());
  return paths;
}

// Reads files into the request; `bytes` counts those of all.
absl::Status AddFiles(const fs::path& root, const std::vector<fs::path>& paths, size_t& bytes,
                      v1::ImportAppRequest& request) {
  for (const fs::path& path : paths) {
    OVERLOCK_ASSIGN_OR_RETURN(std::string content, ReadFile(path));
    bytes += content.size();
    if (bytes > kImportBytesMax) {
      return Error(absl::StatusCode::kInvalidArgument, "FILE_TOO_LARGE",
                   absl::StrCat(root.string(), ": the files have more than ", kImportBytesMax, " bytes together"));
    }
    v1::AppFile* file = request.add_files();
    file->set_path(path.lexically_relative(root).generic_string());
    file->set_content(std::move(content));
  }
  return absl::OkStatus();
}

absl::Status AddHosting(const fs::path& root, size_t& bytes, v1::ImportAppRequest& request) {
  request.add_files()->set_path(kHostingDirectory);
  OVERLOCK_ASSIGN_OR_RETURN(std::vector<fs::path> paths, ListHostingFiles(root));
  const std::string where = (root / kHostingDirectory).string();
  if (paths.size() > kHostingFilesMax) {
    return Error(absl::StatusCode::kInvalidArgument, "TOO_MANY_FILES",
                 absl::StrCat(where, ": more than ", kHostingFilesMax, " files; import without hosting"));
  }
  size_t hosting_bytes = 0;
  for (const fs::path& path : paths) {
    std::error_code error;
    hosting_bytes += fs::file_size(path, error);
    if (error) return Unreadable(path, error.message());
    if (hosting_bytes > kHostingBytesMax) {
      return Error(absl::StatusCode::kInvalidArgument, "FILE_TOO_LARGE",
                   absl::StrCat(where, ": more than ", kHostingBytesMax, " bytes together; import without hosting"));
    }
  }
  return AddFiles(root, paths, bytes, request);
}

absl::StatusOr<fs::path> RootOf(const std::string& directory) {
  std::error_code error;
  fs::path start = fs::canonical(directory.empty() ? "." : directory, error);
  if (error) {
    return Error(absl::StatusCode::kNotFound, "APP_ROOT_NOT_FOUND", absl::StrCat(directory, ": ", error.message()));
  }
  std::optional<fs::path> root = FindRoot(start);
  if (root) return *root;
  return Error(absl::StatusCode::kNotFound, "APP_ROOT_NOT_FOUND",
               absl::StrCat(start.string(), ": neither here nor in the ", kLevelsMax,
                            " levels above is a stitch.json or the config.json of an application"));
}

}  // namespace

absl::StatusOr<v1::ImportAppRequest> ReadAppDirectory(const std::string& directory, const ReadAppOptions& options) {
  OVERLOCK_ASSIGN_OR_RETURN(fs::path root, RootOf(directory));
  OVERLOCK_ASSIGN_OR_RETURN(std::vector<fs::path> paths, ListFiles(root));
  v1::ImportAppRequest request;
  size_t bytes = 0;
  OVERLOCK_RETURN_IF_ERROR(AddFiles(root, paths, bytes, request));
  if (options.include_hosting) OVERLOCK_RETURN_IF_ERROR(AddHosting(root, bytes, request));
  OVERLOCK_ASSIGN_OR_RETURN(*request.mutable_dependencies(), ReadDependencies(root / "functions"));
  if (request.ByteSizeLong() > kImportMessageBytesMax) {
    return Error(absl::StatusCode::kInvalidArgument, "FILE_TOO_LARGE",
                 absl::StrCat(root.string(), ": the files have ", bytes, " bytes and the npm packages ",
                              request.dependencies().size(), "; at most ", kImportMessageBytesMax,
                              " together, since a gRPC message carries 20 MiB"));
  }
  return request;
}

size_t CountHostingFiles(const std::string& directory) {
  absl::StatusOr<fs::path> root = RootOf(directory);
  if (!root.ok()) return 0;
  absl::StatusOr<std::vector<fs::path>> paths = ListHostingFiles(*root);
  return paths.ok() ? paths->size() : 0;
}

}  // namespace overlock::config
