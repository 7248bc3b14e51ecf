// Calls on streams, against a server in this process.
#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/async/block_on.h"
#include "common/async/event_loops.h"
#include "common/rpc/call_stream_server.h"
#include "common/rpc/call_streams.h"
#include "common/rpc/channel.h"
#include "common/rpc/client.h"
#include "common/rpc/server.h"
#include "common/rpc/server_runner.h"
#include "common/testing/span_keeper.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
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

// Validate goes to `answer` over a stream, and says "alone" when it comes by itself. CompleteDelivery only comes by
// itself.
class TestService : public ValidationService::CallbackService {
 public:
  using Answer = std::function<Task<absl::StatusOr<ValidateResponse>>(ValidateRequest, CallContext)>;

  TestService(EventLoops& loops, std::string name) : loops_(loops), answer(Named(std::move(name))) {}

  static CallerTable Callers() {
    return {ValidationService::service_full_name(), {{"Validate", {"edge"}}, {"CompleteDelivery", {"edge"}}}};
  }
  CallHandlers Handlers() {
    CallHandlers handlers([this] { return loops_.Next(); });
    handlers.Add<ValidateRequest>(
        [this](ValidateRequest request, CallContext call) { return answer(std::move(request), std::move(call)); });
    return handlers;
  }

  grpc::ServerUnaryReactor* Validate(grpc::CallbackServerContext* context, const ValidateRequest* request,
                                     ValidateResponse* response) override {
    return ServeUnary(loops_.Next(), context, request, response, [](CallContext) { return SayAlone(); });
  }
  grpc::ServerUnaryReactor* CompleteDelivery(grpc::CallbackServerContext* context,
                                             const CompleteDeliveryRequest* request,
                                             CompleteDeliveryResponse* response) override {
    return ServeUnary(loops_.Next(), context, request, response, [](CallContext) { return Complete(); });
  }

  // Says who it is and what it was asked.
  static Answer Named(std::string name) {
    return [name](ValidateRequest request, CallContext) {
      return Say(absl::StrCat(name, request.request().raw_query_string()));
    };
  }

 private:
  static Task<absl::StatusOr<ValidateResponse>> Say(std::string text) {
    ValidateResponse response;
    response.set_delivery(std::move(text));
    co_return response;
  }
  static Task<absl::StatusOr<ValidateResponse>> SayAlone() { return Say("alone"); }
  static Task<absl::StatusOr<CompleteDeliveryResponse>> Complete() { co_return CompleteDeliveryResponse(); }

  EventLoops& loops_;

 public:
  Answer answer;
};

// A server and what it serves.
struct Server {
  std::unique_ptr<TestService> service;
  std::unique_ptr<ServerRunner> runner;
};

class CallStreamTest : public ::testing::Test {
 protected:
  ~CallStreamTest() override {
    if (streams_) streams_->End();
    while (MadeCallsUnderWay() > 0) absl::SleepFor(absl::Milliseconds(1));
    servers_.clear();
  }

  Server& Start(const std::string& name) {
    Server server;
    server.service = std::make_unique<TestService>(server_loops_, name);
    const ServedService served{server.service.get(), TestService::Callers(), server.service->Handlers()};
    auto runner =
        ServerRunner::Start("127.0.0.1:0", TlsOptions(), {served}, metrics_, {.connection_age = absl::Seconds(1)});
    EXPECT_THAT(runner, IsOk());
    server.runner = *std::move(runner);
    server.runner->SetServing(true);
    servers_.push_back(std::move(server));
    return servers_.back();
  }
  static std::string Address(const Server& server) { return absl::StrCat("127.0.0.1:", server.runner->port()); }
  void Connect(const std::string& target) {
    auto channel = MakeChannel(target, TlsOptions());
    ASSERT_THAT(channel, IsOk());
    stub_ = ValidationService::NewStub(*channel);
    streams_ = std::make_shared<CallStreams>(*channel, client_loop_);
  }
  // One server, and a stream to it that is open.
  TestService& StartAndConnect() {
    Start("one");
    Connect(Address(servers_.back()));
    WaitFor("one");
    return *servers_.back().service;
  }

