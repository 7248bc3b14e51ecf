#include "services/executor/supervisor/worker_thread.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include <boost/asio/post.hpp>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"

namespace overlock::executor {
namespace {

std::atomic<int> abandoned_threads = 0;

// New threads of the calling one inherit what it blocks: signals are for the process's own threads.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

absl::Status Failed(std::string_view what, int error) {
  return Error(absl::StatusCode::kUnavailable, "WORKER_START_FAILED",
               absl::StrCat("worker: ", what, ": ", std::strerror(error)));
}

}  // namespace

struct WorkerThread::Run : public WorkerMeter {
  // Memory is the process's; which part of it is this worker's the kernel does not know.
  std::optional<int64_t> ResidentBytes() const override { return std::nullopt; }
  std::optional<int64_t> JavaScriptCpuNanos() const override {
    std::lock_guard lock(mutex);
    timespec used;
    if (!clock || ended || clock_gettime(*clock, &used) != 0) return std::nullopt;
    return int64_t{used.tv_sec} * 1'000'000'000 + used.tv_nsec;
  }

  // What bytes are in its rings before something was put there counts for nothing.
  const std::shared_ptr<StatusPage> page = std::make_shared_for_overwrite<StatusPage>();
  mutable std::mutex mutex;
  std::condition_variable changed;
  // ---- Under the mutex.
  std::optional<clockid_t> clock;
  pid_t tid = 0;
  bool ended = false;
  bool given_up = false;
  int code = 0;
  // Run on the loop once the thread has ended.
  std::function<void()> tell;
  boost::asio::any_io_executor executor;
};

int WorkerThread::abandoned() { return abandoned_threads.load(std::memory_order_relaxed); }

absl::StatusOr<StartedWorker> WorkerThread::Start(boost::asio::any_io_executor executor, WorkerMain main,
                                                  absl::Duration patience) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) return Failed("socketpair", errno);
  StartedWorker started;
  started.channel = Fd(ends[0]);
  Fd theirs(ends[1]);
  auto run = std::make_shared<Run>();
  started.page = run->page;
  try {
    SignalsBlocked signals;
    std::thread(RunLoop, run, main, theirs.get()).detach();
  } catch (const std::system_error& error) {
    return Failed("thread", error.code().value());
  }
  // The thread's from here on.
  theirs.release();
  started.body.reset(new WorkerThread(std::move(executor), patience, std::move(run)));
  return started;
}

void WorkerThread::RunLoop(std::shared_ptr<Run> run, WorkerMain main, int channel_fd) {
  pthread_setname_np(pthread_self(), "overlock-worker");
  clockid_t clock;
  bool has_clock = pthread_getcpuclockid(pthread_self(), &clock) == 0;
  {
    std::lock_guard lock(run->mutex);
    run->tid = gettid();
    if (has_clock) run->clock = clock;
  }
  int code = main(channel_fd, run->page.get());
  std::lock_guard lock(run->mutex);
  run->ended = true;
  run->code = code;
  if (run->given_up) --abandoned_threads;
  // Moved, not copied: what it keeps alive must not go on this thread.
  if (run->tell) boost::asio::post(run->executor, std::exchange(run->tell, nullptr));
  run->changed.notify_all();
}

WorkerThread::WorkerThread(boost::asio::any_io_executor executor, absl::Duration patience, std::shared_ptr<Run> run)
    : executor_(std::move(executor)), patience_(patience), run_(std::move(run)), patience_timer_(executor_) {}

WorkerThread::~WorkerThread() { Abandon(); }

pid_t WorkerThread::id() const {
  std::lock_guard lock(run_->mutex);
  return run_->tid;
}

const WorkerMeter& WorkerThread::meter() const { return *run_; }

void WorkerThread::AwaitEnd(std::function<void(WorkerExit)> ended) {
  ended_ = std::move(ended);
  std::lock_guard lock(run_->mutex);
  // `ended` keeps this alive. Posted under the mutex only, so Abandon() is sure that the loop is not told after it.
  run_->executor = executor_;
  run_->tell = [this, keep = ended_] {
    if (ended_) OnEnded({.code = run_->code});
  };
  if (run_->ended) boost::asio::post(executor_, std::exchange(run_->tell, nullptr));
}

void WorkerThread::OnEnded(WorkerExit exit) {
  patience_timer_.cancel();
  std::exchange(ended_, nullptr)(exit);
}

bool WorkerThread::SetNiceness(int niceness) {
  std::lock_guard lock(run_->mutex);
  return run_->tid != 0 && !run_->ended && setpriority(PRIO_PROCESS, static_cast<id_t>(run_->tid), niceness) == 0;
}

void WorkerThread::Kill() {
  if (run_->page->stop.exchange(true)) return;
  patience_timer_.expires_after(absl::ToChronoNanoseconds(patience_));
  patience_timer_.async_wait([this, keep = ended_](boost::system::error_code error) {
    if (error || !ended_) return;
    GiveUp();
    OnEnded({.abandoned = run_->given_up});
  });
}

void WorkerThread::GiveUp() {
  std::lock_guard lock(run_->mutex);
  run_->tell = nullptr;
  if (run_->ended || std::exchange(run_->given_up, true)) return;
  ++abandoned_threads;
}

void WorkerThread::Abandon() {
  run_->page->stop = true;
  patience_timer_.cancel();
  ended_ = nullptr;
  {
    std::unique_lock lock(run_->mutex);
    run_->tell = nullptr;
    if (run_->given_up) return;
    run_->changed.wait_for(lock, absl::ToChronoNanoseconds(patience_), [this] { return run_->ended; });
  }
  GiveUp();
}

}  // namespace overlock::executor
