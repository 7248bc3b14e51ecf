#include "services/executor/data/mongoc/command_limits.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/time/clock.h"

// The driver's own way to connect. Its shared library has it, its headers do not.
extern "C" mongoc_stream_t* mongoc_client_default_stream_initiator(const mongoc_uri_t* uri,
                                                                   const mongoc_host_list_t* host, void* client,
                                                                   bson_error_t* error);

namespace overlock::executor {
namespace {

// Unlike any type of the driver's own.
constexpr int kStreamType = 1000;
// A stop that is requested while a server thinks is seen this soon.
constexpr int kLookEveryMilliseconds = 50;

thread_local const CommandLimits* limits = nullptr;

// A stream of the driver that ends with the limits of the thread. The first member is what the driver sees.
struct BoundStream {
  mongoc_stream_t base;
  mongoc_stream_t* inner;
  // Nothing of the answer has arrived, so the driver's own buffers are empty and the socket says whether something has.
  bool awaits_answer;
  bool gave_up;
};

BoundStream* Self(mongoc_stream_t* stream) { return reinterpret_cast<BoundStream*>(stream); }

int32_t Shorten(int32_t timeout_milliseconds) {
  if (limits == nullptr) return timeout_milliseconds;
  const int64_t left = std::clamp<int64_t>(absl::ToInt64Milliseconds(limits->TimeLeft()), 0, INT32_MAX - 1) + 1;
  // A driver's timeout that is negative or zero is none.
  return static_cast<int32_t>(timeout_milliseconds <= 0 ? left : std::min<int64_t>(left, timeout_milliseconds));
}

ssize_t GiveUp(BoundStream* self) {
  self->gave_up = true;
  errno = ETIMEDOUT;
  return -1;
}

// Waits until the server answers or hangs up; false when the limits or the driver's timeout are over first.
bool AwaitAnswer(BoundStream* self, int32_t timeout_milliseconds) {
  const absl::Time give_up =
      timeout_milliseconds <= 0 ? absl::InfiniteFuture() : absl::Now() + absl::Milliseconds(timeout_milliseconds);
  for (;;) {
    if (limits->Over() || absl::Now() >= give_up) return false;
    mongoc_stream_poll_t polled = {self->inner, POLLIN, 0};
    const ssize_t ready =
        mongoc_stream_poll(&polled, 1, std::min(Shorten(kLookEveryMilliseconds), kLookEveryMilliseconds));
    if (ready != 0) return true;
  }
}

ssize_t Read(mongoc_stream_t* stream, mongoc_iovec_t* iov, size_t count, size_t bytes_min, int32_t timeout) {
  BoundStream* self = Self(stream);
  if (limits != nullptr && self->awaits_answer && !AwaitAnswer(self, timeout)) return GiveUp(self);
  self->awaits_answer = false;
  if (limits != nullptr && limits->Over()) return GiveUp(self);
  return mongoc_stream_readv(self->inner, iov, count, bytes_min, Shorten(timeout));
}

ssize_t Write(mongoc_stream_t* stream, mongoc_iovec_t* iov, size_t count, int32_t timeout) {
  BoundStream* self = Self(stream);
  if (limits != nullptr && limits->Over()) return GiveUp(self);
  self->awaits_answer = true;
  return mongoc_stream_writev(self->inner, iov, count, Shorten(timeout));
}

void DestroyStream(mongoc_stream_t* stream) {
  mongoc_stream_destroy(Self(stream)->inner);
  delete Self(stream);
}
// The driver calls this one instead of DestroyStream where the connection is broken.
void FailStream(mongoc_stream_t* stream) {
  mongoc_stream_failed(Self(stream)->inner);
  delete Self(stream);
}
int Close(mongoc_stream_t* stream) { return mongoc_stream_close(Self(stream)->inner); }
int Flush(mongoc_stream_t* stream) { return mongoc_stream_flush(Self(stream)->inner); }
int SetOption(mongoc_stream_t* stream, int level, int name, void* value, mongoc_socklen_t bytes) {
  return mongoc_stream_setsockopt(Self(stream)->inner, level, name, value, bytes);
}
mongoc_stream_t* Inner(mongoc_stream_t* stream) { return Self(stream)->inner; }
bool CheckClosed(mongoc_stream_t* stream) { return mongoc_stream_check_closed(Self(stream)->inner); }
bool TimedOut(mongoc_stream_t* stream) { return Self(stream)->gave_up || mongoc_stream_timed_out(Self(stream)->inner); }
bool ShouldRetry(mongoc_stream_t* stream) { return mongoc_stream_should_retry(Self(stream)->inner); }

mongoc_stream_t* Connect(const mongoc_uri_t* uri, const mongoc_host_list_t* host, void* client, bson_error_t* error) {
  mongoc_stream_t* inner = mongoc_client_default_stream_initiator(uri, host, client, error);
  if (inner == nullptr) return nullptr;
  auto* self = new BoundStream();
  self->base.type = kStreamType;
  self->base.destroy = &DestroyStream;
  self->base.failed = &FailStream;
  self->base.close = &Close;
  self->base.flush = &Flush;
  self->base.writev = &Write;
  self->base.readv = &Read;
  self->base.setsockopt = &SetOption;
  self->base.get_base_stream = &Inner;
  self->base.check_closed = &CheckClosed;
  self->base.timed_out = &TimedOut;
  self->base.should_retry = &ShouldRetry;
  self->inner = inner;
  return &self->base;
}

}  // namespace

CommandLimits::CommandLimits(absl::Time deadline, std::stop_token stop, std::stop_token closing)
    : deadline_(deadline), stop_(std::move(stop)), closing_(std::move(closing)) {
  limits = this;
}

CommandLimits::~CommandLimits() { limits = nullptr; }

bool CommandLimits::Over() const {
  return stop_.stop_requested() || closing_.stop_requested() || absl::Now() >= deadline_;
}

absl::Duration CommandLimits::TimeLeft() const { return deadline_ - absl::Now(); }

void BoundConnections(mongoc_client_t* client) { mongoc_client_set_stream_initiator(client, &Connect, client); }

}  // namespace overlock::executor
