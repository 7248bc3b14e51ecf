// Channels to several servers that come, go and drain.
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/async/block_on.h"
#include "common/async/event_loops.h"
#include "common/rpc/channel.h"
#include "common/rpc/client.h"
#include "common/rpc/server.h"
#include "common/rpc/server_runner.h"
#include "common/telemetry/metrics.h"
#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"
#include "overlock/validation/v1/validation_service.grpc.pb.h"

namespace overlock::rpc {
namespace {

using validation::v1::CompleteDeliveryRequest;
using validation::v1::CompleteDeliveryResponse;
using validation::v1::ValidateRequest;
using validation::v1::ValidateResponse;
using validation::v1::ValidationService;

constexpr absl::Duration kLong = absl::Seconds(30);

// Says who it is, as the delivery; a call of CompleteDelivery ends when Release() is called.
class Named : public ValidationService::CallbackService {
 public:
  Named(EventLoops& loops, std::string name) : loops_(loops), name_(std::move(name)) {}

  grpc::ServerUnaryReactor* Validate(grpc::CallbackServerContext* context, const ValidateRequest* request,
                                     ValidateResponse* response) override {
    return ServeUnary(loops_.Next(), context, request, response, [this](CallContext) { return Answer(); });
  }
  grpc::ServerUnaryReactor* CompleteDelivery(grpc::CallbackServerContext* context,
                                             const CompleteDeliveryRequest* request,
                                             CompleteDeliveryResponse* response) override {
    return ServeUnary(loops_.Next(), context, request, response,
                      [this](CallContext call) { return Hold(std::move(call)); });
  }

  int held() const { return held_; }
  void Release() { released_ = true; }

 private:
  Task<absl::StatusOr<ValidateResponse>> Answer() {
    ValidateResponse response;
    response.set_delivery(name_);
    co_return response;
  }
  Task<absl::StatusOr<CompleteDeliveryResponse>> Hold(CallContext call) {
    ++held_;
    while (!released_ && !call.stop.stop_requested()) co_await Delay(absl::Milliseconds(5));
    co_return CompleteDeliveryResponse();
  }

  EventLoops& loops_;
  const std::string name_;
  std::atomic<int> held_{0};
  std::atomic<bool> released_{false};
};

CallerTable Callers() {
  return {ValidationService::service_full_name(), {{"Validate", {"edge"}}, {"CompleteDelivery", {"edge"}}}};
}

class BalanceTest : public ::testing::Test {
 protected:
  struct Server {
    std::unique_ptr<Named> service;
    std::unique_ptr<ServerRunner> runner;
  };

  BalanceTest() { SetServerWait(kLong); }
  ~BalanceTest() override {
    stub_.reset();
    servers_.clear();
    SetServerWait(absl::ZeroDuration());
  }

  Server& Start(const std::string& name, int port = 0) {
    Server server;
    server.service = std::make_unique<Named>(loops_, name);
    auto runner =
        ServerRunner::Start(absl::StrCat("127.0.0.1:", port), TlsOptions(), {{server.service.get(), Callers()}},
                            metrics_, {.connection_age = absl::Seconds(1)});
    EXPECT_THAT(runner, IsOk());
    server.runner = *std::move(runner);
    server.runner->SetServing(true);
    servers_.push_back(std::move(server));
    return servers_.back();
  }
  void Connect(const std::string& target) {
    auto channel = MakeChannel(target, TlsOptions());
    ASSERT_THAT(channel, IsOk());
    stub_ = ValidationService::NewStub(*channel);
  }
  std::string Address(const Server& server) { return absl::StrCat("127.0.0.1:", server.runner->port()); }

  absl::StatusOr<std::string> Ask() {
    auto start = [this](auto* context, auto* request, auto* response, auto done) {
      stub_->async()->Validate(context, request, response, std::move(done));
    };
    auto response = BlockOn(CallUnary<ValidateResponse>(CallContext(), ValidateRequest(), start));
    if (!response.ok()) return response.status();
    return response->delivery();
  }
  std::future<absl::Status> AskToHold() {
    return std::async(std::launch::async, [this] {
      auto start = [this](auto* context, auto* request, auto* response, auto done) {
        stub_->async()->CompleteDelivery(context, request, response, std::move(done));
      };
      return BlockOn(CallUnary<CompleteDeliveryResponse>(CallContext(), CompleteDeliveryRequest(), start)).status();
    });
  }
  // Asks until `name` alone has answered several times in a row.
  ::testing::AssertionResult OnlyAnswers(const std::string& name) {
    const absl::Time deadline = absl::Now() + kLong;
    for (int in_a_row = 0; in_a_row < 20;) {
      absl::StatusOr<std::string> who = Ask();
      if (!who.ok()) return ::testing::AssertionFailure() << who.status();
      in_a_row = *who == name ? in_a_row + 1 : 0;
      if (absl::Now() > deadline) return ::testing::AssertionFailure() << "others answer, too";
    }
    return ::testing::AssertionSuccess();
  }
  ::testing::AssertionResult Answers(const std::string& name) {
    const absl::Time deadline = absl::Now() + kLong;
    while (absl::Now() < deadline) {
      absl::StatusOr<std::string> who = Ask();
      if (!who.ok()) return ::testing::AssertionFailure() << who.status();
      if (*who == name) return ::testing::AssertionSuccess();
    }
    return ::testing::AssertionFailure() << name << " never answers";
  }

