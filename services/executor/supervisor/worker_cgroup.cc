#include "services/executor/supervisor/worker_cgroup.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string_view>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status/status.h"

namespace overlock::executor {
namespace {

absl::Status NoCgroup(std::string_view why) {
  return Error(absl::StatusCode::kFailedPrecondition, "NO_CGROUP", absl::StrCat("cgroup: ", why));
}

absl::Status Write(const std::string& file, std::string_view text) {
  int fd = open(file.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC);
  if (fd < 0) return NoCgroup(absl::StrCat(file, ": ", std::strerror(errno)));
  ssize_t written = write(fd, text.data(), text.size());
  int error = errno;
  close(fd);
  if (written == static_cast<ssize_t>(text.size())) return absl::OkStatus();
  return NoCgroup(absl::StrCat(file, ": ", std::strerror(error)));
}

std::string Read(const std::string& file) {
  std::ifstream in(file);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

bool HasWord(const std::string& text, const std::string& word) {
  std::istringstream in(text);
  return std::find(std::istream_iterator<std::string>(in), {}, word) != std::istream_iterator<std::string>();
}

// The rest of the line that begins with `prefix`; nullopt if there is none.
std::optional<std::string> RestOfLine(const std::string& text, const std::string& prefix) {
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (absl::StartsWith(line, prefix)) return line.substr(prefix.size());
  }
  return std::nullopt;
}

absl::Status MakeDirectory(const std::string& directory) {
  if (mkdir(directory.c_str(), 0755) == 0 || errno == EEXIST) return absl::OkStatus();
  return NoCgroup(absl::StrCat(directory, ": ", std::strerror(errno)));
}

}  // namespace

WorkerCgroup::~WorkerCgroup() { rmdir(directory_.c_str()); }

absl::Status WorkerCgroup::SetMemoryMax(int64_t bytes) {
  // Not there where the kernel does not count swap space.
  Write(absl::StrCat(directory_, "/memory.swap.max"), "0").IgnoreError();
  return Write(absl::StrCat(directory_, "/memory.max"), absl::StrCat(bytes));
}

absl::Status WorkerCgroup::Add(pid_t pid) {
  return Write(absl::StrCat(directory_, "/cgroup.procs"), absl::StrCat(pid));
}

bool WorkerCgroup::HadOutOfMemoryKill() const {
  std::optional<std::string> count = RestOfLine(Read(absl::StrCat(directory_, "/memory.events")), "oom_kill ");
  return count.has_value() && *count != "0";
}

absl::StatusOr<WorkerCgroups::Place> WorkerCgroups::FindPlace() {
  // The line of version 2.
  std::optional<std::string> path = RestOfLine(Read("/proc/self/cgroup"), "0::");
  if (!path.has_value()) return NoCgroup("this process has no group of version 2");
  Place place;
  place.own_path = *path == "/" ? "" : *std::move(path);
  return place;
}

absl::StatusOr<std::shared_ptr<WorkerCgroups>> WorkerCgroups::Open(const Place& place) {
  std::string own = absl::StrCat(place.mount, place.own_path);
  if (!HasWord(Read(own + "/cgroup.controllers"), "memory")) return NoCgroup(own + " has no memory controller");
  std::string alone = absl::StrCat(getpid(), "\n");
  if (Read(own + "/cgroup.procs") != alone) return NoCgroup(own + " holds other processes, too");
  std::string main = own + "/main";
  OVERLOCK_RETURN_IF_ERROR(MakeDirectory(main));
  absl::Status status = Write(main + "/cgroup.procs", absl::StrCat(getpid()));
  if (!status.ok()) {
    rmdir(main.c_str());
    return status;
  }
  status = Write(own + "/cgroup.subtree_control", "+memory");
  if (!status.ok()) {
    Write(own + "/cgroup.procs", absl::StrCat(getpid())).IgnoreError();
    rmdir(main.c_str());
    return status;
  }
  return std::shared_ptr<WorkerCgroups>(new WorkerCgroups(std::move(own)));
}

absl::StatusOr<std::unique_ptr<WorkerCgroup>> WorkerCgroups::Make() {
  std::string directory = absl::StrCat(directory_, "/worker-", ++made_);
  OVERLOCK_RETURN_IF_ERROR(MakeDirectory(directory));
  return std::make_unique<WorkerCgroup>(std::move(directory));
}

}  // namespace overlock::executor