  // Runs on the client's loop, as all who call do.
  template <class T>
  std::future<T> OnLoop(Task<T> task) {
    auto result = std::make_shared<std::promise<T>>();
    auto run = [](Task<T> task, std::shared_ptr<std::promise<T>> result) -> Task<void> {
      result->set_value(co_await std::move(task));
    };
    Detach(client_loop_.Get(0), run(std::move(task), result));
    return result->get_future();
  }
  Task<absl::StatusOr<ValidateResponse>> Validate(ValidateRequest request, CallContext call) {
    auto start = [this](auto* context, auto* request, auto* response, auto done) {
      stub_->async()->Validate(context, request, response, std::move(done));
    };
    co_return co_await CallUnary<ValidateResponse>(streams_, std::move(call), std::move(request), std::move(start));
  }
  Task<absl::StatusOr<CompleteDeliveryResponse>> CompleteDelivery() {
    auto start = [this](auto* context, auto* request, auto* response, auto done) {
      stub_->async()->CompleteDelivery(context, request, response, std::move(done));
    };
    co_return co_await CallUnary<CompleteDeliveryResponse>(streams_, CallContext(), CompleteDeliveryRequest(),
                                                           std::move(start));
  }
  std::future<absl::StatusOr<ValidateResponse>> Begin(CallContext call = {}, ValidateRequest request = {}) {
    return OnLoop(Validate(std::move(request), std::move(call)));
  }
  // Who answered, or what was answered instead.
  std::string Ask(const std::string& query = "") {
    ValidateRequest request;
    request.mutable_request()->set_raw_query_string(query);
    absl::StatusOr<ValidateResponse> response = Begin({}, std::move(request)).get();
    return response.ok() ? response->delivery() : response.status().ToString();
  }
  // Asks until `who` has answered.
  void WaitFor(const std::string& who) {
    const absl::Time deadline = absl::Now() + kLong;
    while (Ask() != who) {
      ASSERT_LT(absl::Now(), deadline) << who << " never answered";
      absl::SleepFor(absl::Milliseconds(1));
    }
  }

  Metrics metrics_;
  EventLoops server_loops_{2};
  EventLoops client_loop_{1};
  std::vector<Server> servers_;
  std::unique_ptr<ValidationService::Stub> stub_;
  std::shared_ptr<CallStreams> streams_;
};

// Answers once it is told to, or once nobody waits any more.
class Held {
 public:
  TestService::Answer answer() {
    return [this](ValidateRequest, CallContext call) { return Hold(std::move(call)); };
  }
  void WaitUntilCalled() { called_.get_future().wait(); }
  void Release() { released_ = true; }
  // Whether the handler was told that nobody waits.
  bool was_stopped() { return stopped_.get_future().get(); }

 private:
  Task<absl::StatusOr<ValidateResponse>> Hold(CallContext call) {
    called_.set_value();
    while (!released_ && !call.stop.stop_requested()) co_await Delay(absl::Milliseconds(1));
    stopped_.set_value(call.stop.stop_requested());
    ValidateResponse response;
    response.set_delivery("held");
    co_return response;
  }

  std::promise<void> called_;
  std::promise<bool> stopped_;
  std::atomic<bool> released_{false};
};

TEST_F(CallStreamTest, CarriesCallsOnceAStreamIsOpen) {
  Start("one");
  Connect(Address(servers_.back()));
  EXPECT_EQ(Ask("?first"), "alone");
  WaitFor("one");
  EXPECT_EQ(Ask("?x=1"), "one?x=1");
}

TEST_F(CallStreamTest, AnswersManyCallsAtATimeEachItsOwn) {
  StartAndConnect();
  std::vector<std::future<absl::StatusOr<ValidateResponse>>> calls;
  for (int i = 0; i < 500; ++i) {
    ValidateRequest request;
    request.mutable_request()->set_raw_query_string(absl::StrCat(i));
    calls.push_back(Begin({}, std::move(request)));
  }
  for (int i = 0; i < 500; ++i) {
    absl::StatusOr<ValidateResponse> response = calls[i].get();
    ASSERT_THAT(response, IsOk());
    EXPECT_EQ(response->delivery(), absl::StrCat("one", i));
  }
}

TEST_F(CallStreamTest, LetsMethodsThatTheServerDoesNotTakeSoGoByThemselves) {
  StartAndConnect();
  EXPECT_THAT(OnLoop(CompleteDelivery()).get(), IsOk());
}

TEST_F(CallStreamTest, LetsCallsFromElsewhereGoByThemselves) {
  StartAndConnect();
  EXPECT_EQ(BlockOn(Validate({}, {}))->delivery(), "alone");
}

TEST_F(CallStreamTest, LetsLargeRequestsAndThoseWithATokenGoByThemselves) {
  StartAndConnect();
  ValidateRequest large;
  large.set_body(std::string(CallStreams::kRequestBytesMax, 'x'));
  EXPECT_EQ(Begin({}, large).get()->delivery(), "alone");
  large.mutable_body()->resize(CallStreams::kRequestBytesMax - 100);
  EXPECT_EQ(Begin({}, large).get()->delivery(), "one");
  CallContext call;
  call.token = "a-secret";
  EXPECT_EQ(Begin(call).get()->delivery(), "alone");
}

