// The unary methods that a server takes over call streams, too.
#ifndef OVERLOCK_COMMON_RPC_CALL_HANDLERS_H_
#define OVERLOCK_COMMON_RPC_CALL_HANDLERS_H_

#include <google/protobuf/descriptor.h>

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "common/async/call_context.h"
#include "common/async/task.h"
#include "common/rpc/rpc_span.h"

namespace overlock::rpc {

// The path of the rpc whose request this message is, e.g. `/overlock.validation.v1.ValidationService/Validate`: each
// rpc has a request of its own (protos/README.md). Empty for a message that is no rpc's request.
std::string MethodPath(const google::protobuf::Descriptor& request);

// INVALID_ARGUMENT: the bytes of a call's request are no message of its type.
absl::Status UnreadableRequest(const google::protobuf::Descriptor& request);

// What runs the methods of one gRPC service. Each `*_grpc` class that takes calls over streams has a
// `rpc::CallHandlers Handlers()`:
//
//   rpc::CallHandlers handlers([this] { return loops_.Next(); });
//   handlers.Add<v1::ValidateRequest>([this](v1::ValidateRequest request, CallContext call) {
//     return Run(std::move(request), std::move(call));
//   });
//   return handlers;
class CallHandlers {
 public:
  // Takes a serialized request and returns a serialized response.
  using Handler = std::function<Task<absl::StatusOr<std::string>>(std::string request, CallContext call)>;
  // Where calls run; asked once for all calls of a message. Thread-safe.
  using NextExecutor = std::function<boost::asio::any_io_executor()>;

  explicit CallHandlers(NextExecutor executor) : executor_(std::move(executor)) {}

  // `run(Request, CallContext) -> Task<absl::StatusOr<Response>>`. What it refers to must outlive the calls.
  template <class Request, class Run>
  void Add(Run run) {
    handlers_[MethodPath(*Request::descriptor())] = [run](std::string bytes, CallContext call) {
      return Handle<Request>(run, std::move(bytes), std::move(call));
    };
  }

  const NextExecutor& executor() const { return executor_; }
  // By path.
  const absl::flat_hash_map<std::string, Handler>& handlers() const { return handlers_; }

 private:
  template <class Request, class Run>
  static Task<absl::StatusOr<std::string>> Handle(Run run, std::string bytes, CallContext call) {
    Request request;
    if (!request.ParseFromString(bytes)) co_return UnreadableRequest(*Request::descriptor());
    Span span = BeginSpan(SpanKind::kServer, &Request::descriptor, call);
    auto response = co_await run(std::move(request), std::move(call));
    EndSpan(span, SpanKind::kServer, response.status());
    if (!response.ok()) co_return response.status();
    co_return response->SerializeAsString();
  }

  NextExecutor executor_;
  absl::flat_hash_map<std::string, Handler> handlers_;
};

}  // namespace overlock::rpc

#endif  // OVERLOCK_COMMON_RPC_CALL_HANDLERS_H_
