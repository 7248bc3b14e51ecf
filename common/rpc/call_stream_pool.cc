#include "common/rpc/call_stream_pool.h"

#include <algorithm>
#include <utility>

namespace overlock::rpc {
namespace {

// How often new servers are looked for, while there are calls.
constexpr absl::Duration kLookEvery = absl::Seconds(1);
// A stream that is older makes room for a new one, so that its connection can end (ServerOptions::connection_age).
constexpr absl::Duration kAgeMax = absl::Seconds(5);
// Bounds what is tried at a time, and until it is looked again, where servers answer late, not, or end every stream.
constexpr size_t kOpensMax = 64;
// More calls under way on one stream go by themselves.
constexpr size_t kCallsMax = 1024;

}  // namespace

CallStreamPool::CallStreamPool(const std::shared_ptr<grpc::Channel>& channel, boost::asio::any_io_executor executor)
    : executor_(std::move(executor)), stub_(v1::CallStreamService::NewStub(channel)), timer_(executor_) {}

std::shared_ptr<CallStream> CallStreamPool::Find(std::string_view method) {
  if (ended_) return nullptr;
  called_ = true;
  if (!looking_) Look();
  for (size_t i = 0; i < streams_.size(); ++i) {
    const std::shared_ptr<CallStream>& stream = streams_[next_++ % streams_.size()];
    if (stream->calls() < kCallsMax && stream->Takes(method) && stream->HasRoom()) return stream;
  }
  return nullptr;
}

void CallStreamPool::Look() {
  looking_ = called_ && !ended_;
  if (!looking_) return;
  called_ = false;
  opened_ = 0;
  for (size_t i = 0; i <= streams_.size(); ++i) Open();
  timer_.expires_after(absl::ToChronoNanoseconds(kLookEvery));
  timer_.async_wait([pool = weak_from_this()](const boost::system::error_code& error) {
    if (auto self = pool.lock(); self != nullptr && !error) self->Look();
  });
}

void CallStreamPool::Open() {
  if (opening_.size() >= kOpensMax || opened_++ >= kOpensMax) return;
  auto stream = std::make_shared<CallStream>(executor_, weak_from_this());
  opening_.insert(stream);
  stream->Open(*stub_);
}

void CallStreamPool::OnOpened(const std::shared_ptr<CallStream>& stream) {
  const std::string peer = stream->peer();
  auto same = std::find_if(streams_.begin(), streams_.end(), [&peer](auto& each) { return each->peer() == peer; });
  opening_.erase(stream);
  if (ended_) {
    ending_.insert(stream);
    stream->Abort();
  } else if (same == streams_.end()) {
    streams_.push_back(stream);
    Open();
  } else if (stream->opened_at() - (*same)->opened_at() >= kAgeMax) {
    ending_.insert(*same);
    std::exchange(*same, stream)->Retire();
  } else {
    ending_.insert(stream);
    stream->Retire();
  }
}

void CallStreamPool::OnDraining(const std::shared_ptr<CallStream>& stream) {
  std::erase(streams_, stream);
  opening_.erase(stream);
  ending_.insert(stream);
  stream->Retire();
}

void CallStreamPool::OnEnded(const std::shared_ptr<CallStream>& stream) {
  std::erase(streams_, stream);
  opening_.erase(stream);
  ending_.erase(stream);
}

void CallStreamPool::End() {
  ended_ = true;
  timer_.cancel();
  for (auto& stream : streams_) stream->Abort();
  for (auto& stream : opening_) stream->Abort();
  for (auto& stream : ending_) stream->Abort();
}

}  // namespace overlock::rpc
