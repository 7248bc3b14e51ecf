#include "common/rpc/call_stream.h"

#include <boost/asio/post.hpp>

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/rpc/grpc_status.h"

namespace overlock::rpc {

CallStream::CallStream(boost::asio::any_io_executor executor, std::weak_ptr<Owner> owner)
    : executor_(std::move(executor)), owner_(std::move(owner)), timer_(executor_) {}

void CallStream::Open(v1::CallStreamService::Stub& stub) {
  self_ = shared_from_this();
  stub.async()->Stream(&context_, this);
  AddHold();
  StartRead(&response_);
  StartCall();
}

void CallStream::Send(uint64_t id, std::string_view method, std::string request, const CallContext& call,
                      Resume resume) {
  if (ended_) return resume({absl::UnavailableError("the stream of calls has ended"), ""});
  waiting_[id] = {std::move(resume), call.deadline};
  if (call.deadline != absl::InfiniteFuture()) ExpectDeadline(call.deadline, id);
  {
    std::lock_guard lock(mutex_);
    v1::Call& sent = *queue_.ForItem(request.size()).add_calls();
    sent.set_id(id);
    sent.set_method(method.data(), method.size());
    sent.set_request(std::move(request));
    if (call.deadline != absl::InfiniteFuture()) {
      absl::Duration left = call.TimeLeft();
      sent.mutable_timeout()->set_seconds(absl::IDivDuration(left, absl::Seconds(1), &left));
      sent.mutable_timeout()->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(left)));
    }
    if (call.trace.valid()) sent.set_traceparent(call.trace.ToTraceparent());
    sent.set_tracestate(call.tracestate);
    sent.set_request_id(call.request_id);
  }
  WriteLater();
}

void CallStream::Retire() {
  retired_ = true;
  CloseIfRetired();
}

void CallStream::Abort() {
  aborted_ = true;
  context_.TryCancel();
}

bool CallStream::HasRoom() {
  constexpr size_t kQueueBytesMax = 4 * 1024 * 1024;
  std::lock_guard lock(mutex_);
  return queue_.bytes() < kQueueBytesMax;
}

void CallStream::CloseIfRetired() {
  if (!retired_ || !waiting_.empty()) return;
  Go([this] { closing_ = true; });
}

// --- Between the loop and gRPC -----------------------------------------------------------------------------------

// Changes the state and does what follows from it.
template <class Change>
void CallStream::Go(Change change) {
  Step step = Step::kNothing;
  {
    std::lock_guard lock(mutex_);
    change();
    step = Next();
  }
  if (step == Step::kWrite) StartWrite(&request_);
  if (step == Step::kClose) StartWritesDone();
  if (step == Step::kRelease) RemoveHold();
}

CallStream::Step CallStream::Next() {
  if (writing_) return Step::kNothing;
  if (!read_ended_ && !closed_) {
    if (!queue_.empty()) {
      request_ = queue_.Take();
      writing_ = true;
      return Step::kWrite;
    }
    if (closing_) {
      closed_ = writing_ = true;
      return Step::kClose;
    }
    return Step::kNothing;
  }
  return std::exchange(held_, false) ? Step::kRelease : Step::kNothing;
}

// After what else is to run on the loop now: more calls may come of it.
void CallStream::WriteLater() {
  {
    std::lock_guard lock(mutex_);
    if (writing_ || std::exchange(write_later_, true)) return;
  }
  boost::asio::post(executor_, [self = shared_from_this()] { self->Go([&self] { self->write_later_ = false; }); });
}

void CallStream::OnReadDone(bool ok) {
  if (!ok) return Go([this] { read_ended_ = true; });
  auto response = std::make_unique<v1::StreamResponse>(std::move(response_));
  boost::asio::post(executor_, [self = self_, response = std::move(response)]() mutable { self->Receive(*response); });
  StartRead(&response_);
}

void CallStream::OnWriteDone(bool) {
  Go([this] { writing_ = false; });
}

void CallStream::OnWritesDoneDone(bool) {
  Go([this] { writing_ = false; });
}

void CallStream::OnDone(const grpc::Status& status) {
  // The loop gets gRPC's share, for the reason that stands at FinishedCall.
  boost::asio::post(executor_, [self = std::move(self_), status = FromGrpcStatus(status)] { self->End(status); });
}

// --- On the loop -------------------------------------------------------------------------------------------------

void CallStream::Receive(v1::StreamResponse& response) {
  std::shared_ptr<Owner> owner = owner_.lock();
  if (!std::exchange(opened_, true)) {
    opened_at_ = absl::Now();
    methods_.insert(response.methods().begin(), response.methods().end());
    if (owner != nullptr && !response.draining()) owner->OnOpened(shared_from_this());
  }
  for (v1::Answer& answer : *response.mutable_answers()) {
    const grpc::Status status(static_cast<grpc::StatusCode>(answer.code()), answer.message(), answer.details());
    Answered(answer.id(), {FromGrpcStatus(status), std::move(*answer.mutable_response())});
  }
  if (response.draining() && owner != nullptr) owner->OnDraining(shared_from_this());
  CloseIfRetired();
}

void CallStream::Answered(uint64_t id, StreamedAnswer answer) {
  auto it = waiting_.find(id);
  if (it == waiting_.end()) return;
  Waiting waiting = std::move(it->second);
  waiting_.erase(it);
  deadlines_.erase({waiting.deadline, id});
  waiting.resume(std::move(answer));
}

void CallStream::GiveUp(uint64_t id, const absl::Status& why) {
  if (!waiting_.contains(id)) return;
  {
    std::lock_guard lock(mutex_);
    queue_.ForItem(0).add_cancelled_ids(id);
  }
  WriteLater();
  Answered(id, {why, ""});
  CloseIfRetired();
}

void CallStream::ExpectDeadline(absl::Time deadline, uint64_t id) {
  deadlines_.insert({deadline, id});
  if (deadline < timer_at_) ArmTimer();
}

void CallStream::ArmTimer() {
  timer_at_ = deadlines_.begin()->first;
  timer_.expires_after(absl::ToChronoNanoseconds(timer_at_ - absl::Now()));
  timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (error || self->ended_) return;
    self->timer_at_ = absl::InfiniteFuture();
    while (!self->deadlines_.empty() && self->deadlines_.begin()->first <= absl::Now()) {
      self->GiveUp(self->deadlines_.begin()->second, absl::DeadlineExceededError("Deadline Exceeded"));
    }
    if (!self->deadlines_.empty()) self->ArmTimer();
  });
}

void CallStream::End(const absl::Status& status) {
  ended_ = true;
  timer_.cancel();
  const absl::Status why =
      aborted_ ? absl::CancelledError("the stream of calls was ended")
               : absl::UnavailableError(absl::StrCat("the stream of calls has broken: ", status.message()));
  while (!waiting_.empty()) Answered(waiting_.begin()->first, {why, ""});
  if (std::shared_ptr<Owner> owner = owner_.lock()) owner->OnEnded(shared_from_this());
}

}  // namespace overlock::rpc
