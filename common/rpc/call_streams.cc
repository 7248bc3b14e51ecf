#include "common/rpc/call_streams.h"

#include <boost/asio/execution/context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/query.hpp>

#include <functional>
#include <future>
#include <optional>
#include <stop_token>

#include "common/async/event_loops.h"
#include "common/async/suspend.h"
#include "common/rpc/call_stream_pool.h"

namespace overlock::rpc {

CallStreams::CallStreams(const std::shared_ptr<grpc::Channel>& channel, EventLoops& loops) {
  for (int i = 0; i < loops.size(); ++i) {
    pools_.push_back({&loops.Context(i), std::make_shared<CallStreamPool>(channel, loops.Get(i))});
  }
}

CallStreams::~CallStreams() {
  for (const LoopsPool& each : pools_) {
    boost::asio::post(each.pool->executor(), [pool = each.pool] { pool->End(); });
  }
}

std::shared_ptr<CallStream> CallStreams::Find(const boost::asio::any_io_executor& executor, std::string_view method) {
  const boost::asio::execution_context* loop = &boost::asio::query(executor, boost::asio::execution::context);
  for (const LoopsPool& each : pools_) {
    if (each.loop == loop) return each.pool->Find(method);
  }
  return nullptr;
}

void CallStreams::End() {
  for (const LoopsPool& each : pools_) {
    std::promise<void> ended;
    boost::asio::post(each.pool->executor(), [&] {
      each.pool->End();
      ended.set_value();
    });
    ended.get_future().wait();
  }
}

Task<absl::StatusOr<std::string>> CallOnStream(std::shared_ptr<CallStream> stream, std::string_view method,
                                               std::string request, CallContext call) {
  const uint64_t id = stream->NextId();
  std::optional<std::stop_callback<std::function<void()>>> cancel;
  if (call.stop.stop_possible()) {
    cancel.emplace(call.stop,
                   [stream, id] { boost::asio::post(stream->executor(), [stream, id] { stream->Cancel(id); }); });
  }
  auto start = [&](auto resume) { stream->Send(id, method, std::move(request), call, std::move(resume)); };
  StreamedAnswer answer = co_await Suspend<StreamedAnswer>(start);
  if (!answer.status.ok()) co_return answer.status;
  co_return std::move(answer.response);
}

}  // namespace overlock::rpc
