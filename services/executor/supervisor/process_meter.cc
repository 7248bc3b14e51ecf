#include "services/executor/supervisor/process_meter.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace overlock::executor {
namespace {

// The number at `index` in the file's only line (proc(5)).
std::optional<int64_t> ReadNumber(int fd, size_t index) {
  char line[256];
  ssize_t bytes = pread(fd, line, sizeof(line), 0);
  if (bytes <= 0) return std::nullopt;
  const char* const end = line + bytes;
  const char* at = line;
  for (; index > 0; --index) {
    at = std::find(at, end, ' ');
    if (at != end) ++at;
  }
  int64_t number = 0;
  if (std::from_chars(at, end, number).ec != std::errc()) return std::nullopt;
  return number;
}

}  // namespace

ProcessMeter::ProcessMeter(pid_t pid)
    : statm_(open(absl::StrCat("/proc/", pid, "/statm").c_str(), O_RDONLY | O_CLOEXEC)),
      schedstat_(open(absl::StrCat("/proc/", pid, "/task/", pid, "/schedstat").c_str(), O_RDONLY | O_CLOEXEC)) {}

ProcessMeter::~ProcessMeter() {
  if (statm_ >= 0) close(statm_);
  if (schedstat_ >= 0) close(schedstat_);
}

std::optional<int64_t> ProcessMeter::ResidentBytes() const {
  static const int64_t page_bytes = sysconf(_SC_PAGESIZE);
  std::optional<int64_t> pages = ReadNumber(statm_, 1);
  if (!pages) return std::nullopt;
  return *pages * page_bytes;
}

std::optional<int64_t> ProcessMeter::JavaScriptCpuNanos() const { return ReadNumber(schedstat_, 0); }

}  // namespace overlock::executor