TEST_F(CallStreamTest, CarriesReasonsAndHidesTheMessagesOfInternalErrors) {
  TestService& service = StartAndConnect();
  service.answer = [](ValidateRequest request, CallContext) -> Task<absl::StatusOr<ValidateResponse>> {
    if (request.body().empty()) co_return Error(absl::StatusCode::kNotFound, "TEST_REASON", "field: what is wrong");
    co_return absl::InternalError("a detail that nobody should see");
  };
  auto response = Begin().get();
  EXPECT_THAT(response, StatusIs(absl::StatusCode::kNotFound, "TEST_REASON"));
  EXPECT_EQ(response.status().message(), "field: what is wrong");
  ValidateRequest request;
  request.set_body("x");
  response = Begin({}, request).get();
  EXPECT_THAT(response, StatusIs(absl::StatusCode::kInternal));
  EXPECT_EQ(response.status().message(), "internal error");
}

TEST_F(CallStreamTest, CarriesDeadlineTraceRequestIdAndCaller) {
  TestService& service = StartAndConnect();
  SpanKeeper keeper;
  CallContext seen;
  service.answer = [&seen](ValidateRequest, CallContext call) -> Task<absl::StatusOr<ValidateResponse>> {
    seen = call;
    co_return ValidateResponse();
  };
  CallContext call;
  call.deadline = absl::Now() + kLong;
  call.trace = *TraceContext::FromTraceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  call.tracestate = "vendor=x";
  call.request_id = "5f";
  ASSERT_THAT(Begin(call).get(), IsOk());
  EXPECT_LT(absl::AbsDuration(seen.deadline - call.deadline), absl::Seconds(1));
  EXPECT_EQ(seen.trace.TraceIdHex(), call.trace.TraceIdHex());
  EXPECT_EQ(seen.tracestate, "vendor=x");
  EXPECT_EQ(seen.request_id, "5f");
  ASSERT_NE(seen.caller, nullptr);
  EXPECT_THAT(seen.caller->address, ::testing::StartsWith("ipv4:127.0.0.1:"));
  ASSERT_EQ(keeper.spans().size(), 2u);
  EXPECT_EQ(keeper.spans().at(0).parent_span_id, keeper.spans().at(1).context.span_id);
}

TEST_F(CallStreamTest, TellsTheHandlerWhenTheClientGoesAway) {
  Held held;
  StartAndConnect().answer = held.answer();
  std::stop_source client;
  CallContext call;
  call.stop = client.get_token();
  auto response = Begin(call);
  held.WaitUntilCalled();
  client.request_stop();
  EXPECT_THAT(response.get(), StatusIs(absl::StatusCode::kCancelled));
  EXPECT_TRUE(held.was_stopped());
}

