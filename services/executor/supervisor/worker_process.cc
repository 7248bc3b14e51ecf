#include "services/executor/supervisor/worker_process.h"

#include <signal.h>
#include <sys/wait.h>

#include <string_view>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "common/telemetry/log.h"

namespace overlock::executor {
namespace {

using boost::system::error_code;

constexpr size_t kReadBytes = 128 << 10;
// A buffer that one large body has made larger is given back.
constexpr size_t kBufferKeptBytesMax = 1 << 20;

}  // namespace

absl::StatusOr<std::shared_ptr<WorkerProcess>> WorkerProcess::Start(boost::asio::any_io_executor executor,
                                                                    const std::string& binary) {
  OVERLOCK_ASSIGN_OR_RETURN(SpawnedWorker spawned, SpawnWorker(binary));
  return std::shared_ptr<WorkerProcess>(new WorkerProcess(std::move(executor), std::move(spawned)));
}

WorkerProcess::WorkerProcess(boost::asio::any_io_executor executor, SpawnedWorker spawned)
    : channel_(executor),
      pidfd_(executor),
      pid_(spawned.pid),
      page_(std::move(spawned.page)),
      meter_(spawned.pid),
      read_buffer_(std::make_unique<char[]>(kReadBytes)) {
  channel_.assign(boost::asio::local::stream_protocol(), spawned.channel.release());
  channel_.non_blocking(true);
  pidfd_.assign(spawned.pidfd.release());
}

void WorkerProcess::Listen(Listener& listener) {
  listener_ = &listener;
  WaitForExit();
  Read();
}

WorkerProcess::~WorkerProcess() { Abandon(); }

void WorkerProcess::WaitForExit() {
  pidfd_.async_wait(boost::asio::posix::descriptor_base::wait_read, [self = shared_from_this()](error_code error) {
    if (!error && !self->reaped_) self->OnProcessEnded();
  });
}

void WorkerProcess::Read() {
  channel_.async_read_some(boost::asio::buffer(read_buffer_.get(), kReadBytes),
                           [self = shared_from_this()](error_code error, size_t bytes) {
                             if (self->reaped_ || error == boost::asio::error::operation_aborted) return;
                             // A worker that has closed its channel, or writes what is no frame, is of no use.
                             if (error || !self->Deliver(self->read_buffer_.get(), bytes)) return self->Kill();
                             self->Read();
                           });
}

bool WorkerProcess::Deliver(const char* bytes, size_t size) {
  reader_.Append(std::string_view(bytes, size));
  while (listener_ != nullptr) {
    absl::StatusOr<std::optional<std::string_view>> frame = reader_.Next();
    worker::v1::FromWorker message;
    if (!frame.ok() || (*frame && !message.ParseFromArray((*frame)->data(), static_cast<int>((*frame)->size())))) {
      log::Error("a worker broke the protocol", {{"worker_pid", pid_}, {"error", frame.status().ToString()}});
      return false;
    }
    if (!*frame) return true;
    listener_->OnMessage(message);
  }
  return false;
}

void WorkerProcess::Flush() {
  if (flush_posted_ || waiting_for_room_ || reaped_) return;
  flush_posted_ = true;
  boost::asio::post(channel_.get_executor(), [self = shared_from_this()] {
    self->flush_posted_ = false;
    self->Write();
  });
}

void WorkerProcess::Write() {
  while (!reaped_ && !waiting_for_room_) {
    if (written_ == writing_.size()) {
      writing_.clear();
      written_ = 0;
      if (writing_.capacity() > kBufferKeptBytesMax) writing_.shrink_to_fit();
      if (outbox_.empty()) return;
      std::swap(writing_, outbox_);
    }
    error_code error;
    written_ += channel_.write_some(boost::asio::buffer(writing_.data() + written_, writing_.size() - written_), error);
    if (error == boost::asio::error::would_block) return WaitForRoom();
    // The end of the process is seen elsewhere and says more.
    if (error) return;
  }
}

void WorkerProcess::WaitForRoom() {
  waiting_for_room_ = true;
  channel_.async_wait(boost::asio::socket_base::wait_write, [self = shared_from_this()](error_code error) {
    self->waiting_for_room_ = false;
    if (!error) self->Write();
  });
}

void WorkerProcess::Kill() {
  if (!reaped_) kill(pid_, SIGKILL);
}

void WorkerProcess::OnProcessEnded() {
  error_code error;
  while (!error) {
    size_t bytes = channel_.read_some(boost::asio::buffer(read_buffer_.get(), kReadBytes), error);
    if (!error && !Deliver(read_buffer_.get(), bytes)) break;
  }
  if (reaped_) return;
  reaped_ = true;
  int status = 0;
  waitpid(pid_, &status, 0);
  channel_.close(error);
  pidfd_.close(error);
  ProcessExit exit;
  if (WIFSIGNALED(status))
    exit.signal = WTERMSIG(status);
  else
    exit.code = WEXITSTATUS(status);
  if (Listener* listener = std::exchange(listener_, nullptr)) listener->OnExit(exit);
}

void WorkerProcess::Abandon() {
  listener_ = nullptr;
  if (std::exchange(reaped_, true)) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  error_code error;
  channel_.close(error);
  pidfd_.close(error);
}

}  // namespace overlock::executor
