#include <grpcpp/grpcpp.h>

#include <future>

#include "common/async/block_on.h"
#include "common/rpc/channel.h"
#include "common/rpc/client.h"
#include "common/rpc/server.h"
#include "common/rpc/server_runner.h"
#include "common/testing/span_keeper.h"
#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"
#include "overlock/config/v1/config_service.grpc.pb.h"

namespace overlock::rpc {
namespace {

using config::v1::ConfigService;
using config::v1::ListAppsRequest;
using config::v1::ListAppsResponse;
using config::v1::WatchRequest;
using config::v1::WatchResponse;

// A service whose answers each test decides.
class TestService : public ConfigService::CallbackService {
 public:
  using List = std::function<Task<absl::StatusOr<ListAppsResponse>>(ListAppsRequest, CallContext)>;
  using Watching = std::function<Task<absl::Status>(StreamWriter<WatchResponse>&, CallContext)>;

  explicit TestService(EventLoops& loops) : loops_(loops) {}

  grpc::ServerUnaryReactor* ListApps(grpc::CallbackServerContext* context, const ListAppsRequest* request,
                                     ListAppsResponse* response) override {
    return ServeUnary(loops_.Next(), context, request, response,
                      [this, request](CallContext call) { return list(*request, std::move(call)); });
  }
  grpc::ServerWriteReactor<WatchResponse>* Watch(grpc::CallbackServerContext* context, const WatchRequest*) override {
    return ServeServerStream<WatchResponse>(
        loops_.Next(), context,
        [this](StreamWriter<WatchResponse>& writer, CallContext call) { return watch(writer, std::move(call)); });
  }

  List list;
  Watching watch;

 private:
  EventLoops& loops_;
};

class RpcTest : public ::testing::Test {
 protected:
  RpcTest() : service_(loops_), server_(ServerRunner::StartInProcess({&service_})) {
    stub_ = ConfigService::NewStub(server_->InProcessChannel());
  }
  ~RpcTest() override { server_->Shutdown(absl::Now() + absl::Seconds(5)); }

  Task<absl::StatusOr<ListAppsResponse>> Ask(ListAppsRequest request, CallContext call) {
    return CallUnary<ListAppsResponse>(call, std::move(request),
                                       [this](auto* context, auto* request, auto* response, auto done) {
                                         stub_->async()->ListApps(context, request, response, std::move(done));
                                       });
  }
  Task<absl::Status> Follow(std::function<Task<absl::Status>(WatchResponse)> on_message, CallContext call) {
    return CallServerStream<WatchResponse>(
        call, WatchRequest(),
        [this](auto* context, auto* request, auto* reactor) { stub_->async()->Watch(context, request, reactor); },
        std::move(on_message));
  }

