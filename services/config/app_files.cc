#include "services/config/app_files.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/ejson/value.h"
#include "common/status/status.h"
#include "services/config/app_directory.h"

namespace overlock::config {
namespace {

absl::Status Invalid(std::string_view reason, std::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, reason, absl::StrCat("files: ", message));
}

bool IsPath(std::string_view path) {
  // A message with other text could be written, and never be read again.
  if (path.empty() || path.size() > kImportPathBytesMax || !ejson::IsUtf8(path)) return false;
  while (true) {
    std::string_view part = path.substr(0, path.find('/'));
    if (part.empty() || part == "." || part == "..") return false;
    for (char c : part) {
      if (static_cast<unsigned char>(c) < 0x20) return false;
    }
    if (part.size() == path.size()) return true;
    path.remove_prefix(part.size() + 1);
  }
}

}  // namespace

absl::StatusOr<AppFiles> AppFiles::FromRequest(const v1::ImportAppRequest& request) {
  if (request.files().empty()) return Invalid("NO_FILES", "there is no file");
  if (static_cast<size_t>(request.files_size()) > kImportFilesMax) {
    return Invalid("TOO_MANY_FILES", absl::StrCat(request.files_size(), " files; at most ", kImportFilesMax));
  }
  AppFiles result;
  size_t bytes = 0;
  for (const v1::AppFile& file : request.files()) {
    if (!IsPath(file.path())) {
      return Invalid("BAD_PATH",
                     "a path must be UTF-8 with parts separated by '/', none of them '.' or '..', at most 1024 bytes");
    }
    if (file.content().size() > kImportFileBytesMax) {
      return Invalid("FILE_TOO_LARGE", absl::StrCat(file.path(), " has more than 4 MiB"));
    }
    bytes += file.content().size();
    if (bytes > kImportBytesMax) return Invalid("FILE_TOO_LARGE", "all files together have more than 16 MiB");
    if (!result.files_.emplace(file.path(), &file.content()).second) {
      return Invalid("BAD_PATH", absl::StrCat(file.path(), " is there twice"));
    }
  }
  return result;
}

AppFiles AppFiles::FromMap(const std::map<std::string, std::string>& files) {
  AppFiles result;
  for (const auto& [path, content] : files) result.files_.emplace(path, &content);
  return result;
}

const std::string* AppFiles::Find(std::string_view path) const {
  auto it = files_.find(path);
  return it == files_.end() ? nullptr : it->second;
}

std::vector<std::string> AppFiles::Paths(std::string_view prefix) const {
  std::vector<std::string> paths;
  for (auto it = files_.lower_bound(prefix); it != files_.end() && absl::StartsWith(it->first, prefix); ++it) {
    paths.push_back(it->first);
  }
  return paths;
}

std::vector<std::string> AppFiles::Directories(std::string_view directory) const {
  std::vector<std::string> names;
  for (auto it = files_.lower_bound(directory); it != files_.end() && absl::StartsWith(it->first, directory); ++it) {
    std::string_view rest = std::string_view(it->first).substr(directory.size());
    size_t slash = rest.find('/');
    if (slash == std::string_view::npos) continue;
    std::string_view name = rest.substr(0, slash);
    if (names.empty() || names.back() != name) names.emplace_back(name);
  }
  return names;
}

std::vector<std::string> AppFiles::JsonFiles(std::string_view directory) const {
  std::vector<std::string> paths;
  for (auto it = files_.lower_bound(directory); it != files_.end() && absl::StartsWith(it->first, directory); ++it) {
    std::string_view rest = std::string_view(it->first).substr(directory.size());
    if (rest.find('/') == std::string_view::npos && absl::EndsWith(rest, ".json")) paths.push_back(it->first);
  }
  return paths;
}

}  // namespace overlock::config
