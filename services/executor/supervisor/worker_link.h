// A worker and the channel to it.
#ifndef OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_WORKER_LINK_H_
#define OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_WORKER_LINK_H_

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <memory>
#include <string>

#include "overlock/worker/v1/channel.pb.h"
#include "services/executor/channel/body_ring.h"
#include "services/executor/channel/status_page.h"
#include "services/executor/channel/worker_frames.h"
#include "services/executor/supervisor/worker_body.h"

namespace overlock::executor {

// Carries frames to a worker and back until it ends. Used on the loop of its executor only.
class WorkerLink : public std::enable_shared_from_this<WorkerLink> {
 public:
  // Called on the loop.
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void OnMessage(worker::v1::FromWorker& message) = 0;
    // The worker has ended; all that it wrote has been given to OnMessage. The last call.
    virtual void OnExit(WorkerExit exit) = 0;
  };

  static std::shared_ptr<WorkerLink> Make(boost::asio::any_io_executor executor, StartedWorker started);
  // Begins to read. `listener` must live until OnExit() or Abandon().
  void Listen(Listener& listener);
  ~WorkerLink();

  pid_t id() const { return body_->id(); }
  StatusPage& page() { return *page_; }
  const WorkerMeter& meter() const { return body_->meter(); }

  // Frames appended here are written together once the loop has nothing else to do at once. Call Flush() after.
  std::string& outbox() { return outbox_; }
  void Flush();
  // What is put here is to be named by a frame of the outbox, in the same order.
  OutgoingBodies& bodies() { return bodies_; }
  // Bytes that the worker has not taken yet.
  size_t unsent_bytes() const { return outbox_.size() + writing_.size() - written_; }

  // Gives the listener, in a turn of its own, what the worker has said without telling so: it may be in a function.
  void TakeSaid();

  // See WorkerBody.
  void SetMemoryMax(int64_t bytes) { body_->SetMemoryMax(bytes); }
  bool SetNiceness(int niceness) { return body_->SetNiceness(niceness); }
  // Ends the worker by force. OnExit() follows.
  void Kill();
  // Ends the worker by force, at once and without any further call to the listener.
  void Abandon();

 private:
  WorkerLink(boost::asio::any_io_executor executor, StartedWorker started);
  void Read();
  bool Deliver();
  void Write();
  void WaitForRoom();
  void OnEnded(WorkerExit exit);

  boost::asio::local::stream_protocol::socket channel_;
  const std::unique_ptr<WorkerBody> body_;
  const std::shared_ptr<StatusPage> page_;
  Listener* listener_ = nullptr;
  bool ended_ = false;
  bool flush_posted_ = false;
  bool waiting_for_room_ = false;
  std::string outbox_;
  // What is being written, from `written_` on.
  std::string writing_;
  size_t written_ = 0;
  OutgoingBodies bodies_;
  IncomingFrames incoming_;
  const std::unique_ptr<char[]> read_buffer_;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_WORKER_LINK_H_
