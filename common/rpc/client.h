// Calling gRPC services from coroutines, over the callback API.
#ifndef OVERLOCK_COMMON_RPC_CLIENT_H_
#define OVERLOCK_COMMON_RPC_CLIENT_H_

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/client_callback.h>

#include <boost/asio/this_coro.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/async/call_context.h"
#include "common/async/suspend.h"
#include "common/async/task.h"
#include "common/rpc/call_handlers.h"
#include "common/rpc/call_streams.h"
#include "common/rpc/grpc_status.h"
#include "common/rpc/metadata.h"
#include "common/rpc/rpc_span.h"

namespace overlock::rpc {

// How long the calls of this process may wait, before anything is sent, for a server that can be reached: one that is
// being restarted. Zero, the default, is not at all. Set it before the first call.
void SetServerWait(absl::Duration wait);

// The calls that this process makes and of which gRPC still has something to say. Loops that coroutines wait on for
// them must live until there are none. Thread-safe.
int MadeCallsUnderWay();

// Held by a call as long as it is one of those.
class MadeCall {
 public:
  MadeCall();
  ~MadeCall();
  MadeCall(const MadeCall&) = delete;
  MadeCall& operator=(const MadeCall&) = delete;
};

// Whether calls have waited for a server in vain. Thread-safe.
class ServerAbsence {
 public:
  bool known() const { return known_.load(std::memory_order_relaxed); }
  void Set(bool known) { known_.store(known, std::memory_order_relaxed); }

