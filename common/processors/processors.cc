#include "common/processors/processors.h"

#include <sched.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace overlock {
namespace {

std::string ReadAll(const std::string& path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

int AllowedByAffinity() {
  cpu_set_t set;
  // More processors than the set has room for: the call fails, and all of them count.
  if (sched_getaffinity(0, sizeof(set), &set) != 0) return static_cast<int>(std::thread::hardware_concurrency());
  return CPU_COUNT(&set);
}

// The least of the quotas of the group and those that it is in.
int AllowedByQuota() {
  std::string group = UnifiedGroup(ReadAll("/proc/self/cgroup"));
  int least = 0;
  while (!group.empty()) {
    int processors = QuotaProcessors(ReadAll(absl::StrCat("/sys/fs/cgroup", group, "/cpu.max")));
    if (processors > 0) least = least == 0 ? processors : std::min(least, processors);
    if (group == "/") break;
    // The one above; "/" is that of "/a".
    group.resize(std::max<size_t>(group.rfind('/'), 1));
  }
  return least;
}

}  // namespace

int QuotaProcessors(std::string_view cpu_max) {
  std::vector<absl::string_view> words =
      absl::StrSplit(absl::string_view(cpu_max), absl::ByAnyChar(" \n"), absl::SkipEmpty());
  int64_t quota_us = 0;
  int64_t period_us = 0;
  if (words.size() != 2 || !absl::SimpleAtoi(words[0], &quota_us) || !absl::SimpleAtoi(words[1], &period_us)) return 0;
  if (quota_us <= 0 || period_us <= 0) return 0;
  return static_cast<int>(std::min<int64_t>((quota_us - 1) / period_us + 1, 1 << 20));
}

std::string UnifiedGroup(std::string_view proc_self_cgroup) {
  for (absl::string_view line : absl::StrSplit(absl::string_view(proc_self_cgroup), '\n')) {
    if (absl::ConsumePrefix(&line, "0::/")) return absl::StrCat("/", line);
  }
  return "";
}

int AvailableProcessors() {
  int processors = AllowedByAffinity();
  if (int quota = AllowedByQuota(); quota > 0) processors = std::min(processors, quota);
  return std::max(processors, 1);
}

}  // namespace overlock
