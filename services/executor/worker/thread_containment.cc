#include "services/executor/worker/thread_containment.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "absl/status/status.h"
#include "common/processors/processors.h"
#include "services/executor/worker/worker.h"

namespace overlock::executor {
namespace {

// How V8 ends its process: abort(), and instructions that there are not.
constexpr int kCrashSignals[] = {SIGABRT, SIGILL, SIGTRAP};

thread_local StatusPage* page_of_this_thread = nullptr;

void OnCrash(int signal_number) {
  if (page_of_this_thread == nullptr) {
    // Another thread's: it ends the process when it comes again.
    signal(signal_number, SIG_DFL);
    return;
  }
  page_of_this_thread->crashed.store(true, std::memory_order_release);
  while (true) pause();
}

void InstallHandlers() {
  struct sigaction action = {};
  action.sa_handler = OnCrash;
  sigfillset(&action.sa_mask);
  for (int signal_number : kCrashSignals) sigaction(signal_number, &action, nullptr);
}

}  // namespace

int RunWorkerInThread(int channel_fd, StatusPage* page) {
  [[maybe_unused]] static const bool installed = (InstallHandlers(), true);
  page_of_this_thread = page;
  sigset_t crashes;
  sigemptyset(&crashes);
  for (int signal_number : kCrashSignals) sigaddset(&crashes, signal_number);
  pthread_sigmask(SIG_UNBLOCK, &crashes, nullptr);

  WorkerOptions options;
  options.background_threads = std::clamp(AvailableProcessors() / 2, 1, 8);
  absl::Status status = RunWorker(channel_fd, page, options);
  page_of_this_thread = nullptr;
  if (status.ok()) return 0;
  std::fprintf(stderr, "overlock-worker: %s\n", std::string(status.message()).c_str());
  return 1;
}

}  // namespace overlock::executor
