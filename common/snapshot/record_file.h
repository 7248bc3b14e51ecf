// A file of named records that is replaced whole, for what a service must know again after a restart.
#ifndef OVERLOCK_COMMON_SNAPSHOT_RECORD_FILE_H_
#define OVERLOCK_COMMON_SNAPSHOT_RECORD_FILE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/crypto/seal.h"

namespace overlock {

// What has been written is read again unchanged or not at all: checksums find damage and, with a key, the records are
// sealed and nobody without the key can make, change or mix files. Writing makes a new file beside the old one, syncs
// it and renames it, so a crash leaves the old or the new one. Records that do not change are copied from the file
// written or read last, which stays open: they need no memory meanwhile. All methods block. Not thread-safe; other
// processes may use the same file, the last to write wins.
//
// The file: 16 bytes of head, the records, the index, 48 bytes of foot. record_file.cc has the layout.
class RecordFile {
 public:
  struct Options {
    // Made, for its owner alone, if it is not there.
    std::string directory;
    // The file's name in it.
    std::string name;
    // What the file holds: `view edge`. A file that holds something else is not read.
    std::string content;
    // Seals the file. With a key a file that is not sealed is not read.
    std::optional<crypto::SealKey> key;
    // Larger files are neither written nor read.
    uint64_t bytes_max = uint64_t{2} << 30;
  };
  // What the file says of itself; for the caller's use.
  struct Head {
    int64_t revision = 0;
    std::string label;
  };

  static constexpr uint32_t kFormat = 1;

  explicit RecordFile(Options options);
  ~RecordFile();
  RecordFile(const RecordFile&) = delete;
  RecordFile& operator=(const RecordFile&) = delete;

  std::string path() const;

  // Called with each record, in the order of the names. What it returns, unless OK, ends the reading.
  using Visit = std::function<absl::Status(std::string_view name, const std::string& bytes)>;

  // Reads everything. NOT_FOUND (`SNAPSHOT_MISSING`) if there is no file; UNAVAILABLE (`SNAPSHOT_UNREADABLE`) if it
  // cannot be read; FAILED_PRECONDITION if it is not one of ours (`SNAPSHOT_FOREIGN`), of a newer program
  // (`SNAPSHOT_TOO_NEW`), or sealed otherwise (`SNAPSHOT_KEY_WRONG`); RESOURCE_EXHAUSTED (`SNAPSHOT_TOO_LARGE`);
  // DATA_LOSS (`SNAPSHOT_DAMAGED`). Records that were visited before an error must be forgotten.
  absl::StatusOr<Head> Read(const Visit& visit);

  // Makes a record's bytes when they are written.
  using Record = std::function<std::string()>;
  // By name; none for a record that is to be gone.
  using Changes = std::map<std::string, std::optional<Record>>;

  // Writes `changes`, and with `keep_others` the records that were read or written last and are not in `changes`.
  // UNAVAILABLE (`SNAPSHOT_NOT_WRITTEN`) if it cannot; RESOURCE_EXHAUSTED (`SNAPSHOT_TOO_LARGE`). Then the file is what
  // it was, and so is what a later Write() keeps.
  absl::Status Write(const Head& head, bool keep_others, const Changes& changes);

 private:
  struct Entry {
    std::string name;
    uint64_t offset = 0;
    uint64_t bytes = 0;
    // Of the bytes in the file.
    std::string sha256;
  };
  struct Index {
    Head head;
    std::vector<Entry> entries;
  };
  class Output;

  // What stands in front of the records, and is authenticated with the index.
  std::string FileHead() const;
  std::string RecordContext(std::string_view name) const;
  std::string IndexContext() const;
  absl::Status CheckHead(std::string_view head) const;
  absl::StatusOr<Index> ReadIndex(int fd, uint64_t file_bytes) const;
  absl::StatusOr<Index> ParseIndex(std::string_view text, uint64_t records_bytes) const;
  absl::Status ReadRecords(int fd, const Index& index, const Visit& visit) const;
  absl::StatusOr<Index> WriteRecords(Output& output, const Head& head, bool keep_others, const Changes& changes) const;
  absl::Status WriteIndex(Output& output, const Index& index) const;
  absl::Status WriteIn(int directory, const Head& head, bool keep_others, const Changes& changes);

  const Options options_;
  // The file that was read or written last, and what it holds; -1 before.
  int last_fd_ = -1;
  Index last_;
};

}  // namespace overlock

#endif  // OVERLOCK_COMMON_SNAPSHOT_RECORD_FILE_H_
