// Makes unary calls together, on streams to the servers of a channel (overlock.rpc.v1.CallStreamService).
#ifndef OVERLOCK_COMMON_RPC_CALL_STREAMS_H_
#define OVERLOCK_COMMON_RPC_CALL_STREAMS_H_

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/async/call_context.h"
#include "common/async/task.h"

namespace boost::asio {
class execution_context;
}
namespace grpc {
class Channel;
}

namespace overlock {
class EventLoops;
}

namespace overlock::rpc {

class CallStream;
class CallStreamPool;

// The streams of one channel: for each event loop one to each server that the channel reaches, opened when the loop has
// calls. Calls go to the servers in turn. Every second, while there are calls, new streams are opened and old ones
// closed, so that servers that come are found and connections end when they are old. Thread-safe.
class CallStreams {
 public:
  // Calls with larger requests go by themselves: they would hold up those behind them.
  static constexpr size_t kRequestBytesMax = 64 * 1024;

  // The loops must be there until no call is under way (MadeCallsUnderWay).
  CallStreams(const std::shared_ptr<grpc::Channel>& channel, EventLoops& loops);
  // Ends the streams.
  ~CallStreams();
  CallStreams(const CallStreams&) = delete;
  CallStreams& operator=(const CallStreams&) = delete;

  // A stream that can take a call of this method (its path) now, on which whoever runs on `executor` may make it. Null
  // if there is none (yet), and for executors that are none of the loops': the call then goes by itself. The caller
  // must be on `executor`.
  std::shared_ptr<CallStream> Find(const boost::asio::any_io_executor& executor, std::string_view method);

  // Cancels what is under way, and opens no stream any more. Waits for the loops, which must run: call it on none of
  // them.
  void End();

 private:
  struct LoopsPool {
    boost::asio::execution_context* loop;
    std::shared_ptr<CallStreamPool> pool;
  };
  // Never changed.
  std::vector<LoopsPool> pools_;
};

// Makes one call of a method (its path, which must outlive the call) on the stream: a serialized request for a
// serialized response. Deadline, cancellation, trace and correlation id of `call` go with it. UNAVAILABLE if the stream
// breaks: whether the call was executed is then not known, as with any call whose connection breaks.
Task<absl::StatusOr<std::string>> CallOnStream(std::shared_ptr<CallStream> stream, std::string_view method,
                                               std::string request, CallContext call);

}  // namespace overlock::rpc

#endif  // OVERLOCK_COMMON_RPC_CALL_STREAMS_H_
