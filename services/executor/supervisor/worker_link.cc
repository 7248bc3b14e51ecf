#include "services/executor/supervisor/worker_link.h"

#include <optional>
#include <string_view>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>

#include "absl/status/statusor.h"
#include "common/telemetry/log.h"

namespace overlock::executor {
namespace {

using boost::system::error_code;

constexpr size_t kReadBytes = 128 << 10;
// A buffer that one large body has made larger is given back.
constexpr size_t kBufferKeptBytesMax = 1 << 20;

}  // namespace

std::shared_ptr<WorkerLink> WorkerLink::Make(boost::asio::any_io_executor executor, StartedWorker started) {
  return std::shared_ptr<WorkerLink>(new WorkerLink(std::move(executor), std::move(started)));
}

WorkerLink::WorkerLink(boost::asio::any_io_executor executor, StartedWorker started)
    : channel_(std::move(executor)),
      body_(std::move(started.body)),
      page_(std::move(started.page)),
      bodies_(page_->bodies),
      incoming_(page_->messages),
      read_buffer_(std::make_unique<char[]>(kReadBytes)) {
  channel_.assign(boost::asio::local::stream_protocol(), started.channel.release());
  channel_.non_blocking(true);
}

void WorkerLink::Listen(Listener& listener) {
  listener_ = &listener;
  body_->AwaitEnd([self = shared_from_this()](WorkerExit exit) { self->OnEnded(exit); });
  Read();
}

WorkerLink::~WorkerLink() { Abandon(); }

void WorkerLink::Read() {
  channel_.async_read_some(boost::asio::buffer(read_buffer_.get(), kReadBytes),
                           [self = shared_from_this()](error_code error, size_t bytes) {
                             if (self->ended_ || error == boost::asio::error::operation_aborted) return;
                             self->incoming_.Append(std::string_view(self->read_buffer_.get(), bytes));
                             // A worker that has closed its channel, or writes what is no frame, is of no use.
                             if (error || !self->Deliver()) return self->Kill();
                             self->Read();
                           });
}

void WorkerLink::TakeSaid() {
  if (ended_ || !incoming_.ring_has_some()) return;
  boost::asio::post(channel_.get_executor(), [self = shared_from_this()] {
    if (!self->ended_ && !self->Deliver()) self->Kill();
  });
}

bool WorkerLink::Deliver() {
  const absl::Status taken = incoming_.TakeRing();
  while (listener_ != nullptr) {
    absl::StatusOr<std::optional<std::string_view>> frame =
        taken.ok() ? incoming_.Next() : absl::StatusOr<std::optional<std::string_view>>(taken);
    worker::v1::FromWorker message;
    if (!frame.ok() || (*frame && !message.ParseFromArray((*frame)->data(), static_cast<int>((*frame)->size())))) {
      log::Error("a worker broke the protocol", {{"worker_pid", id()}, {"error", frame.status().ToString()}});
      return false;
    }
    if (!*frame) return true;
    listener_->OnMessage(message);
  }
  return false;
}

void WorkerLink::Flush() {
  if (flush_posted_ || waiting_for_room_ || ended_) return;
  flush_posted_ = true;
  boost::asio::post(channel_.get_executor(), [self = shared_from_this()] {
    self->flush_posted_ = false;
    self->Write();
  });
}

void WorkerLink::Write() {
  while (!ended_ && !waiting_for_room_) {
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
    // The end of the worker is seen elsewhere and says more.
    if (error) return;
  }
}

void WorkerLink::WaitForRoom() {
  waiting_for_room_ = true;
  channel_.async_wait(boost::asio::socket_base::wait_write, [self = shared_from_this()](error_code error) {
    self->waiting_for_room_ = false;
    if (!error) self->Write();
  });
}

void WorkerLink::Kill() {
  if (ended_) return;
  body_->Kill();
  // A thread that waits for a frame sees the end of the channel; what it has written can still be read.
  error_code error;
  channel_.shutdown(boost::asio::socket_base::shutdown_send, error);
}

void WorkerLink::OnEnded(WorkerExit exit) {
  if (ended_) return;
  error_code error;
  while (!error) {
    size_t bytes = channel_.read_some(boost::asio::buffer(read_buffer_.get(), kReadBytes), error);
    incoming_.Append(std::string_view(read_buffer_.get(), bytes));
    if (!Deliver()) break;
  }
  if (std::exchange(ended_, true)) return;
  channel_.close(error);
  if (Listener* listener = std::exchange(listener_, nullptr)) listener->OnExit(exit);
}

void WorkerLink::Abandon() {
  listener_ = nullptr;
  if (std::exchange(ended_, true)) return;
  error_code error;
  channel_.close(error);
  body_->Abandon();
}

}  // namespace overlock::executor
