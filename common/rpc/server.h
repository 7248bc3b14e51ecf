// Serving coroutines over gRPC's callback API.
#ifndef OVERLOCK_COMMON_RPC_SERVER_H_
#define OVERLOCK_COMMON_RPC_SERVER_H_

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/server_callback.h>

#include <boost/asio/any_io_executor.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <utility>

#include "absl/status/statusor.h"
#include "common/async/call_context.h"
#include "common/async/event_loops.h"
#include "common/async/suspend.h"
#include "common/async/task.h"
#include "common/rpc/grpc_status.h"
#include "common/rpc/metadata.h"
#include "common/rpc/rpc_span.h"

namespace overlock::rpc {

// The calls that this process serves and that are not finished, streams included. Thread-safe.
inline std::atomic<int> calls_under_way{0};
inline int CallsUnderWay() { return calls_under_way.load(std::memory_order_relaxed); }

// Held by a call as long as it is under way.
class CallUnderWay {
 public:
  CallUnderWay() { calls_under_way.fetch_add(1, std::memory_order_relaxed); }
  ~CallUnderWay() { calls_under_way.fetch_sub(1, std::memory_order_relaxed); }
  CallUnderWay(const CallUnderWay&) = delete;
  CallUnderWay& operator=(const CallUnderWay&) = delete;
};

// Serves one unary call: runs `handler(CallContext) -> Task<absl::StatusOr<Response>>` on `executor` and finishes
// the call with its result. gRPC's own thread never waits. The stop token tells when the client has gone away. The call
// is a span of its caller's trace, named for the type of `request`.
//
//   grpc::ServerUnaryReactor* AuthGrpc::Authenticate(grpc::CallbackServerContext* context,
//       const AuthenticateRequest* request, AuthenticateResponse* response) {
//     return rpc::ServeUnary(loops_.Next(), context, request, response, [this, request](CallContext call) {
//       AuthenticateRequest message = *request;       // `request` lives until the call is finished
//       Body body(std::move(*message.mutable_body()));
//       return impl_.Authenticate(std::move(message), std::move(body), std::move(call));
//     });
//   }
template <class Request, class Response, class Handler>
grpc::ServerUnaryReactor* ServeUnary(boost::asio::any_io_executor executor, grpc::CallbackServerContext* context,
                                     const Request*, Response* response, Handler handler) {
  class Reactor : public grpc::ServerUnaryReactor {
   public:
    void OnCancel() override { stop.request_stop(); }
    void OnDone() override { delete this; }
    std::stop_source stop;

   private:
    const CallUnderWay under_way_;
  };
  auto* reactor = new Reactor();
  CallContext call = FromServerContext(*context);
  call.stop = reactor->stop.get_token();
  Span span = BeginSpan(SpanKind::kServer, &Request::descriptor, call);
  // One place calls Finish, as its last act: the reactor may be gone on the next line.
  auto run = [](Handler handler, CallContext call, Span span, Response* response, Reactor* reactor) -> Task<void> {
    absl::StatusOr<Response> result = co_await handler(std::move(call));
    EndSpan(span, SpanKind::kServer, result.status());
    if (result.ok()) *response = *std::move(result);
    reactor->Finish(ToGrpcStatus(result.status()));
  };
  Detach(executor, run(std::move(handler), std::move(call), std::move(span), response, reactor));
  return reactor;
}

// Sends the messages of a server stream.
template <class Message>
class StreamWriter {
 public:
  virtual ~StreamWriter() = default;
  // Sends one message and returns when gRPC has taken it; CANCELLED when the client has gone away.
  virtual Task<absl::Status> Write(Message message) = 0;
};

// Serves a server stream: `handler(StreamWriter<Message>&, CallContext) -> Task<absl::Status>`. The writer lives
// as long as the handler's task.
template <class Message, class Handler>
grpc::ServerWriteReactor<Message>* ServeServerStream(boost::asio::any_io_executor executor,
                                                     grpc::CallbackServerContext* context, Handler handler) {
  class Reactor : public grpc::ServerWriteReactor<Message>, public StreamWriter<Message> {
   public:
    Task<absl::Status> Write(Message message) override {
      message_ = std::move(message);
      auto start = [this](auto resume) {
        written_ = std::move(resume);
        this->StartWrite(&message_);
      };
      bool ok = co_await Suspend<bool>(start);
      if (!ok) co_return absl::CancelledError("the client has gone away");
      co_return absl::OkStatus();
    }
    void OnWriteDone(bool ok) override { std::exchange(written_, nullptr)(ok); }
    void OnCancel() override { stop.request_stop(); }
    void OnDone() override { delete this; }
    std::stop_source stop;

   private:
    const CallUnderWay under_way_;
    Message message_;
    std::function<void(bool)> written_;
  };
  auto* reactor = new Reactor();
  CallContext call = FromServerContext(*context);
  call.stop = reactor->stop.get_token();
  auto run = [](Handler handler, CallContext call, Reactor* reactor) -> Task<void> {
    absl::Status status = co_await handler(*reactor, std::move(call));
    reactor->Finish(ToGrpcStatus(status));
  };
  Detach(executor, run(std::move(handler), std::move(call), reactor));
  return reactor;
}

}  // namespace overlock::rpc

#endif  // OVERLOCK_COMMON_RPC_SERVER_H_
