#include "common/snapshot/record_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/crypto/hmac.h"
#include "common/status/status.h"

namespace overlock {
namespace {

// Numbers are little-endian.
//
//   head     8 bytes kMagic, 4 bytes format, 1 byte whether it is sealed, 3 bytes zero
//   records  one after the other, in the order of the index
//   index    content, label: 4 bytes size, then the text; 8 bytes revision; 4 bytes number of records; for each its
//            name as a text, 8 bytes size and 32 bytes SHA-256 of what stands in the file
//   foot     8 bytes size of the index, 32 bytes SHA-256 of head, index and that size, 8 bytes kMagicEnd
//
// In a sealed file each record and the index are what SealKey::Seal made of them. The index names the checksum of every
// record, and is sealed itself: records of two files cannot be mixed.
constexpr std::string_view kMagic = "OVLKSNAP";
constexpr std::string_view kMagicEnd = "OVLKEND\n";
constexpr size_t kHeadBytes = 16;
constexpr size_t kFootBytes = 48;
constexpr size_t kSumBytes = 32;
constexpr size_t kBufferBytes = 256 * 1024;
constexpr mode_t kFileMode = S_IRUSR | S_IWUSR;

static_assert(std::endian::native == std::endian::little, "numbers are written as they stand in memory");

template <class T>
void AppendNumber(std::string& text, T number) {
  text.append(reinterpret_cast<const char*>(&number), sizeof(number));
}

void AppendText(std::string& to, std::string_view text) {
  AppendNumber(to, static_cast<uint32_t>(text.size()));
  to.append(text);
}

// Takes from the front; false when there is not enough.
template <class T>
bool TakeNumber(std::string_view& from, T& number) {
  if (from.size() < sizeof(number)) return false;
  std::memcpy(&number, from.data(), sizeof(number));
  from.remove_prefix(sizeof(number));
  return true;
}

bool TakeBytes(std::string_view& from, size_t bytes, std::string& text) {
  if (from.size() < bytes) return false;
  text = std::string(from.substr(0, bytes));
  from.remove_prefix(bytes);
  return true;
}

bool TakeText(std::string_view& from, std::string& text) {
  uint32_t bytes = 0;
  return TakeNumber(from, bytes) && TakeBytes(from, bytes, text);
}

absl::Status Damaged(std::string_view what) {
  return Error(absl::StatusCode::kDataLoss, "SNAPSHOT_DAMAGED", absl::StrCat("the snapshot is damaged: ", what));
}

absl::Status Foreign(std::string_view what) {
  return Error(absl::StatusCode::kFailedPrecondition, "SNAPSHOT_FOREIGN", what);
}

absl::Status KeyWrong(std::string_view what) {
  return Error(absl::StatusCode::kFailedPrecondition, "SNAPSHOT_KEY_WRONG", what);
}

absl::Status TooLarge(uint64_t bytes_max) {
  return Error(absl::StatusCode::kResourceExhausted, "SNAPSHOT_TOO_LARGE",
               absl::StrCat("the snapshot is over ", bytes_max, " bytes"));
}

absl::Status NotWritten(std::string_view what, int error) {
  return Error(absl::StatusCode::kUnavailable, "SNAPSHOT_NOT_WRITTEN",
               absl::StrCat("the snapshot is not written: ", what, ": ", std::strerror(error)));
}

absl::StatusOr<std::string> ReadAt(int fd, uint64_t offset, uint64_t bytes) {
  std::string text(bytes, '\0');
  size_t have = 0;
  while (have < bytes) {
    ssize_t got = pread(fd, text.data() + have, bytes - have, static_cast<off_t>(offset + have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      return Error(absl::StatusCode::kUnavailable, "SNAPSHOT_UNREADABLE",
                   absl::StrCat("the snapshot cannot be read: ", std::strerror(errno)));
    }
    if (got == 0) return Damaged("it ends too early");
    have += static_cast<size_t>(got);
  }
  return text;
}

// Closes what it was given, unless released.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

// For the owner alone; a directory that is there keeps the mode it has.
absl::Status MakeDirectory(const std::string& path) {
  std::error_code error;
  std::filesystem::path whole(path);
  if (std::filesystem::is_directory(whole, error)) return absl::OkStatus();
  if (whole.has_parent_path()) std::filesystem::create_directories(whole.parent_path(), error);
  if (error) return NotWritten(absl::StrCat("cannot make ", path), error.value());
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return NotWritten(absl::StrCat("cannot make ", path), errno);
  return absl::OkStatus();
}

}  // namespace

// Writes through a buffer and counts.
class RecordFile::Output {
 public:
  Output(int fd, uint64_t bytes_max) : fd_(fd), bytes_max_(bytes_max) { buffer_.reserve(kBufferBytes); }

