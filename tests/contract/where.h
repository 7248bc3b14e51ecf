// Where a contract is held: in process, and over gRPC in both ways in which calls go.
#ifndef OVERLOCK_TESTS_CONTRACT_WHERE_H_
#define OVERLOCK_TESTS_CONTRACT_WHERE_H_

#include <boost/asio/post.hpp>

#include <future>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/async/block_on.h"
#include "common/async/event_loops.h"
#include "common/rpc/call_streams.h"
#include "common/rpc/channel.h"
#include "common/rpc/client.h"
#include "common/rpc/connection.h"
#include "common/rpc/polling_threads.h"
#include "common/rpc/server_runner.h"
#include "common/telemetry/metrics.h"
#include "gtest/gtest.h"

namespace overlock {

enum class Where { kInProcess, kOverGrpc, kOverStreams };

inline auto Everywhere() { return ::testing::Values(Where::kInProcess, Where::kOverGrpc, Where::kOverStreams); }

inline std::string NameOf(const ::testing::TestParamInfo<Where>& info) {
  if (info.param == Where::kInProcess) return "InProcess";
  return info.param == Where::kOverGrpc ? "OverGrpc" : "OverStreams";
}

// A server of one service, and the connection to it that a caller in another process has, which may not outlive it.
class ServiceOverGrpc {
 public:
  // Not for kInProcess. `service` is the contract's *Grpc and outlives this; `method` is one that it takes on streams:
  // its path.
  template <class Service>
  ServiceOverGrpc(Where where, Service& service, std::string method) : method_(std::move(method)) {
    if (where == Where::kOverGrpc) {
      server_ = rpc::ServerRunner::StartInProcess({&service});
      channel_ = server_->InProcessChannel();
      return;
    }
    auto server =
        rpc::ServerRunner::Start("127.0.0.1:0", {}, {{&service, Service::Callers(), service.Handlers()}}, metrics_, {});
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    server_->SetServing(true);
    auto channel = rpc::MakeChannel(absl::StrCat("127.0.0.1:", server_->port()), {});
    EXPECT_TRUE(channel.ok()) << channel.status();
    channel_ = *std::move(channel);
    streams_ = std::make_shared<rpc::CallStreams>(channel_, loop_);
    while (!HasStream()) std::this_thread::yield();
  }
  ~ServiceOverGrpc() {
    if (streams_) streams_->End();
    while (rpc::MadeCallsUnderWay() > 0) std::this_thread::yield();
    server_->Shutdown(absl::Now() + absl::Seconds(5));
  }
  ServiceOverGrpc(const ServiceOverGrpc&) = delete;
  ServiceOverGrpc& operator=(const ServiceOverGrpc&) = delete;

  rpc::Connection connection() const { return {channel_, streams_}; }

  // What a task on the connection returns. Over streams it runs on the caller's loop, for only there are calls made on
  // streams.
  template <class T>
  T Await(Task<T> task) {
    if (!streams_) return BlockOn(std::move(task));
    EXPECT_TRUE(HasStream()) << "the call would go by itself";
    auto result = std::make_shared<std::promise<T>>();
    auto run = [](Task<T> task, std::shared_ptr<std::promise<T>> result) -> Task<void> {
      result->set_value(co_await std::move(task));
    };
    Detach(loop_.Get(0), run(std::move(task), result));
    return result->get_future().get();
  }

 private:
  bool HasStream() {
    auto found = std::make_shared<std::promise<bool>>();
    boost::asio::post(loop_.Get(0),
                      [this, found] { found->set_value(streams_->Find(loop_.Get(0), method_) != nullptr); });
    return found->get_future().get();
  }

  // gRPC's own number; here so that they end in this thread.
  const rpc::PollingThreads polling_{std::numeric_limits<int>::max()};
  const std::string method_;
  Metrics metrics_;
  EventLoops loop_{1};
  std::unique_ptr<rpc::ServerRunner> server_;
  std::shared_ptr<grpc::Channel> channel_;
  // Null unless calls go on streams.
  std::shared_ptr<rpc::CallStreams> streams_;
};

// Tests of a contract, each run at each place.
class ContractTest : public ::testing::TestWithParam<Where> {
 protected:
  // What `task` returns, which may call the service that `over_` leads to.
  template <class T>
  T Await(Task<T> task) {
    return over_ ? over_->Await(std::move(task)) : BlockOn(std::move(task));
  }

  // Not there in process.
  std::optional<ServiceOverGrpc> over_;
};

}  // namespace overlock

#endif  // OVERLOCK_TESTS_CONTRACT_WHERE_H_
