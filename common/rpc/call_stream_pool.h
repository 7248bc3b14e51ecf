// The streams of one channel and one loop.
#ifndef OVERLOCK_COMMON_RPC_CALL_STREAM_POOL_H_
#define OVERLOCK_COMMON_RPC_CALL_STREAM_POOL_H_

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "common/rpc/call_stream.h"

namespace overlock::rpc {

// Keeps a stream to each server. Which server a stream is opened to the channel decides, in turn; so one more than
// there are servers known finds one that is new. Belongs to a loop: all methods are called on it.
class CallStreamPool : public CallStream::Owner, public std::enable_shared_from_this<CallStreamPool> {
 public:
  CallStreamPool(const std::shared_ptr<grpc::Channel>& channel, boost::asio::any_io_executor executor);

  // See CallStreams.
  std::shared_ptr<CallStream> Find(std::string_view method);
  void End();
  const boost::asio::any_io_executor& executor() const { return executor_; }

  void OnOpened(const std::shared_ptr<CallStream>& stream) override;
  void OnDraining(const std::shared_ptr<CallStream>& stream) override;
  void OnEnded(const std::shared_ptr<CallStream>& stream) override;

 private:
  void Open();
  void Look();

  const boost::asio::any_io_executor executor_;
  const std::unique_ptr<v1::CallStreamService::Stub> stub_;
  // One for each server.
  std::vector<std::shared_ptr<CallStream>> streams_;
  absl::flat_hash_set<std::shared_ptr<CallStream>> opening_;
  absl::flat_hash_set<std::shared_ptr<CallStream>> ending_;
  // Since it was last looked.
  size_t opened_ = 0;
  size_t next_ = 0;
  boost::asio::steady_timer timer_;
  bool looking_ = false;
  bool called_ = false;
  bool ended_ = false;
};

}  // namespace overlock::rpc

#endif  // OVERLOCK_COMMON_RPC_CALL_STREAM_POOL_H_
