#include "services/config/dependency_archive.h"

#include <archive.h>
#include <archive_entry.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "overlock/config/v1/application.pb.h"
#include "services/config/dependency_packer.h"

namespace overlock::config {
namespace {

struct ArchiveCloser {
  void operator()(archive* writer) const { archive_write_free(writer); }
};
struct EntryCloser {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

la_ssize_t Append(archive*, void* out, const void* data, size_t size) {
  static_cast<std::string*>(out)->append(static_cast<const char*>(data), size);
  return static_cast<la_ssize_t>(size);
}

bool WriteFile(archive* writer, const v1::DependencyFiles::File& file) {
  std::unique_ptr<archive_entry, EntryCloser> entry(archive_entry_new());
  archive_entry_set_pathname(entry.get(), absl::StrCat("node_modules/", file.path()).c_str());
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0644);
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(file.content().size()));
  return archive_write_header(writer, entry.get()) == ARCHIVE_OK &&
         archive_write_data(writer, file.content().data(), file.content().size()) ==
             static_cast<la_ssize_t>(file.content().size());
}

absl::Status Broken(std::string_view why) {
  return Error(absl::StatusCode::kDataLoss, "STORE_BROKEN", absl::StrCat("dependencies: ", why));
}

}  // namespace

absl::StatusOr<std::string> DependenciesToArchive(std::string_view packed) {
  OVERLOCK_ASSIGN_OR_RETURN(v1::DependencyFiles files, UnpackDependencies(packed));
  std::string bytes;
  std::unique_ptr<archive, ArchiveCloser> writer(archive_write_new());
  archive_write_set_format_pax_restricted(writer.get());
  archive_write_add_filter_gzip(writer.get());
  // Nothing that changes from one export to the next.
  archive_write_set_filter_option(writer.get(), "gzip", "timestamp", nullptr);
  if (archive_write_open(writer.get(), &bytes, nullptr, &Append, nullptr) != ARCHIVE_OK) {
    return Broken(archive_error_string(writer.get()));
  }
  for (const auto& file : files.files()) {
    if (!WriteFile(writer.get(), file)) return Broken(archive_error_string(writer.get()));
  }
  if (archive_write_close(writer.get()) != ARCHIVE_OK) return Broken(archive_error_string(writer.get()));
  return bytes;
}

}  // namespace overlock::config
