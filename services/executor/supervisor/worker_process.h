// A worker process and the channel to it.
#ifndef OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_WORKER_PROCESS_H_
#define OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_WORKER_PROCESS_H_

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "overlock/worker/v1/channel.pb.h"
#include "services/executor/channel/frame.h"
#include "services/executor/channel/status_page.h"
#include "services/executor/supervisor/process_meter.h"
#include "services/executor/supervisor/spawn.h"

namespace overlock::executor {

// How a process ended.
struct ProcessExit {
  // The signal that ended it, or 0.
  int signal = 0;
  // Its exit code when there was no signal.
  int code = 0;
};

// Starts a worker, carries frames to it and back, and reaps it. Used on the loop of its executor only.
class WorkerProcess : public std::enable_shared_from_this<WorkerProcess> {
 public:
  // Called on the loop.
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void OnMessage(worker::v1::FromWorker& message) = 0;
    // The process has ended and been reaped; all that it wrote has been given to OnMessage. The last call.
    virtual void OnExit(ProcessExit exit) = 0;
  };

  static absl::StatusOr<std::shared_ptr<WorkerProcess>> Start(boost::asio::any_io_executor executor,
                                                              const std::string& binary);
  // Begins to read. `listener` must live until OnExit() or Abandon().
  void Listen(Listener& listener);
  ~WorkerProcess();

  pid_t pid() const { return pid_; }
  StatusPage& page() { return *page_; }
  const ProcessMeter& meter() const { return meter_; }

  // Frames appended here are written together once the loop has nothing else to do at once. Call Flush() after.
  std::string& outbox() { return outbox_; }
  void Flush();
  // Bytes that the worker has not taken yet.
  size_t unsent_bytes() const { return outbox_.size() + writing_.size() - written_; }

  // SIGKILL. OnExit() follows.
  void Kill();
  // SIGKILL and reaping at once, without any further call to the listener. Waits for the kernel, which is short.
  void Abandon();

 private:
  WorkerProcess(boost::asio::any_io_executor executor, SpawnedWorker spawned);
  void WaitForExit();
  void Read();
  bool Deliver(const char* bytes, size_t size);
  void Write();
  void WaitForRoom();
  void OnProcessEnded();

  boost::asio::local::stream_protocol::socket channel_;
  boost::asio::posix::stream_descriptor pidfd_;
  const pid_t pid_;
  const std::shared_ptr<StatusPage> page_;
  const ProcessMeter meter_;
  Listener* listener_ = nullptr;
  bool reaped_ = false;
  bool flush_posted_ = false;
  bool waiting_for_room_ = false;
  std::string outbox_;
  // What is being written, from `written_` on.
  std::string writing_;
  size_t written_ = 0;
  FrameReader reader_;
  const std::unique_ptr<char[]> read_buffer_;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_WORKER_PROCESS_H_
