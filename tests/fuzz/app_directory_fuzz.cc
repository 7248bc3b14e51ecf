// Reads a directory with whatever files in it.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "services/config/app_directory.h"
#include "tests/fuzz/files_from_input.h"

namespace {

namespace fs = std::filesystem;

// The path below `root`; empty for one that would lead out of it.
fs::path Below(const fs::path& root, const std::string& path) {
  if (path.empty() || path.size() > 200 || path.find('\0') != std::string::npos) return {};
  fs::path full = (root / fs::path(path).relative_path()).lexically_normal();
  auto [root_end, rest] = std::mismatch(root.begin(), root.end(), full.begin(), full.end());
  return root_end == root.end() && rest != full.end() ? full : fs::path();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string pattern = fs::temp_directory_path() / "overlock_fuzz_XXXXXX";
  const fs::path root = mkdtemp(pattern.data());
  for (const auto& [path, content] : overlock::FilesFromInput(data, size)) {
    // npm would be started for it.
    if (path.find("package.json") != std::string::npos && path.find("node_modules") == std::string::npos) continue;
    fs::path full = Below(root, path);
    if (full.empty()) continue;
    std::error_code error;
    fs::create_directories(full.parent_path(), error);
    if (!error && !fs::is_directory(full, error)) std::ofstream(full, std::ios::binary) << content;
  }
  absl::StatusOr<overlock::config::v1::ImportAppRequest> request = overlock::config::ReadAppDirectory(root);
  if (request.ok() && request->files().empty()) std::abort();
  auto with_hosting = overlock::config::ReadAppDirectory(root, {.include_hosting = true});
  // The folder itself, and every file in it.
  if (request.ok() && with_hosting.ok() &&
      static_cast<size_t>(with_hosting->files_size() - request->files_size()) !=
          1 + overlock::config::CountHostingFiles(root)) {
    std::abort();
  }
  std::error_code error;
  fs::remove_all(root, error);
  return 0;
}
