#include "services/executor/worker/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "common/status/status.h"
#include "overlock/worker/v1/channel.pb.h"
#include "services/executor/channel/body_ring.h"
#include "services/executor/channel/frame.h"
#include "services/executor/channel/worker_frames.h"
#include "services/executor/js/engine.h"

namespace overlock::executor {
namespace {

constexpr size_t kReadBytes = 256 << 10;
// What is in the ring the supervisor is told about by then, if there are functions yet to be run.
constexpr int64_t kUntoldNsMax = 500'000;
// V8's own work is looked after even when the worker is never idle.
constexpr int64_t kIdleWorkEveryNs = 50'000'000;

int64_t MonotonicNanos() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

class Worker : public js::Engine::Listener {
 public:
  Worker(int channel_fd, StatusPage* page)
      : fd_(channel_fd), page_(page), read_buffer_(std::make_unique<char[]>(kReadBytes)), said_(page->messages) {
    fcntl(fd_, F_SETFL, fcntl(fd_, F_GETFL) | O_NONBLOCK);
  }
  ~Worker() override { close(fd_); }

  absl::Status Run(const WorkerOptions& options);
  void OnMessage(const worker::v1::FromWorker& message) override;

 private:
  enum class Reading { kGotBytes, kNothing, kClosed };

  Reading Read();
  absl::Status HandleFrames();
  // Empty without one.
  absl::StatusOr<std::string_view> SharedBodyOf(const worker::v1::ToWorker& message);
  void Handle(worker::v1::ToWorker& message, std::string_view shared_body);
  // Claims the invocation, unless the supervisor has given it to another worker.
  bool Claim(uint64_t sequence);
  // Tells the supervisor all that was said; waits for room. False when the channel is closed.
  bool Write();
  void Wait();
  void DoIdleWork(int64_t now_ns);

