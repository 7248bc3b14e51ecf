// A sign of life while something takes long.
#ifndef OVERLOCK_SERVICES_OVERLOCK_CLI_PROGRESS_H_
#define OVERLOCK_SERVICES_OVERLOCK_CLI_PROGRESS_H_

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <thread>

namespace overlock::cli {

// From two seconds on, and if standard error is a terminal, a line there says what is being waited for and how long
// already; with a known part done it has a bar. It is gone when this object is.
class Progress {
 public:
  explicit Progress(std::string what);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // So much of `total` is done.
  void Set(size_t done, size_t total);

  // The line: `/ importing [####------] 40% 3 s`.
  static std::string Line(const std::string& what, size_t turn, size_t done, size_t total, int seconds);

 private:
  void Show();

  const std::string what_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;
  size_t done_ = 0;
  size_t total_ = 0;
  std::thread thread_;
};

}  // namespace overlock::cli

#endif  // OVERLOCK_SERVICES_OVERLOCK_CLI_PROGRESS_H_
