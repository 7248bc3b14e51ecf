#include "services/config/dependency_reader.h"

#include <archive.h>
#include <archive_entry.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "services/config/dependency_packer.h"
#include "services/config/npm.h"

namespace overlock::config {
namespace {

namespace fs = std::filesystem;

constexpr size_t kReadBytes = 64 << 10;
// Members of an archive that are looked at: what is left out counts here, too.
constexpr int kArchiveMembersMax = 200'000;
// What an archive may unpack to, kept or not.
constexpr int64_t kArchiveUnpackedBytesMax = int64_t{512} << 20;

struct ArchiveCloser {
  void operator()(archive* reader) const { archive_read_free(reader); }
};
using Archive = std::unique_ptr<archive, ArchiveCloser>;

absl::Status BadArchive(const fs::path& path, std::string_view why) {
  return Error(absl::StatusCode::kInvalidArgument, "BAD_ARCHIVE", absl::StrCat(path.string(), ": ", why));
}

absl::Status Unreadable(const fs::path& path, std::string_view why) {
  return Error(absl::StatusCode::kFailedPrecondition, "FILE_UNREADABLE", absl::StrCat(path.string(), ": ", why));
}

// Says which file was read when an error came.
absl::Status In(const fs::path& path, const absl::Status& status) {
  if (status.ok()) return status;
  return Error(status.code(), ReasonOf(status), absl::StrCat(path.string(), ": ", status.message()));
}

// Relative to `node_modules`: with and without that directory, and with `./` before it.
std::string_view BelowNodeModules(std::string_view path) {
  while (absl::StartsWith(path, "./")) path.remove_prefix(2);
  constexpr std::string_view kRoot = "node_modules/";
  return absl::StartsWith(path, kRoot) ? path.substr(kRoot.size()) : path;
}

absl::Status ReadMember(archive* reader, std::string_view name, int64_t& left, DependencyPacker& packer) {
  const bool wanted = DependencyPacker::Wants(name);
  std::string content;
  char buffer[kReadBytes];
  while (true) {
    la_ssize_t got = archive_read_data(reader, buffer, sizeof(buffer));
    if (got < 0) {
      return Error(absl::StatusCode::kInvalidArgument, "BAD_ARCHIVE",
                   absl::StrCat("damaged: ", archive_error_string(reader)));
    }
    if (got == 0) break;
    left -= got;
    if (left < 0 || (wanted && content.size() + static_cast<size_t>(got) > kDependencyBytesMax)) {
      return Error(absl::StatusCode::kInvalidArgument, "FILE_TOO_LARGE", "unpacks to more than is allowed");
    }
    if (wanted) content.append(buffer, static_cast<size_t>(got));
  }
  // A name that leads out of the directory is refused whatever the file is.
  return packer.Add(name, std::move(content));
}

absl::Status ReadMembers(archive* reader, DependencyPacker& packer) {
  int64_t left = kArchiveUnpackedBytesMax;
  for (int members = 0; members < kArchiveMembersMax; ++members) {
    archive_entry* entry = nullptr;
    int result = archive_read_next_header(reader, &entry);
    if (result == ARCHIVE_EOF) return absl::OkStatus();
    if (result != ARCHIVE_OK && result != ARCHIVE_WARN) {
      return Error(absl::StatusCode::kInvalidArgument, "BAD_ARCHIVE",
                   absl::StrCat("damaged, or not an archive: ", archive_error_string(reader)));
    }
    const char* path = archive_entry_pathname(entry);
    if (path == nullptr || archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) != nullptr) {
      continue;
    }
    OVERLOCK_RETURN_IF_ERROR(ReadMember(reader, BelowNodeModules(path), left, packer));
  }
  return Error(absl::StatusCode::kInvalidArgument, "TOO_MANY_FILES",
               absl::StrCat("more than ", kArchiveMembersMax, " members"));
}

absl::StatusOr<std::string> ReadArchive(const fs::path& path) {
  std::error_code error;
  uintmax_t size = fs::file_size(path, error);
  if (error) return Unreadable(path, error.message());
  if (size > kPackedDependencyBytesMax) {
    return BadArchive(path, absl::StrCat("has ", size, " bytes; at most ", kPackedDependencyBytesMax));
  }
  Archive reader(archive_read_new());
  archive_read_support_format_tar(reader.get());
  archive_read_support_format_zip(reader.get());
  archive_read_support_filter_gzip(reader.get());
  if (archive_read_open_filename(reader.get(), path.c_str(), kReadBytes) != ARCHIVE_OK) {
    return BadArchive(path,
                      absl::StrCat("not a tar, gzipped tar or zip archive: ", archive_error_string(reader.get())));
  }
  DependencyPacker packer;
  OVERLOCK_RETURN_IF_ERROR(In(path, ReadMembers(reader.get(), packer)));
  return packer.Pack();
}

absl::StatusOr<std::string> ReadTree(const fs::path& root) {
  DependencyPacker packer;
  std::error_code error;
  auto it = fs::recursive_directory_iterator(root, error);
  for (; !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
    std::error_code entry_error;
    if (it->is_symlink(entry_error) || !it->is_regular_file(entry_error)) continue;
    std::string path = it->path().lexically_relative(root).generic_string();
    if (!DependencyPacker::Wants(path)) continue;
    if (it->file_size(entry_error) > kDependencyBytesMax) return Unreadable(it->path(), "too large");
    std::ifstream stream(it->path(), std::ios::binary);
    std::string content((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
    if (stream.bad()) return Unreadable(it->path(), "cannot be read");
    OVERLOCK_RETURN_IF_ERROR(In(root, packer.Add(path, std::move(content))));
  }
  if (error) return Unreadable(root, error.message());
  return packer.empty() ? std::string() : packer.Pack();
}

}  // namespace

absl::StatusOr<std::string> ReadDependencies(const fs::path& functions_directory) {
  std::error_code error;
  for (const char* name : {"node_modules.tar.gz", "node_modules.tgz", "node_modules.tar", "node_modules.zip"}) {
    fs::path archive = functions_directory / name;
    if (fs::is_regular_file(archive, error)) return ReadArchive(archive);
  }
  if (fs::is_regular_file(functions_directory / "package.json", error)) {
    OVERLOCK_ASSIGN_OR_RETURN(NpmInstallation installation, NpmInstallation::Make(functions_directory));
    return ReadTree(installation.node_modules());
  }
  fs::path directory = functions_directory / "node_modules";
  return fs::is_directory(directory, error) ? ReadTree(directory) : std::string();
}

}  // namespace overlock::config
