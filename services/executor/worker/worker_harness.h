// A real worker with a test at the other end of its channel.
#ifndef OVERLOCK_SERVICES_EXECUTOR_WORKER_WORKER_HARNESS_H_
#define OVERLOCK_SERVICES_EXECUTOR_WORKER_WORKER_HARNESS_H_

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "overlock/config/v1/view.pb.h"
#include "overlock/worker/v1/channel.pb.h"
#include "services/executor/channel/status_page.h"
#include "services/executor/channel/worker_frames.h"

namespace overlock::executor {

// For tests and benchmarks only. Every wait ends after 20 s.
class WorkerHarness {
 public:
  // Starts `binary` and waits until it is ready.
  explicit WorkerHarness(const std::string& binary);
  // Runs `main` in a thread, for what the supervisor calls a WorkerMain.
  using ThreadMain = int (*)(int channel_fd, StatusPage* page);
  explicit WorkerHarness(ThreadMain main);
  ~WorkerHarness();
  WorkerHarness(const WorkerHarness&) = delete;
  WorkerHarness& operator=(const WorkerHarness&) = delete;

  // -1 for a thread.
  pid_t pid() const { return pid_; }
  StatusPage& page() { return *page_; }

  void Send(const worker::v1::ToWorker& message);
  // Everything that was sent since the last flush goes out in one write.
  void Queue(const worker::v1::ToWorker& message);
  void Flush();
  // The next message; nullopt at the end of the channel.
  std::optional<worker::v1::FromWorker> Receive();
  // The signal that ended the process, or 0. Waits for its end. A thread that has crashed counts as SIGABRT.
  int WaitForEnd();

  // Loads an application under its id, revision 1.
  void Load(const std::string& app_id, const config::v1::ExecutorView& view, int64_t revision = 1);
  // Sets the claim and sends; gives the sequence.
  uint64_t Start(executor::v1::ExecuteRequest request, int64_t run_time_left_us = 10'000'000);
  // The answer to one invocation; what came for others before it is kept. Fails the test when the worker ended.
  executor::v1::ExecuteResponse Wait(uint64_t sequence);
  executor::v1::ExecuteResponse Execute(executor::v1::ExecuteRequest request);
  // Compiles sources within the limits of the application that `request` names.
  uint64_t StartCompile(executor::v1::ExecuteRequest request, executor::v1::CompileRequest compile);
  // The same as Wait(), with what came of a compilation.
  worker::v1::Done WaitForDone(uint64_t sequence);
  // The next call of a service that the worker has sent and nobody has taken.
  worker::v1::ServiceCall WaitForServiceCall();
  const std::vector<uint64_t>& parked() const { return parked_; }
  // The isolates that were dropped, of those that the worker has told about so far.
  const std::vector<worker::v1::IsolateDropped>& dropped() const { return dropped_; }
  // Waits until there are so many.
  void AwaitDropped(size_t count);

 private:
  // Gives the other end.
  int MakeChannel();
  void AwaitReady();
  void KeepFromWorker(worker::v1::FromWorker message);
  uint64_t Start(worker::v1::ToWorker message);

  pid_t pid_ = -1;
  int channel_ = -1;
  StatusPage* page_ = nullptr;
  uint64_t sequence_ = 0;
  std::string outbox_;
  std::optional<IncomingFrames> incoming_;
  std::optional<OutgoingBodies> bodies_;
  std::map<uint64_t, worker::v1::Done> done_;
  std::vector<uint64_t> parked_;
  std::vector<worker::v1::IsolateDropped> dropped_;
  std::deque<worker::v1::ServiceCall> service_calls_;
  bool reaped_ = false;
  std::thread thread_;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_WORKER_WORKER_HARNESS_H_
