#include "common/rpc/client.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/status/status.h"

namespace overlock::rpc {
namespace {

std::atomic<absl::Duration> server_wait{absl::ZeroDuration()};
std::atomic<int> made_calls{0};

// Until a connection has taken the call, gRPC names its target, a URI with `//` (MakeChannel sees to that); then the
// peer's address, which has none.
bool IsSent(const grpc::ClientContext& context) { return context.peer().find("//") == std::string::npos; }

absl::Status NoServer(absl::Duration waited) {
  return Error(absl::StatusCode::kUnavailable, "NO_SERVER",
               absl::StrCat("no server could be reached within ", absl::FormatDuration(waited)));
}

// Cancels a call that is not sent when its time is up. If it is sent at that very moment it is cancelled all the same:
// it fails, and is not sent anew.
class SendTimer {
 public:
  // `context` must live until Stop().
  SendTimer(boost::asio::any_io_executor executor, grpc::ClientContext& context, absl::Duration wait)
      : state_(std::make_shared<State>(&context)), timer_(std::move(executor)) {
    timer_.expires_after(absl::ToChronoNanoseconds(wait));
    timer_.async_wait([state = state_](const boost::system::error_code& error) {
      if (error || state->context == nullptr || IsSent(*state->context)) return;
      state->fired = true;
      state->context->TryCancel();
    });
  }
  // Whether the call was cancelled.
  bool Stop() {
    timer_.cancel();
    state_->context = nullptr;
    return state_->fired;
  }

 private:
  struct State {
    explicit State(grpc::ClientContext* context) : context(context) {}
    // Null once the call has ended.
    grpc::ClientContext* context;
    bool fired = false;
  };
  const std::shared_ptr<State> state_;
  boost::asio::steady_timer timer_;
};

}  // namespace

int MadeCallsUnderWay() { return made_calls; }
MadeCall::MadeCall() { ++made_calls; }
MadeCall::~MadeCall() { --made_calls; }

void SetServerWait(absl::Duration wait) { server_wait = wait; }

absl::Status UnreadableResponse(const google::protobuf::Descriptor& response) {
  return Error(absl::StatusCode::kInternal, "RESPONSE_UNREADABLE",
               absl::StrCat("the bytes of an answer are no ", response.full_name()));
}

Task<FinishedCall> AwaitCall(grpc::ClientContext& context, ServerAbsence& absence,
                             std::function<void(ResumeCall)> begin) {
  auto start = [begin = std::move(begin)](auto resume) { begin(std::move(resume)); };
  const MadeCall under_way;
  const absl::Duration wait = server_wait.load(std::memory_order_relaxed);
  if (wait <= absl::ZeroDuration() || absence.known()) {
    FinishedCall finished = co_await Suspend<FinishedCall>(std::move(start));
    if (absence.known() && IsSent(context)) absence.Set(false);
    co_return finished;
  }
  context.set_wait_for_ready(true);
  SendTimer timer(co_await boost::asio::this_coro::executor, context, wait);
  FinishedCall finished = co_await Suspend<FinishedCall>(std::move(start));
  if (timer.Stop() && finished.status.code() == absl::StatusCode::kCancelled) {
    absence.Set(true);
    finished.status = NoServer(wait);
  }
  co_return finished;
}

}  // namespace overlock::rpc
