// One stream of calls to one server.
#ifndef OVERLOCK_COMMON_RPC_CALL_STREAM_H_
#define OVERLOCK_COMMON_RPC_CALL_STREAM_H_

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/client_callback.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/async/call_context.h"
#include "common/rpc/client.h"
#include "common/rpc/message_queue.h"
#include "overlock/rpc/v1/call_stream_service.grpc.pb.h"

namespace overlock::rpc {

// How a call on a stream ended.
struct StreamedAnswer {
  absl::Status status;
  // Serialized; empty unless `status` is OK.
  std::string response;
};

// Belongs to a loop: all methods that are not gRPC's reactions are called on it, and so are its owner's and those that
// resume calls. Lives until the stream has ended, whoever lets go of it.
class CallStream : public grpc::ClientBidiReactor<v1::StreamRequest, v1::StreamResponse>,
                   public std::enable_shared_from_this<CallStream> {
 public:
  // Who keeps the stream.
  class Owner {
   public:
    virtual ~Owner() = default;
    // Calls may be sent now; peer() is known.
    virtual void OnOpened(const std::shared_ptr<CallStream>& stream) = 0;
    // The server wants no more calls.
    virtual void OnDraining(const std::shared_ptr<CallStream>& stream) = 0;
    // Nothing more comes.
    virtual void OnEnded(const std::shared_ptr<CallStream>& stream) = 0;
  };
  using Resume = std::function<void(StreamedAnswer)>;

  CallStream(boost::asio::any_io_executor executor, std::weak_ptr<Owner> owner);

  void Open(v1::CallStreamService::Stub& stub);
  // The server's address, as gRPC writes it.
  std::string peer() const { return context_.peer(); }
  absl::Time opened_at() const { return opened_at_; }
  // Whether its server takes calls of a method (its path).
  bool Takes(std::string_view method) const { return methods_.contains(method); }
  // Those under way.
  size_t calls() const { return waiting_.size(); }
  const boost::asio::any_io_executor& executor() const { return executor_; }

  // A name for the next call.
  uint64_t NextId() { return ++last_id_; }
  // Sends a call; `resume` is called once, on the loop, with its answer or with how it failed.
  void Send(uint64_t id, std::string_view method, std::string request, const CallContext& call, Resume resume);
  // Ends a call with CANCELLED, if it is still under way.
  void Cancel(uint64_t id) { GiveUp(id, absl::CancelledError("the call was cancelled")); }
  // No call is sent any more; the stream ends when all are answered.
  void Retire();
  // Ends the stream now, and the calls under way with CANCELLED.
  void Abort();
  // Whether what waits to be sent is little: a server that does not read fills no memory here.
  bool HasRoom();

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnWritesDoneDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;

 private:
  enum class Step { kNothing, kWrite, kClose, kRelease };

  template <class Change>
  void Go(Change change);
  Step Next();
  void WriteLater();
  void Receive(v1::StreamResponse& response);
  void End(const absl::Status& status);
  // Ends a call that the server still has.
  void GiveUp(uint64_t id, const absl::Status& why);
  void Answered(uint64_t id, StreamedAnswer answer);
  void ExpectDeadline(absl::Time deadline, uint64_t id);
  void ArmTimer();
  void CloseIfRetired();

  struct Waiting {
    Resume resume;
    absl::Time deadline;
  };

  const MadeCall under_way_;
  const boost::asio::any_io_executor executor_;
  const std::weak_ptr<Owner> owner_;
  // The loop's.
  grpc::ClientContext context_;
  absl::Time opened_at_;
  absl::flat_hash_set<std::string> methods_;
  bool opened_ = false;
  bool retired_ = false;
  bool aborted_ = false;
  bool ended_ = false;
  uint64_t last_id_ = 0;
  absl::flat_hash_map<uint64_t, Waiting> waiting_;
  // One timer for all calls, at the earliest deadline or before.
  absl::btree_set<std::pair<absl::Time, uint64_t>> deadlines_;
  boost::asio::steady_timer timer_;
  absl::Time timer_at_ = absl::InfiniteFuture();

  // gRPC's, until the reaction that says that it is done with them.
  v1::StreamRequest request_;
  v1::StreamResponse response_;
  // Until OnDone.
  std::shared_ptr<CallStream> self_;

  // Between the loop and gRPC's threads. Never held while gRPC is called.
  std::mutex mutex_;
  MessageQueue<v1::StreamRequest> queue_;
  bool writing_ = false;
  bool write_later_ = false;
  // This side is to be closed when all is written, and is.
  bool closing_ = false;
  bool closed_ = false;
  bool read_ended_ = false;
  // gRPC does not end the stream as long as we may still begin something on it.
  bool held_ = true;
};

}  // namespace overlock::rpc

#endif  // OVERLOCK_COMMON_RPC_CALL_STREAM_H_