  const int fd_;
  StatusPage* const page_;
  const std::unique_ptr<char[]> read_buffer_;
  FrameReader reader_;
  std::unique_ptr<js::Engine> engine_;
  // Reused, for the memory it holds.
  worker::v1::ToWorker message_;
  OutgoingFrames said_;
  // When the first message was said of which the supervisor was not told.
  int64_t said_at_ns_ = 0;
  int64_t idle_work_at_ns_ = 0;
};

absl::Status Worker::Run(const WorkerOptions& options) {
  OVERLOCK_ASSIGN_OR_RETURN(engine_, js::Engine::Create(page_, this, options.background_threads));
  if (options.close_jail) OVERLOCK_RETURN_IF_ERROR(options.close_jail());
  worker::v1::FromWorker ready;
  ready.mutable_ready();
  OnMessage(ready);
  while (!page_->stop && Write()) {
    Reading reading = Read();
    if (reading == Reading::kClosed) return absl::OkStatus();
    if (reading == Reading::kGotBytes) OVERLOCK_RETURN_IF_ERROR(HandleFrames());
    int64_t now_ns = MonotonicNanos();
    if (engine_->NextDueNs() <= now_ns) engine_->RunDue();
    if (reading == Reading::kNothing && !said_.pending())
      Wait();
    else if (now_ns - idle_work_at_ns_ > kIdleWorkEveryNs)
      DoIdleWork(now_ns);
  }
  return absl::OkStatus();
}

Worker::Reading Worker::Read() {
  ssize_t got = read(fd_, read_buffer_.get(), kReadBytes);
  if (got == 0) return Reading::kClosed;
  if (got < 0) return errno == EAGAIN || errno == EINTR ? Reading::kNothing : Reading::kClosed;
  reader_.Append(std::string_view(read_buffer_.get(), static_cast<size_t>(got)));
  return Reading::kGotBytes;
}

absl::Status Worker::HandleFrames() {
  while (!page_->stop) {
    OVERLOCK_ASSIGN_OR_RETURN(std::optional<std::string_view> frame, reader_.Next());
    if (!frame.has_value()) return absl::OkStatus();
    if (!message_.ParseFromArray(frame->data(), static_cast<int>(frame->size()))) {
      return Error(absl::StatusCode::kDataLoss, "FRAME_INVALID", "frame: not a message");
    }
    OVERLOCK_ASSIGN_OR_RETURN(std::string_view shared_body, SharedBodyOf(message_));
    // The next function may loop, or end the process: the answers before it must be in the ring or written by then.
    const bool enters = message_.has_invoke() || message_.has_service_result();
    if (enters && said_.unwritten() && !Write()) return absl::OkStatus();
    Handle(message_, shared_body);
    if (!shared_body.empty()) ReleaseOldest(page_->bodies);
    int64_t now_ns = MonotonicNanos();
    if (said_.pending() && now_ns - said_at_ns_ > kUntoldNsMax && !Write()) return absl::OkStatus();
    // Timers of waiting invocations do not wait for the end of a long batch.
    if (engine_->NextDueNs() <= now_ns) engine_->RunDue();
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string_view> Worker::SharedBodyOf(const worker::v1::ToWorker& message) {
  if (!message.has_invoke() || !message.invoke().has_shared_body()) return std::string_view();
  const worker::v1::SharedBody& shared = message.invoke().shared_body();
  std::optional<std::string_view> body = ViewOf(page_->bodies, {shared.offset(), shared.bytes()});
  if (!body) return Error(absl::StatusCode::kDataLoss, "FRAME_INVALID", "frame: its body is not in the shared memory");
  return *body;
}

void Worker::Handle(worker::v1::ToWorker& message, std::string_view shared_body) {
  switch (message.message_case()) {
    case worker::v1::ToWorker::kLoadApp:
      return engine_->Load(std::move(*message.mutable_load_app()));
    case worker::v1::ToWorker::kUnloadApp:
      return engine_->Unload(message.unload_app().app());
    case worker::v1::ToWorker::kInvoke:
      if (Claim(message.invoke().sequence())) engine_->Invoke(*message.mutable_invoke(), shared_body);
      return;
    case worker::v1::ToWorker::kCancel:
      return engine_->Cancel(message.cancel().sequence());
    case worker::v1::ToWorker::kServiceResult:
      return engine_->Settle(std::move(*message.mutable_service_result()));
    case worker::v1::ToWorker::kConfigure:
      return engine_->Configure(message.configure());
    case worker::v1::ToWorker::MESSAGE_NOT_SET:
      return;
  }
}

bool Worker::Claim(uint64_t sequence) {
  uint8_t expected = kPending;
  if (!page_->claim(sequence).compare_exchange_strong(expected, kClaimed)) return false;
  if (sequence > page_->begun_sequence.load(std::memory_order_relaxed)) {
    page_->begun_sequence.store(sequence, std::memory_order_release);
  }
  return true;
}

void Worker::OnMessage(const worker::v1::FromWorker& message) {
  if (!said_.pending()) said_at_ns_ = MonotonicNanos();
  said_.Add(message);
}

bool Worker::Write() {
  std::string_view rest = said_.ForChannel();
  while (!rest.empty()) {
    ssize_t sent = write(fd_, rest.data(), rest.size());
    if (sent >= 0) {
      rest.remove_prefix(static_cast<size_t>(sent));
    } else if (errno == EAGAIN) {
      pollfd room = {fd_, POLLOUT, 0};
      poll(&room, 1, -1);
    } else if (errno != EINTR) {
      return false;
    }
  }
  said_.ChannelWritten();
  return true;
}

void Worker::Wait() {
  int64_t now_ns = MonotonicNanos();
  DoIdleWork(now_ns);
  // That may have something to say: an isolate was dropped.
  if (said_.pending()) return;
  int64_t due_ns = engine_->NextDueNs();
  timespec timeout = {};
  bool forever = due_ns == std::numeric_limits<int64_t>::max();
  int64_t wait_ns = std::max<int64_t>(due_ns - now_ns, 0);
  timeout.tv_sec = wait_ns / 1'000'000'000;
  timeout.tv_nsec = wait_ns % 1'000'000'000;
  pollfd readable = {fd_, POLLIN, 0};
  ppoll(&readable, 1, forever ? nullptr : &timeout, nullptr);
}

void Worker::DoIdleWork(int64_t now_ns) {
  idle_work_at_ns_ = now_ns;
  engine_->Idle();
}

}  // namespace

absl::Status RunWorker(int channel_fd, StatusPage* page, const WorkerOptions& options) {
  Worker worker(channel_fd, page);
  return worker.Run(options);
}

}  // namespace overlock::executor