 private:
  std::atomic<bool> known_{false};
};

// How a call ended, and what it leaves to whoever waited. gRPC's thread hands its share of the state over: if it let go
// of the last one itself, it could end the channel, and with the last channel gRPC would wait there for the very thread
// that it is.
struct FinishedCall {
  absl::Status status;
  std::shared_ptr<void> state;
};
using ResumeCall = std::function<void(FinishedCall)>;
// Suspends the coroutine until what `begin` was given is called. One coroutine for all calls: compilers take long for
// each kind. `context` is of the call that `begin` begins.
Task<FinishedCall> AwaitCall(grpc::ClientContext& context, ServerAbsence& absence,
                             std::function<void(ResumeCall)> begin);

// Makes one unary call. `start(context, request, response, done)` begins it:
//
//   co_return co_await rpc::CallUnary<ValidateResponse>(call, std::move(request),
//       [this](auto* context, auto* request, auto* response, auto done) {
//         stub_->async()->Validate(context, request, response, std::move(done));
//       });
//
// Deadline, cancellation, trace and correlation id of `call` go with it; it is a span of that trace. A call that
// cannot be sent now fails at once with UNAVAILABLE, unless this process lets calls wait (SetServerWait): then it fails
// so after that time (reason `NO_SERVER`), and those after it fail at once until one has reached a server again. What
// has been sent is never sent anew, unless the server says that it did not look at it (gRPC's transparent retry).
template <class Response, class Request, class Start>
Task<absl::StatusOr<Response>> CallUnary(CallContext call, Request request, Start start) {
  struct State {
    grpc::ClientContext context;
    Request request;
    Response response;
    std::optional<std::stop_callback<std::function<void()>>> cancel;
  };
  auto state = std::make_shared<State>();
  state->request = std::move(request);
  Span span = BeginSpan(SpanKind::kClient, &Request::descriptor, call);
  SetClientMetadata(call, state->context);
  // One for each method: a process has one channel to each service.
  static ServerAbsence absence;
  std::function<void(ResumeCall)> begin = [state, start = std::move(start), stop = call.stop](ResumeCall resume) {
    auto done = [state, resume = std::move(resume)](grpc::Status status) mutable {
      resume(FinishedCall{FromGrpcStatus(status), std::move(state)});
    };
    start(&state->context, &state->request, &state->response, std::move(done));
    if (stop.stop_possible()) state->cancel.emplace(stop, [context = &state->context] { context->TryCancel(); });
  };
  FinishedCall finished = co_await AwaitCall(state->context, absence, std::move(begin));
  state->cancel.reset();
  EndSpan(span, SpanKind::kClient, finished.status);
  if (!finished.status.ok()) co_return finished.status;
  co_return std::move(state->response);
}

// INTERNAL: the bytes of an answer are no message of its type.
absl::Status UnreadableResponse(const google::protobuf::Descriptor& response);

// The same on one of the streams, if there is one that can take the call, and by itself otherwise. `streams` may be
// null.
template <class Response, class Request, class Start>
Task<absl::StatusOr<Response>> CallUnary(std::shared_ptr<CallStreams> streams, CallContext call, Request request,
                                         Start start) {
  static const std::string method = MethodPath(*Request::descriptor());
  std::shared_ptr<CallStream> stream;
  // A stream's server knows its caller by the certificate alone.
  if (streams != nullptr && call.token.empty() && request.ByteSizeLong() <= CallStreams::kRequestBytesMax) {
    stream = streams->Find(co_await boost::asio::this_coro::executor, method);
  }
  if (stream == nullptr) co_return co_await CallUnary<Response>(std::move(call), std::move(request), std::move(start));
  Span span = BeginSpan(SpanKind::kClient, &Request::descriptor, call);
  std::string bytes = request.SerializeAsString();
  absl::StatusOr<std::string> answer =
      co_await CallOnStream(std::move(stream), method, std::move(bytes), std::move(call));
  EndSpan(span, SpanKind::kClient, answer.status());
  if (!answer.ok()) co_return answer.status();
  Response response;
  if (!response.ParseFromString(*answer)) co_return UnreadableResponse(*Response::descriptor());
  co_return response;
}

// Reads a server stream: `on_message` is awaited for each message, in order, on the coroutine's executor, before
// the next one is read; when it fails the call is cancelled and its status returned. Returns when the stream
// ends. `start(context, request, reactor)` begins it: `stub_->async()->Watch(context, request, reactor)`.
template <class Message, class Request, class Start>
Task<absl::Status> CallServerStream(CallContext call, Request request, Start start,
                                    std::function<Task<absl::Status>(Message)> on_message) {
  // One operation is under way at a time; `resume_` is set while the coroutine waits for it. The hold keeps OnDone
  // back while no read is pending, so that a read is never begun on a call that is over.
  class Reader : public grpc::ClientReadReactor<Message> {
   public:
    struct Step {
      // Whether a message was read.
      bool ok = false;
      // OnDone's share of the reader, for the reason that stands at FinishedCall.
      std::shared_ptr<Reader> reader;
    };

    grpc::ClientContext context;
    Request request;
    Message message;
    grpc::Status status;
    std::shared_ptr<Reader> self;  // alive until OnDone

    void Expect(std::function<void(Step)> resume) { resume_ = std::move(resume); }
    void OnReadDone(bool ok) override { std::exchange(resume_, nullptr)(Step{ok, nullptr}); }
    void OnDone(const grpc::Status& final_status) override {
      status = final_status;
      // The last act: the coroutine may end the reader at once.
      std::exchange(resume_, nullptr)(Step{false, std::move(self)});
    }

   private:
    const MadeCall under_way_;
    std::function<void(Step)> resume_;
  };

  using Step = typename Reader::Step;
  auto reader = std::make_shared<Reader>();
  reader->self = reader;
  reader->request = std::move(request);
  SetClientMetadata(call, reader->context);
  start(&reader->context, &reader->request, reader.get());
  reader->AddHold();
  std::stop_callback cancel(call.stop, [context = &reader->context] { context->TryCancel(); });
  reader->StartCall();

  absl::Status broken = absl::OkStatus();
  while (true) {
    auto read = [reader](auto resume) {
      reader->Expect(std::move(resume));
      reader->StartRead(&reader->message);
    };
    Step step = co_await Suspend<Step>(read);
    if (!step.ok) break;
    if (!broken.ok()) continue;
    Message message = std::move(reader->message);
    broken = co_await on_message(std::move(message));
    if (!broken.ok()) reader->context.TryCancel();
  }
  auto finish = [reader](auto resume) {
    reader->Expect(std::move(resume));
    reader->RemoveHold();
  };
  co_await Suspend<Step>(finish);
  co_return broken.ok() ? FromGrpcStatus(reader->status) : broken;
}

}  // namespace overlock::rpc

#endif  // OVERLOCK_COMMON_RPC_CLIENT_H_
