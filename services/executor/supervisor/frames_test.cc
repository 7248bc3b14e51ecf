#include "services/executor/supervisor/frames.h"

#include <google/protobuf/util/message_differencer.h>

#include <cstring>
#include <optional>

#include "gtest/gtest.h"
#include "overlock/worker/v1/channel.pb.h"

namespace overlock::executor {
namespace {

worker::v1::ToWorker ParseOnly(const std::string& frame) {
  uint32_t length = 0;
  std::memcpy(&length, frame.data(), sizeof(length));
  EXPECT_EQ(length, frame.size() - sizeof(length));
  worker::v1::ToWorker message;
  EXPECT_TRUE(message.ParseFromString(frame.substr(sizeof(length))));
  return message;
}

v1::ExecuteRequest MakeRequest() {
  v1::ExecuteRequest request;
  request.mutable_app()->set_app_id("shop-abcde");
  request.mutable_app()->set_revision(7);
  request.set_function("f");
  request.add_arguments_ejson("{}");
  return request;
}

TEST(FramesTest, InvokeHoldsWhatTheGeneratedSerialisationWouldHold) {
  for (size_t body_bytes : {size_t{0}, size_t{1}, size_t{127}, size_t{128}, size_t{70'000}}) {
    std::string body(body_bytes, '\xff');
    std::string frame;
    AppendInvoke(300, MakeRequest(), body, std::nullopt, 90'000'000, frame);

    worker::v1::ToWorker expected;
    expected.mutable_invoke()->set_sequence(300);
    *expected.mutable_invoke()->mutable_request() = MakeRequest();
    expected.mutable_invoke()->mutable_request()->set_body(body);
    expected.mutable_invoke()->set_run_time_left_us(90'000'000);
    EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(ParseOnly(frame), expected)) << body_bytes;
  }
}

TEST(FramesTest, InvokeNamesASharedBodyAndDoesNotHoldIt) {
  std::string frame;
  AppendInvoke(300, MakeRequest(), std::string(70'000, 'x'), SharedBody{1'000, 70'000}, 90'000'000, frame);

  worker::v1::ToWorker expected;
  expected.mutable_invoke()->set_sequence(300);
  *expected.mutable_invoke()->mutable_request() = MakeRequest();
  expected.mutable_invoke()->set_run_time_left_us(90'000'000);
  expected.mutable_invoke()->mutable_shared_body()->set_offset(1'000);
  expected.mutable_invoke()->mutable_shared_body()->set_bytes(70'000);
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(ParseOnly(frame), expected));
}

TEST(FramesTest, CompileHoldsTheSourcesAndTheApplication) {
  v1::CompileRequest sources;
  sources.add_sources()->set_source("exports = 1;");
  std::string frame;
  AppendCompile(300, MakeRequest(), sources, 1'000, frame);
  worker::v1::ToWorker message = ParseOnly(frame);
  EXPECT_EQ(message.invoke().sequence(), 300);
  EXPECT_EQ(message.invoke().run_time_left_us(), 1'000);
  EXPECT_EQ(message.invoke().request().app().app_id(), "shop-abcde");
  ASSERT_EQ(message.invoke().compile().sources_size(), 1);
  EXPECT_EQ(message.invoke().compile().sources(0).source(), "exports = 1;");
}

TEST(FramesTest, AppendsBehindWhatIsThere) {
  std::string frames;
  AppendCancel(5, frames);
  size_t first_bytes = frames.size();
  AppendInvoke(6, MakeRequest(), "body", std::nullopt, 1, frames);
  EXPECT_EQ(ParseOnly(frames.substr(0, first_bytes)).cancel().sequence(), 5);
  EXPECT_EQ(ParseOnly(frames.substr(first_bytes)).invoke().sequence(), 6);
}

TEST(FramesTest, AWorkerLearnsOfAServiceOnlyNameAndType) {
  config::v1::AppView view;
  view.mutable_app()->set_app_id("shop-abcde");
  auto& service = *view.mutable_executor()->add_services();
  service.set_name("store");
  service.set_type("aws");
  service.set_config_json(R"({"accessKeyId":"hush-config"})");
  (*service.mutable_secrets())["secretAccessKey"] = "hush-secret";
  service.add_rules()->set_when_json("hush-rule");
  service.add_data_rules()->set_roles_json("hush-role");
  std::string frame;
  AppendLoadApp(AppCode(view), frame);
  EXPECT_EQ(frame.find("hush"), std::string::npos);
  worker::v1::ToWorker message = ParseOnly(frame);
  const auto& services = message.load_app().view().services();
  ASSERT_EQ(services.size(), 1);
  EXPECT_EQ(services[0].name(), "store");
  EXPECT_EQ(services[0].type(), "aws");
}

}  // namespace
}  // namespace overlock::executor