TEST_F(CallStreamTest, EndsACallAtItsDeadline) {
  Held held;
  StartAndConnect().answer = held.answer();
  CallContext call;
  call.deadline = absl::Now() + absl::Milliseconds(50);
  EXPECT_THAT(Begin(call).get(), StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_TRUE(held.was_stopped());
}

TEST_F(CallStreamTest, TellsTheHandlerOfACallThatWasGivenUpBeforeItWasSent) {
  Held held;
  StartAndConnect().answer = held.answer();
  std::stop_source client;
  client.request_stop();
  CallContext call;
  call.stop = client.get_token();
  EXPECT_THAT(Begin(call).get(), StatusIs(absl::StatusCode::kCancelled));
  EXPECT_TRUE(held.was_stopped());
}

TEST_F(CallStreamTest, AnAnswerThatIsTooLargeFailsItsOwnCallOnly) {
  TestService& service = StartAndConnect();
  Held held;
  service.answer = held.answer();
  auto beside = Begin();
  held.WaitUntilCalled();
  service.answer = [](ValidateRequest, CallContext) -> Task<absl::StatusOr<ValidateResponse>> {
    ValidateResponse response;
    response.set_delivery(std::string(kMessageBytesMax, 'x'));
    co_return response;
  };
  EXPECT_THAT(Begin().get(), StatusIs(absl::StatusCode::kResourceExhausted));
  held.Release();
  EXPECT_EQ(beside.get()->delivery(), "held");
}

TEST_F(CallStreamTest, ADrainingServerAnswersWhatItHasAndGetsNoMore) {
  Held held;
  StartAndConnect().answer = held.answer();
  auto response = Begin();
  held.WaitUntilCalled();
  servers_[0].runner->SetServing(false);
  auto ended = std::async(std::launch::async, [this] { servers_[0].runner->Shutdown(absl::Now() + kLong); });
  held.Release();
  EXPECT_EQ(response.get()->delivery(), "held");
  // Long before the deadline: the stream has ended with its last call.
  EXPECT_EQ(ended.wait_for(std::chrono::seconds(15)), std::future_status::ready);
}

TEST_F(CallStreamTest, FailsWhatIsUnderWayWhenTheServerDies) {
  Held held;
  StartAndConnect().answer = held.answer();
  auto response = Begin();
  held.WaitUntilCalled();
  auto end = std::async(std::launch::async, [this] { servers_[0].runner->Shutdown(absl::Now()); });
  EXPECT_THAT(response.get(), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_TRUE(held.was_stopped());
  end.wait();
}

TEST_F(CallStreamTest, FailsWhatIsUnderWayWhenTheClientEnds) {
  Held held;
  StartAndConnect().answer = held.answer();
  auto response = Begin();
  held.WaitUntilCalled();
  streams_->End();
  EXPECT_THAT(response.get(), StatusIs(absl::StatusCode::kCancelled));
  EXPECT_TRUE(held.was_stopped());
  EXPECT_EQ(Ask(), "alone");
}

TEST_F(CallStreamTest, GoesToAllServersInTurnAndFindsNewOnes) {
  Start("one");
  Start("two");
  Connect(absl::StrCat("ipv4:", Address(servers_[0]), ",", Address(servers_[1])));
  WaitFor("one");
  WaitFor("two");
  for (int i = 0; i < 10; ++i) {
    std::vector<std::string> both = {Ask(), Ask()};
    EXPECT_THAT(both, ::testing::UnorderedElementsAre("one", "two"));
  }
  servers_[0].runner->SetServing(false);
  const absl::Time deadline = absl::Now() + kLong;
  for (int in_a_row = 0; in_a_row < 10;) {
    ASSERT_LT(absl::Now(), deadline);
    in_a_row = Ask() == "two" ? in_a_row + 1 : 0;
  }
  servers_[0].runner->SetServing(true);
  WaitFor("one");
}

TEST_F(CallStreamTest, OldStreamsMakeRoomForNewOnesSoThatConnectionsEnd) {
  TestService& service = StartAndConnect();
  auto say_address = [](ValidateRequest, CallContext call) -> Task<absl::StatusOr<ValidateResponse>> {
    ValidateResponse response;
    response.set_delivery(call.caller->address);
    co_return response;
  };
  service.answer = say_address;
  const std::string first = Ask();
  const absl::Time deadline = absl::Now() + kLong;
  while (Ask() == first) {
    ASSERT_LT(absl::Now(), deadline) << "a connection that is a second old is used for ever";
    absl::SleepFor(absl::Milliseconds(10));
  }
}

TEST_F(CallStreamTest, HoldsEachCallToTheTableOfItsMethod) {
  TestService service(server_loops_, "one");
  auto policy = CallerPolicy::Make({TestService::Callers(), CallStreamServer::Callers()});
  ASSERT_THAT(policy, IsOk());
  // In plain text nobody has a certificate, so nobody is in the table.
  CallStreamServer streams({service.Handlers()}, std::make_shared<CallerCheck>(*policy, metrics_), metrics_);
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  builder.RegisterService(&streams);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  streams.SetServing(true);
  Connect(absl::StrCat("127.0.0.1:", port));
  const absl::Time deadline = absl::Now() + kLong;
  absl::Status status;
  while (status.ok()) {
    ASSERT_LT(absl::Now(), deadline) << "no call went on a stream";
    status = Begin().get().status();
  }
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(metrics_.Serialize(),
              ::testing::ContainsRegex("overlock_rpc_refused_callers_total.*ValidationService/Validate.* 1"));
  streams_->End();
  while (MadeCallsUnderWay() > 0) absl::SleepFor(absl::Milliseconds(1));
  server->Shutdown(absl::ToChronoTime(absl::Now()));
}

TEST_F(CallStreamTest, CountsCallsUnderTheirMethods) {
  StartAndConnect();
  auto answered = [this] {
    constexpr std::string_view kSeries =
        R"(overlock_rpc_calls_total{method="overlock.validation.v1.ValidationService/Validate",code="OK"} )";
    const std::string text = metrics_.Serialize();
    return std::atoi(text.c_str() + text.find(kSeries) + kSeries.size());
  };
  const int before = answered();
  EXPECT_EQ(Ask(), "one");
  EXPECT_EQ(answered(), before + 1);
}

}  // namespace
}  // namespace overlock::rpc