  EventLoops loops_{2};
  Metrics metrics_;
  std::vector<Server> servers_;
  std::unique_ptr<ValidationService::Stub> stub_;
};

TEST_F(BalanceTest, AllServersOfAListAnswer) {
  servers_.reserve(2);
  Server& first = Start("first");
  Server& second = Start("second");
  Connect(absl::StrCat("ipv4:", Address(first), ",", Address(second)));
  EXPECT_TRUE(Answers("first"));
  EXPECT_TRUE(Answers("second"));
}

TEST_F(BalanceTest, AServerThatSaysItDoesNotServeIsAskedNoMoreAndAgainWhenItDoes) {
  servers_.reserve(2);
  Server& first = Start("first");
  Server& second = Start("second");
  Connect(absl::StrCat("ipv4:", Address(first), ",", Address(second)));
  EXPECT_TRUE(Answers("first"));
  first.runner->SetServing(false);
  EXPECT_TRUE(OnlyAnswers("second"));
  first.runner->SetServing(true);
  EXPECT_TRUE(Answers("first"));
}

TEST_F(BalanceTest, AListMayNameServersThatComeLater) {
  servers_.reserve(3);
  Server& first = Start("first");
  const int later = Start("gone").runner->port();
  servers_.pop_back();
  Connect(absl::StrCat("ipv4:", Address(first), ",127.0.0.1:", later));
  EXPECT_TRUE(OnlyAnswers("first"));
  Start("later", later);
  EXPECT_TRUE(Answers("later"));
}

TEST_F(BalanceTest, ACallWaitsForItsServer) {
  const int port = Start("gone").runner->port();
  servers_.clear();
  Connect(absl::StrCat("127.0.0.1:", port));
  auto asked = std::async(std::launch::async, [this] { return Ask(); });
  Start("back", port);
  absl::StatusOr<std::string> who = asked.get();
  ASSERT_THAT(who, IsOk());
  EXPECT_EQ(*who, "back");
}

TEST_F(BalanceTest, ACallThatWaitedInVainSaysSoAndTheNextDoesNotWaitUntilTheServerIsBack) {
  const int port = Start("gone").runner->port();
  servers_.clear();
  for (std::string target : {absl::StrCat("127.0.0.1:", port), absl::StrCat("ipv4:127.0.0.1:", port)}) {
    SCOPED_TRACE(target);
    Connect(target);
    SetServerWait(absl::Milliseconds(50));
    EXPECT_THAT(Ask(), StatusIs(absl::StatusCode::kUnavailable, "NO_SERVER"));
    // Would take for ever if it waited.
    SetServerWait(absl::Hours(1));
    EXPECT_THAT(Ask(), StatusIs(absl::StatusCode::kUnavailable));
    Start("back", port);
    const absl::Time deadline = absl::Now() + kLong;
    while (!Ask().ok()) ASSERT_LT(absl::Now(), deadline);
    servers_.clear();
    // A call waits again.
    auto asked = std::async(std::launch::async, [this] { return Ask(); });
    Start("again", port);
    absl::StatusOr<std::string> who = asked.get();
    ASSERT_THAT(who, IsOk());
    servers_.clear();
  }
}

TEST_F(BalanceTest, ADrainingServerFinishesWhatItHasAndLosesNothing) {
  servers_.reserve(2);
  Server& first = Start("first");
  Connect(Address(first));
  std::future<absl::Status> held = AskToHold();
  while (first.service->held() == 0) std::this_thread::yield();
  auto drained = std::async(std::launch::async, [&first] { first.runner->Shutdown(absl::Now() + kLong); });
  first.service->Release();
  EXPECT_THAT(held.get(), IsOk());
  drained.get();
}

TEST_F(BalanceTest, WhatIsNotFinishedAtTheDeadlineIsCut) {
  Server& first = Start("first");
  Connect(Address(first));
  std::future<absl::Status> held = AskToHold();
  while (first.service->held() == 0) std::this_thread::yield();
  EXPECT_EQ(CallsUnderWay(), 1);
  first.runner->Shutdown(absl::Now());
  EXPECT_FALSE(held.get().ok());
}

TEST_F(BalanceTest, CallsOutliveTheirConnectionsAge) {
  Server& first = Start("first");
  Connect(Address(first));
  std::future<absl::Status> held = AskToHold();
  while (first.service->held() == 0) std::this_thread::yield();
  // Longer than connections live here.
  const absl::Time until = absl::Now() + absl::Seconds(3);
  while (absl::Now() < until) ASSERT_THAT(Ask(), IsOk());
  EXPECT_EQ(held.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  first.service->Release();
  EXPECT_THAT(held.get(), IsOk());
}

TEST(TargetTest, AListIsLoopbackIfAllOfItIs) {
  EXPECT_TRUE(IsLoopback("ipv4:127.0.0.1:1,127.0.0.1:2"));
  EXPECT_FALSE(IsLoopback("ipv4:127.0.0.1:1,10.0.0.1:2"));
}

}  // namespace
}  // namespace overlock::rpc
