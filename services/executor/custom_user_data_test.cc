#include "services/executor/custom_user_data.h"

#include <functional>
#include <future>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include <boost/asio/post.hpp>

#include "common/async/block_on.h"
#include "common/async/event_loops.h"
#include "common/async/suspend.h"
#include "common/ejson/parse.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/executor/data/data_service.h"
#include "services/executor/data/fake_server_fixture.h"

namespace overlock::executor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Answer = absl::StatusOr<v1::ReadCustomUserDataResponse>;

constexpr char kAda[] = "5e7a1c0f9d3b2a4c6e8f0a98";

// Answers only when nobody waits any more.
class SilentServer : public DataSource, public DataSources {
 public:
  DataSource* Find(const ServiceCall&) override { return this; }
  Task<DataOutcome> Run(DataCommand command) override {
    std::optional<std::stop_callback<std::function<void()>>> on_stop;
    const std::stop_token stop = command.context.stop;
    auto begin = [this, &on_stop, stop](auto resume) {
      on_stop.emplace(stop, [this, resume = std::move(resume)]() mutable {
        stopped_in = std::this_thread::get_id();
        resume(DataOutcome(DataError{0, "", "nobody waits"}));
      });
      begun.set_value();
    };
    co_return co_await Suspend<DataOutcome>(std::move(begin));
  }
  std::promise<void> begun;
  std::thread::id stopped_in;
};

class CustomUserDataTest : public testing::Test {
 protected:
  CustomUserDataTest() {
    view_.mutable_app()->set_app_id("shop-abcde");
    view_.mutable_app()->set_revision(7);
    for (const char* type : {"mongodb-atlas", "http"}) {
      auto& service = *view_.mutable_executor()->add_services();
      service.set_name(type);
      service.set_type(type);
    }
    where().set_enabled(true);
    where().set_mongo_service_name("mongodb-atlas");
    where().set_database_name("people");
    where().set_collection_name("members");
    where().set_user_id_field("member.id");
  }
  ~CustomUserDataTest() override { loops_.Stop(); }

  config::v1::CustomUserData& where() { return *view_.mutable_executor()->mutable_custom_user_data(); }
  CustomUserDataReader ReaderOf(std::shared_ptr<DataSources> server) {
    auto actions = std::make_shared<ServiceActions>();
    actions->Register("mongodb-atlas", std::make_shared<DataService>(loops_.Get(0), std::move(server), metrics_));
    return {loops_.Get(0), std::move(actions)};
  }
  Answer Read(const std::string& user_id = kAda) {
    CustomUserDataReader reader = ReaderOf(server_);
    return BlockOn(reader.Read(std::make_shared<const AppCode>(view_), user_id, CallContext()));
  }
  void Keep(const std::string& document) { server_->documents.push_back(*ejson::Parse(document)); }

  Metrics metrics_;
  EventLoops loops_{2};
  config::v1::AppView view_;
  std::shared_ptr<FakeServer> server_ = std::make_shared<FakeServer>();
};

TEST_F(CustomUserDataTest, AsksForOneDocumentOfTheUserWhereTheApplicationKeepsThem) {
  Keep(R"({"_id":1,"member":{"id":"5e7a1c0f9d3b2a4c6e8f0a99"},"role":"guest"})");
  Keep(R"({"_id":2,"member":{"id":"5e7a1c0f9d3b2a4c6e8f0a98"},"role":"admin"})");
  Answer answer = Read();
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->custom_data_json(),
            R"({"_id":{"$numberInt":"2"},"member":{"id":"5e7a1c0f9d3b2a4c6e8f0a98"},"role":"admin"})");
  EXPECT_THAT(server_->databases, ElementsAre("people"));
  EXPECT_THAT(server_->commands, ElementsAre(R"({"find":"members","filter":{"member.id":"5e7a1c0f9d3b2a4c6e8f0a98"},)"
                                             R"("limit":{"$numberInt":"1"},"singleBatch":true})"));
}

TEST_F(CustomUserDataTest, IsEmptyWithoutADocumentAndAsksNobodyWhereItIsSwitchedOff) {
  Answer answer = Read();
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->custom_data_json(), "");
  EXPECT_EQ(server_->commands.size(), 1u);
  Keep(R"({"member":{"id":"5e7a1c0f9d3b2a4c6e8f0a98"}})");
  where().set_enabled(false);
  answer = Read();
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->custom_data_json(), "");
  EXPECT_EQ(server_->commands.size(), 1u);
}

TEST_F(CustomUserDataTest, ADatabaseThatFailsIsUnavailable) {
  for (int32_t code : {0, 18}) {
    server_->error = DataError{code, code == 0 ? "" : "AuthenticationFailed", "no luck"};
    Answer answer = Read();
    EXPECT_THAT(answer, StatusIs(absl::StatusCode::kUnavailable, "CUSTOM_DATA_UNAVAILABLE"));
    EXPECT_THAT(std::string(answer.status().message()), HasSubstr("no luck"));
  }
}

TEST_F(CustomUserDataTest, AServiceThatIsNotThereOrHasNoDocumentsIsSaid) {
  for (const char* name : {"gone", "http"}) {
    where().set_mongo_service_name(name);
    Answer answer = Read();
    EXPECT_THAT(answer, StatusIs(absl::StatusCode::kFailedPrecondition, "CUSTOM_DATA_UNUSABLE"));
    EXPECT_THAT(std::string(answer.status().message()), HasSubstr(name));
  }
  EXPECT_THAT(server_->commands, IsEmpty());
}

TEST_F(CustomUserDataTest, TakesADocumentOf256KibibytesAndNoLargerOne) {
  const auto document = [](size_t text_bytes) {
    return ejson::Value::Document({{"member", ejson::Value::Document({{"id", ejson::Value::String(kAda)}})},
                                   {"text", ejson::Value::String(std::string(text_bytes, 'x'))}});
  };
  const size_t rest = ejson::ToBson(document(0)).size();
  server_->documents = {document((256 << 10) - rest)};
  EXPECT_THAT(Read(), IsOk());
  for (size_t bytes : {(256u << 10) - rest + 1, size_t{1} << 20}) {
    server_->documents = {document(bytes)};
    EXPECT_THAT(Read(), StatusIs(absl::StatusCode::kFailedPrecondition, "CUSTOM_DATA_UNUSABLE"));
  }
}

TEST_F(CustomUserDataTest, GivesUpOnTheServicesLoopWhenTheCallerHasGone) {
  auto silent = std::make_shared<SilentServer>();
  CustomUserDataReader reader = ReaderOf(silent);
  std::stop_source caller;
  CallContext call;
  call.stop = caller.get_token();
  std::promise<Answer> promise;
  auto read = [](const CustomUserDataReader* reader, std::shared_ptr<const AppCode> code, CallContext call,
                 std::promise<Answer>* promise) -> Task<void> {
    std::string user_id = kAda;
    promise->set_value(co_await reader->Read(std::move(code), std::move(user_id), std::move(call)));
  };
  Detach(loops_.Get(1), read(&reader, std::make_shared<const AppCode>(view_), call, &promise));
  silent->begun.get_future().get();
  caller.request_stop();
  EXPECT_THAT(promise.get_future().get(), StatusIs(absl::StatusCode::kUnavailable, "CUSTOM_DATA_UNAVAILABLE"));
  std::promise<std::thread::id> loop_thread;
  boost::asio::post(loops_.Get(0), [&] { loop_thread.set_value(std::this_thread::get_id()); });
  EXPECT_EQ(silent->stopped_in, loop_thread.get_future().get());
}

}  // namespace
}  // namespace overlock::executor