  EventLoops loops_{2};
  TestService service_;
  std::unique_ptr<ServerRunner> server_;
  std::unique_ptr<ConfigService::Stub> stub_;
};

TEST_F(RpcTest, CarriesRequestAndResponse) {
  service_.list = [](ListAppsRequest request, CallContext) -> Task<absl::StatusOr<ListAppsResponse>> {
    ListAppsResponse response;
    response.set_next_page_token(request.page_token() + "!");
    co_return response;
  };
  ListAppsRequest request;
  request.set_page_token("hello");
  auto response = BlockOn(Ask(request, CallContext()));
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->next_page_token(), "hello!");
}

TEST_F(RpcTest, CarriesReasonsOfErrors) {
  service_.list = [](ListAppsRequest, CallContext) -> Task<absl::StatusOr<ListAppsResponse>> {
    co_return Error(absl::StatusCode::kNotFound, "TEST_REASON", "field: what is wrong");
  };
  auto response = BlockOn(Ask(ListAppsRequest(), CallContext()));
  EXPECT_THAT(response, StatusIs(absl::StatusCode::kNotFound, "TEST_REASON"));
  EXPECT_EQ(response.status().message(), "field: what is wrong");
}

TEST_F(RpcTest, HidesTheMessagesOfInternalErrors) {
  service_.list = [](ListAppsRequest, CallContext) -> Task<absl::StatusOr<ListAppsResponse>> {
    co_return absl::InternalError("a detail that nobody should see");
  };
  auto response = BlockOn(Ask(ListAppsRequest(), CallContext()));
  EXPECT_THAT(response, StatusIs(absl::StatusCode::kInternal));
  EXPECT_EQ(response.status().message(), "internal error");
}

TEST_F(RpcTest, CarriesDeadlineTraceAndRequestId) {
  CallContext seen;
  service_.list = [&seen](ListAppsRequest, CallContext call) -> Task<absl::StatusOr<ListAppsResponse>> {
    seen = call;
    co_return ListAppsResponse();
  };
  CallContext call;
  call.deadline = absl::Now() + absl::Seconds(30);
  call.trace = TraceContext::Begin();
  call.request_id = NewRequestId();
  ASSERT_THAT(BlockOn(Ask(ListAppsRequest(), call)), IsOk());
  EXPECT_EQ(seen.trace.TraceIdHex(), call.trace.TraceIdHex());
  EXPECT_EQ(seen.request_id, call.request_id);
  EXPECT_LT(absl::AbsDuration(seen.deadline - call.deadline), absl::Seconds(1));
}

TEST_F(RpcTest, IsASpanOnEachSide) {
  SpanKeeper keeper;
  CallContext seen;
  service_.list = [&seen](ListAppsRequest, CallContext call) -> Task<absl::StatusOr<ListAppsResponse>> {
    seen = call;
    co_return ListAppsResponse();
  };
  CallContext call;
  call.trace = *TraceContext::FromTraceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  call.tracestate = "vendor=x";
  call.request_id = "5f";
  ASSERT_THAT(BlockOn(Ask(ListAppsRequest(), call)), IsOk());
  constexpr char kRpc[] =
      " overlock.config.v1.ConfigService/ListApps {rpc.system=grpc, "
      "rpc.service=overlock.config.v1.ConfigService, rpc.method=ListApps, ";
  EXPECT_THAT(keeper.Texts(),
              ::testing::ElementsAre(absl::StrCat("server", kRpc, "overlock.request_id=5f, rpc.grpc.status_code=0}"),
                                     absl::StrCat("client", kRpc, "rpc.grpc.status_code=0}")));
  SpanData server = keeper.spans().at(0), client = keeper.spans().at(1);
  EXPECT_EQ(client.parent_span_id, call.trace.span_id);
  EXPECT_EQ(server.parent_span_id, client.context.span_id);
  EXPECT_TRUE(server.parent_is_remote);
  EXPECT_EQ(seen.trace.span_id, server.context.span_id);
  EXPECT_EQ(seen.tracestate, "vendor=x");
}

TEST_F(RpcTest, IsAFailedSpanWhereItWasAtFault) {
  SpanKeeper keeper;
  service_.list = [](ListAppsRequest request, CallContext) -> Task<absl::StatusOr<ListAppsResponse>> {
    co_return Error(request.page_token().empty() ? absl::StatusCode::kNotFound : absl::StatusCode::kUnavailable,
                    "TEST_REASON", "what nobody should see");
  };
  CallContext call;
  call.trace = *TraceContext::FromTraceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  EXPECT_FALSE(BlockOn(Ask(ListAppsRequest(), call)).ok());
  ListAppsRequest broken;
  broken.set_page_token("x");
  EXPECT_FALSE(BlockOn(Ask(broken, call)).ok());
  using ::testing::EndsWith;
  EXPECT_THAT(keeper.Texts(),
              ::testing::ElementsAre(EndsWith("rpc.grpc.status_code=5, overlock.reason=TEST_REASON}"),
                                     EndsWith("rpc.grpc.status_code=5, error.type=TEST_REASON} failed"),
                                     EndsWith("rpc.grpc.status_code=14, error.type=TEST_REASON} failed"),
                                     EndsWith("rpc.grpc.status_code=14, error.type=TEST_REASON} failed")));
}

TEST_F(RpcTest, IsNoSpanInATraceThatIsNotSampled) {
  SpanKeeper keeper(/*samples=*/false);
  CallContext seen;
  service_.list = [&seen](ListAppsRequest, CallContext call) -> Task<absl::StatusOr<ListAppsResponse>> {
    seen = call;
    co_return ListAppsResponse();
  };
  CallContext call;
  call.trace = *TraceContext::FromTraceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00");
  ASSERT_THAT(BlockOn(Ask(ListAppsRequest(), call)), IsOk());
  EXPECT_EQ(seen.trace.ToTraceparent(), call.trace.ToTraceparent());
  ASSERT_THAT(BlockOn(Ask(ListAppsRequest(), CallContext())), IsOk());
  EXPECT_TRUE(seen.trace.valid());
  EXPECT_THAT(keeper.spans(), ::testing::IsEmpty());
}

TEST_F(RpcTest, TellsTheHandlerWhenTheClientGoesAway) {
  std::stop_source client;
  std::promise<void> stopped;
  service_.list = [&](ListAppsRequest, CallContext call) -> Task<absl::StatusOr<ListAppsResponse>> {
    client.request_stop();
    while (!call.stop.stop_requested()) co_await Delay(absl::Milliseconds(1));
    stopped.set_value();
    co_return ListAppsResponse();
  };
  CallContext call;
  call.stop = client.get_token();
  EXPECT_THAT(BlockOn(Ask(ListAppsRequest(), call)), StatusIs(absl::StatusCode::kCancelled));
  stopped.get_future().wait();
}

TEST_F(RpcTest, StreamsMessagesInOrderAndThenTheStatus) {
  service_.watch = [](StreamWriter<WatchResponse>& writer, CallContext) -> Task<absl::Status> {
    for (int i = 1; i <= 100; ++i) {
      WatchResponse message;
      message.set_revision(i);
      OVERLOCK_CO_RETURN_IF_ERROR(co_await writer.Write(std::move(message)));
    }
    co_return Error(absl::StatusCode::kUnavailable, "DRAINING", "the server drains");
  };
  std::vector<int64_t> seen;
  auto on_message = [&seen](WatchResponse message) -> Task<absl::Status> {
    seen.push_back(message.revision());
    co_return absl::OkStatus();
  };
  EXPECT_THAT(BlockOn(Follow(on_message, CallContext())), StatusIs(absl::StatusCode::kUnavailable, "DRAINING"));
  ASSERT_EQ(seen.size(), 100u);
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
}

TEST_F(RpcTest, EndsAStreamWhenItsReaderFails) {
  service_.watch = [](StreamWriter<WatchResponse>& writer, CallContext) -> Task<absl::Status> {
    while (true) {
      OVERLOCK_CO_RETURN_IF_ERROR(co_await writer.Write(WatchResponse()));
    }
  };
  auto on_message = [](WatchResponse) -> Task<absl::Status> { co_return absl::DataLossError("cannot apply it"); };
  EXPECT_THAT(BlockOn(Follow(on_message, CallContext())), StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(RpcTest, FailsAtOnceWhenNobodyListens) {
  auto channel = MakeChannel("127.0.0.1:1", TlsOptions());
  ASSERT_THAT(channel, IsOk());
  stub_ = ConfigService::NewStub(*channel);
  EXPECT_THAT(BlockOn(Ask(ListAppsRequest(), CallContext())), StatusIs(absl::StatusCode::kUnavailable));
}

TEST(CredentialsTest, RefusePlainTextBeyondLoopback) {
  EXPECT_THAT(MakeServerCredentials(TlsOptions(), "0.0.0.0:9000"),
              StatusIs(absl::StatusCode::kFailedPrecondition, "PLAIN_TEXT_REFUSED"));
  EXPECT_THAT(MakeChannelCredentials(TlsOptions(), "dns:///config:9001"),
              StatusIs(absl::StatusCode::kFailedPrecondition, "PLAIN_TEXT_REFUSED"));
  EXPECT_THAT(MakeServerCredentials(TlsOptions{.insecure = true}, "0.0.0.0:9000"), IsOk());
  EXPECT_THAT(MakeServerCredentials(TlsOptions(), "127.0.0.1:9000"), IsOk());
}

TEST(CredentialsTest, WantAllThreeFilesOrNone) {
  EXPECT_THAT(CheckTlsOptions(TlsOptions{.cert = "a"}),
              StatusIs(absl::StatusCode::kInvalidArgument, "TLS_FILES_INCOMPLETE"));
  EXPECT_THAT(CheckTlsOptions(TlsOptions{.cert = "/none", .key = "/none", .ca = "/none"}),
              StatusIs(absl::StatusCode::kInvalidArgument, "TLS_FILE_UNREADABLE"));
}

}  // namespace
}  // namespace overlock::rpc