  uint64_t bytes() const { return bytes_; }

  absl::Status Add(std::string_view text) {
    bytes_ += text.size();
    if (bytes_ > bytes_max_) return TooLarge(bytes_max_);
    if (buffer_.size() + text.size() > kBufferBytes) OVERLOCK_RETURN_IF_ERROR(Flush());
    if (text.size() > kBufferBytes) return WriteAll(text);
    buffer_.append(text);
    return absl::OkStatus();
  }

  absl::Status Flush() {
    OVERLOCK_RETURN_IF_ERROR(WriteAll(buffer_));
    buffer_.clear();
    return absl::OkStatus();
  }

 private:
  absl::Status WriteAll(std::string_view text) const {
    while (!text.empty()) {
      ssize_t written = write(fd_, text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return NotWritten("write", errno);
      text.remove_prefix(static_cast<size_t>(written));
    }
    return absl::OkStatus();
  }

  const int fd_;
  const uint64_t bytes_max_;
  std::string buffer_;
  uint64_t bytes_ = 0;
};

RecordFile::RecordFile(Options options) : options_(std::move(options)) {}

RecordFile::~RecordFile() {
  if (last_fd_ >= 0) close(last_fd_);
}

std::string RecordFile::path() const { return absl::StrCat(options_.directory, "/", options_.name); }

std::string RecordFile::FileHead() const {
  std::string head(kMagic);
  AppendNumber(head, kFormat);
  head.push_back(options_.key ? 1 : 0);
  head.append(kHeadBytes - head.size(), '\0');
  return head;
}

std::string RecordFile::RecordContext(std::string_view name) const {
  // A zero stands in no content, so no two places have the same context.
  return absl::StrCat("snapshot record", std::string_view("\0", 1), options_.content, std::string_view("\0", 1), name);
}

std::string RecordFile::IndexContext() const {
  return absl::StrCat("snapshot index", std::string_view("\0", 1), options_.content);
}

absl::Status RecordFile::CheckHead(std::string_view head) const {
  if (head.substr(0, kMagic.size()) != kMagic) return Foreign("the snapshot is not one of this program's files");
  uint32_t format = 0;
  std::memcpy(&format, head.data() + kMagic.size(), sizeof(format));
  if (format > kFormat) {
    return Error(absl::StatusCode::kFailedPrecondition, "SNAPSHOT_TOO_NEW",
                 absl::StrCat("the snapshot has format ", format, "; this program reads up to ", kFormat));
  }
  if (head == FileHead()) return absl::OkStatus();
  const char sealed = head[kMagic.size() + sizeof(format)];
  if (format == kFormat && sealed == 1 && !options_.key) {
    return KeyWrong("the snapshot is sealed, and this process has no key");
  }
  if (format == kFormat && sealed == 0 && options_.key) {
    return KeyWrong("the snapshot is not sealed, and this process takes only what its key has sealed");
  }
  return Damaged("its head");
}

absl::StatusOr<RecordFile::Index> RecordFile::ReadIndex(int fd, uint64_t file_bytes) const {
  if (file_bytes > options_.bytes_max) return TooLarge(options_.bytes_max);
  OVERLOCK_ASSIGN_OR_RETURN(std::string head, ReadAt(fd, 0, std::min<uint64_t>(file_bytes, kHeadBytes)));
  if (head.size() < kHeadBytes) return Damaged("it ends too early");
  OVERLOCK_RETURN_IF_ERROR(CheckHead(head));
  if (file_bytes < kHeadBytes + kFootBytes) return Damaged("it ends too early");
  OVERLOCK_ASSIGN_OR_RETURN(std::string foot, ReadAt(fd, file_bytes - kFootBytes, kFootBytes));
  std::string_view rest = foot;
  uint64_t index_bytes = 0;
  std::string sum;
  if (!TakeNumber(rest, index_bytes) || !TakeBytes(rest, kSumBytes, sum) || rest != kMagicEnd ||
      index_bytes > file_bytes - kHeadBytes - kFootBytes) {
    return Damaged("its end");
  }
  const uint64_t index_offset = file_bytes - kFootBytes - index_bytes;
  OVERLOCK_ASSIGN_OR_RETURN(std::string index, ReadAt(fd, index_offset, index_bytes));
  if (crypto::Sha256(absl::StrCat(head, index, foot.substr(0, sizeof(index_bytes)))) != sum) {
    return Damaged("its index");
  }
  if (options_.key) {
    absl::StatusOr<std::string> opened = options_.key->Open(index, IndexContext());
    if (!opened.ok()) return KeyWrong("the snapshot is sealed with another key, or holds something else");
    index = *std::move(opened);
  }
  return ParseIndex(index, index_offset - kHeadBytes);
}

absl::StatusOr<RecordFile::Index> RecordFile::ParseIndex(std::string_view text, uint64_t records_bytes) const {
  Index index;
  std::string content;
  uint32_t count = 0;
  if (!TakeText(text, content)) return Damaged("its index");
  if (content != options_.content) {
    return Foreign(absl::StrCat("the snapshot holds something else than: ", options_.content));
  }
  if (!TakeText(text, index.head.label) || !TakeNumber(text, index.head.revision) || !TakeNumber(text, count)) {
    return Damaged("its index");
  }
  uint64_t offset = 0;
  for (uint32_t i = 0; i < count; ++i) {
    Entry entry;
    if (!TakeText(text, entry.name) || !TakeNumber(text, entry.bytes) || !TakeBytes(text, kSumBytes, entry.sha256) ||
        entry.bytes > records_bytes - offset) {
      return Damaged("its index");
    }
    entry.offset = kHeadBytes + offset;
    offset += entry.bytes;
    index.entries.push_back(std::move(entry));
  }
  if (!text.empty() || offset != records_bytes) return Damaged("its index");
  return index;
}

absl::Status RecordFile::ReadRecords(int fd, const Index& index, const Visit& visit) const {
  for (const Entry& entry : index.entries) {
    OVERLOCK_ASSIGN_OR_RETURN(std::string bytes, ReadAt(fd, entry.offset, entry.bytes));
    if (crypto::Sha256(bytes) != entry.sha256) return Damaged("a record");
    if (options_.key) {
      absl::StatusOr<std::string> opened = options_.key->Open(bytes, RecordContext(entry.name));
      if (!opened.ok()) return Damaged("a record");
      bytes = *std::move(opened);
    }
    OVERLOCK_RETURN_IF_ERROR(visit(entry.name, bytes));
  }
  return absl::OkStatus();
}

absl::StatusOr<RecordFile::Head> RecordFile::Read(const Visit& visit) {
  // Not blocking: somebody could have put a pipe there.
  Descriptor file(open(path().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (file.get() < 0 && errno == ENOENT) {
    return Error(absl::StatusCode::kNotFound, "SNAPSHOT_MISSING", absl::StrCat("there is no snapshot ", path()));
  }
  if (file.get() < 0 && errno == ELOOP) return Foreign("the snapshot is a symbolic link");
  struct stat status = {};
  if (file.get() < 0 || fstat(file.get(), &status) != 0) {
    return Error(absl::StatusCode::kUnavailable, "SNAPSHOT_UNREADABLE",
                 absl::StrCat("the snapshot cannot be opened: ", std::strerror(errno)));
  }
  if (!S_ISREG(status.st_mode)) return Foreign("the snapshot is not a file");
  OVERLOCK_ASSIGN_OR_RETURN(Index index, ReadIndex(file.get(), static_cast<uint64_t>(status.st_size)));
  OVERLOCK_RETURN_IF_ERROR(ReadRecords(file.get(), index, visit));
  if (last_fd_ >= 0) close(last_fd_);
  last_fd_ = file.release();
  last_ = std::move(index);
  return last_.head;
}

absl::StatusOr<RecordFile::Index> RecordFile::WriteRecords(Output& output, const Head& head, bool keep_others,
                                                           const Changes& changes) const {
  Index index{head, {}};
  auto add = [&](const std::string& name, std::string_view bytes, std::string sha256) {
    index.entries.push_back({name, output.bytes(), bytes.size(), std::move(sha256)});
    return output.Add(bytes);
  };
  auto add_new = [&](const std::string& name, const Record& record) {
    std::string bytes = record();
    if (options_.key) bytes = options_.key->Seal(bytes, RecordContext(name));
    return add(name, bytes, crypto::Sha256(bytes));
  };
  // Both are in the order of the names.
  auto old = keep_others ? last_.entries.begin() : last_.entries.end();
  auto change = changes.begin();
  while (old != last_.entries.end() || change != changes.end()) {
    if (old != last_.entries.end() && (change == changes.end() || old->name < change->first)) {
      OVERLOCK_ASSIGN_OR_RETURN(std::string bytes, ReadAt(last_fd_, old->offset, old->bytes));
      OVERLOCK_RETURN_IF_ERROR(add(old->name, bytes, old->sha256));
      ++old;
      continue;
    }
    if (old != last_.entries.end() && old->name == change->first) ++old;
    if (change->second) OVERLOCK_RETURN_IF_ERROR(add_new(change->first, *change->second));
    ++change;
  }
  return index;
}

absl::Status RecordFile::WriteIndex(Output& output, const Index& index) const {
  std::string text;
  AppendText(text, options_.content);
  AppendText(text, index.head.label);
  AppendNumber(text, index.head.revision);
  AppendNumber(text, static_cast<uint32_t>(index.entries.size()));
  for (const Entry& entry : index.entries) {
    AppendText(text, entry.name);
    AppendNumber(text, entry.bytes);
    text.append(entry.sha256);
  }
  if (options_.key) text = options_.key->Seal(text, IndexContext());
  std::string foot;
  AppendNumber(foot, uint64_t{text.size()});
  foot.append(crypto::Sha256(absl::StrCat(FileHead(), text, foot)));
  foot.append(kMagicEnd);
  OVERLOCK_RETURN_IF_ERROR(output.Add(text));
  OVERLOCK_RETURN_IF_ERROR(output.Add(foot));
  return output.Flush();
}

absl::Status RecordFile::Write(const Head& head, bool keep_others, const Changes& changes) {
  OVERLOCK_RETURN_IF_ERROR(MakeDirectory(options_.directory));
  Descriptor directory(open(options_.directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0) return NotWritten(absl::StrCat("cannot open ", options_.directory), errno);
  // One writer at a time, so that nobody takes another's half-written file for its own. Where a file system has no
  // locks, the checksums still find what went wrong.
  const std::string lock_name = absl::StrCat(".", options_.name, ".lock");
  Descriptor lock(openat(directory.get(), lock_name.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, kFileMode));
  if (lock.get() < 0) return NotWritten(absl::StrCat("cannot open ", lock_name), errno);
  if (flock(lock.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    return NotWritten("another process writes it", errno);
  }
  return WriteIn(directory.get(), head, keep_others, changes);
}

absl::Status RecordFile::WriteIn(int directory, const Head& head, bool keep_others, const Changes& changes) {
  const std::string temporary = absl::StrCat(".", options_.name, ".new");
  // What a crash has left.
  unlinkat(directory, temporary.c_str(), 0);
  Descriptor file(openat(directory, temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kFileMode));
  if (file.get() < 0) return NotWritten("cannot create a file", errno);
  Output output(file.get(), options_.bytes_max);
  auto write_all = [&]() -> absl::StatusOr<Index> {
    OVERLOCK_RETURN_IF_ERROR(output.Add(FileHead()));
    OVERLOCK_ASSIGN_OR_RETURN(Index index, WriteRecords(output, head, keep_others, changes));
    OVERLOCK_RETURN_IF_ERROR(WriteIndex(output, index));
    if (fsync(file.get()) != 0) return NotWritten("fsync", errno);
    if (renameat(directory, temporary.c_str(), directory, options_.name.c_str()) != 0) {
      return NotWritten("rename", errno);
    }
    return index;
  };
  absl::StatusOr<Index> index = write_all();
  if (!index.ok()) {
    unlinkat(directory, temporary.c_str(), 0);
    return index.status();
  }
  if (last_fd_ >= 0) close(last_fd_);
  last_fd_ = file.release();
  last_ = *std::move(index);
  if (fsync(directory) != 0) return NotWritten("fsync of the directory", errno);
  return absl::OkStatus();
}

}  // namespace overlock
