#include "services/overlock/cli/progress.h"

#include <stdio.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"

namespace overlock::cli {
namespace {

constexpr std::chrono::seconds kPatience{2};
constexpr std::chrono::milliseconds kTurn{200};
constexpr size_t kBarWidth = 20;
// To the line's begin, and nothing after it.
constexpr char kClear[] = "\r\x1b[K";

}  // namespace

Progress::Progress(std::string what) : what_(std::move(what)) {
  if (isatty(STDERR_FILENO) == 1) thread_ = std::thread([this] { Show(); });
}

Progress::~Progress() {
  {
    std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Progress::Set(size_t done, size_t total) {
  std::lock_guard lock(mutex_);
  done_ = done;
  total_ = total;
}

std::string Progress::Line(const std::string& what, size_t turn, size_t done, size_t total, int seconds) {
  std::string line(1, "|/-\\"[turn % 4]);
  absl::StrAppend(&line, " ", what);
  if (total > 0) {
    done = std::min(done, total);
    size_t full = kBarWidth * done / total;
    absl::StrAppend(&line, " [", std::string(full, '#'), std::string(kBarWidth - full, '-'), "] ", 100 * done / total,
                    "%");
  }
  return absl::StrCat(line, " ", seconds, " s");
}

void Progress::Show() {
  const auto began = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  if (changed_.wait_for(lock, kPatience, [this] { return ended_; })) return;
  for (size_t turn = 0; !ended_; ++turn) {
    auto passed = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - began);
    std::string line = Line(what_, turn, done_, total_, static_cast<int>(passed.count()));
    fprintf(stderr, "%s%s", kClear, line.c_str());
    fflush(stderr);
    changed_.wait_for(lock, kTurn, [this] { return ended_; });
  }
  fputs(kClear, stderr);
  fflush(stderr);
}

}  // namespace overlock::cli
