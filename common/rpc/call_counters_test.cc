#include "common/rpc/call_counters.h"

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/async/block_on.h"
#include "common/async/event_loops.h"
#include "common/rpc/server.h"
#include "common/rpc/server_runner.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "overlock/config/v1/admin_service.grpc.pb.h"
#include "overlock/config/v1/config_service.grpc.pb.h"

namespace overlock::rpc {
namespace {

using config::v1::ConfigService;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kService[] = "overlock.config.v1.ConfigService";

// Has no application, and ends a watch after one message.
class FakeConfig : public ConfigService::CallbackService {
 public:
  explicit FakeConfig(EventLoops& loops) : loops_(loops) {}

  grpc::ServerUnaryReactor* ListApps(grpc::CallbackServerContext* context, const config::v1::ListAppsRequest* request,
                                     config::v1::ListAppsResponse* response) override {
    bool known = request->page_token().empty();
    return ServeUnary(loops_.Next(), context, request, response,
                      [known](CallContext) -> Task<absl::StatusOr<config::v1::ListAppsResponse>> {
                        if (!known) co_return absl::NotFoundError("no such page");
                        co_return config::v1::ListAppsResponse();
                      });
  }
  grpc::ServerWriteReactor<config::v1::WatchResponse>* Watch(grpc::CallbackServerContext* context,
                                                             const config::v1::WatchRequest*) override {
    return ServeServerStream<config::v1::WatchResponse>(
        loops_.Next(), context, [](StreamWriter<config::v1::WatchResponse>& writer, CallContext) -> Task<absl::Status> {
          OVERLOCK_CO_RETURN_IF_ERROR(co_await writer.Write(config::v1::WatchResponse()));
          co_return absl::UnavailableError("no more");
        });
  }

 private:
  EventLoops& loops_;
};

class CallCountersTest : public ::testing::Test {
 protected:
  void SetUp() override {
    CallerTable table = {kService, {{kOtherMethods, {kTokenHolder}}}};
    auto server = ServerRunner::Start("127.0.0.1:0", TlsOptions(), {{&service_, table}}, metrics_);
    ASSERT_THAT(server, IsOk());
    server_ = *std::move(server);
    stub_ = ConfigService::NewStub(
        grpc::CreateChannel(absl::StrCat("127.0.0.1:", server_->port()), grpc::InsecureChannelCredentials()));
  }
  grpc::StatusCode ListApps(const std::string& page_token) {
    grpc::ClientContext context;
    config::v1::ListAppsRequest request;
    request.set_page_token(page_token);
    config::v1::ListAppsResponse response;
    return stub_->ListApps(&context, request, &response).error_code();
  }
  // What was counted when no call is under way any more.
  std::string Stop() {
    server_->Shutdown(absl::Now() + absl::Seconds(20));
    return metrics_.Serialize();
  }

  EventLoops loops_{1};
  FakeConfig service_{loops_};
  Metrics metrics_;
  std::unique_ptr<ServerRunner> server_;
  std::unique_ptr<ConfigService::Stub> stub_;
};

TEST_F(CallCountersTest, CountsCallsByMethodAndStatus) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ListApps(""), grpc::StatusCode::OK);
  EXPECT_EQ(ListApps("2"), grpc::StatusCode::NOT_FOUND);
  std::string text = Stop();
  EXPECT_THAT(text,
              HasSubstr(absl::StrCat("overlock_rpc_calls_total{method=\"", kService, "/ListApps\",code=\"OK\"} 3")));
  EXPECT_THAT(text, HasSubstr(absl::StrCat("overlock_rpc_calls_total{method=\"", kService,
                                           "/ListApps\",code=\"NOT_FOUND\"} 1")));
  EXPECT_THAT(text, HasSubstr(absl::StrCat("overlock_rpc_call_seconds_count{method=\"", kService, "/ListApps\"} 4")));
  EXPECT_THAT(text, Not(HasSubstr("ImportApp")));
}

TEST_F(CallCountersTest, CountsAStreamWhenItEndsAndDoesNotTimeIt) {
  {
    grpc::ClientContext context;
    auto reader = stub_->Watch(&context, config::v1::WatchRequest());
    config::v1::WatchResponse response;
    EXPECT_TRUE(reader->Read(&response));
    EXPECT_FALSE(reader->Read(&response));
    EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  }
  std::string text = Stop();
  EXPECT_THAT(text, HasSubstr(absl::StrCat("overlock_rpc_calls_total{method=\"", kService,
                                           "/Watch\",code=\"UNAVAILABLE\"} 1")));
  EXPECT_THAT(text, Not(HasSubstr("overlock_rpc_call_seconds")));
}

TEST_F(CallCountersTest, CountsNoUnknownMethods) {
  auto admin = config::v1::AdminService::NewStub(
      grpc::CreateChannel(absl::StrCat("127.0.0.1:", server_->port()), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  config::v1::ListTokensResponse response;
  EXPECT_EQ(admin->ListTokens(&context, config::v1::ListTokensRequest(), &response).error_code(),
            grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_THAT(Stop(), Not(HasSubstr("overlock_rpc_calls_total")));
}

}  // namespace
}  // namespace overlock::rpc
