// Judging a request by a parsed expression takes no memory from the heap.
#include <string>
#include <variant>

#include "common/expression/program.h"
#include "common/request_environment/request_environment.h"
#include "common/testing/allocations.h"
#include "gtest/gtest.h"

namespace overlock::expression {
namespace {

constexpr char kFiveClauses[] = R"({
  "%%request.httpMethod": "POST",
  "%%request.remoteIPAddress": {"%nin": ["248.88.57.58", "19.241.23.116", "147.64.232.1"]},
  "%%request.requestHeaders.x-secret-key": "%%values.key",
  "%%user.type": {"%in": ["normal", "server"]},
  "%or": [{"%%request.httpUserAgent": {"%exists": false}}, {"%%user.id": {"%ne": "5f0000000000000000000001"}}]
})";

class AllocationTest : public ::testing::Test {
 protected:
  AllocationTest() {
    request_.set_method("POST");
    request_.set_webhook_url("https://hooks.example.com/api/client/v2.0/app/shop-abcde/service/s/incoming_webhook/w");
    request_.set_remote_ip_address("203.0.113.77");
    AddHeader("Content-Type", "application/json");
    AddHeader("User-Agent", "GitHub-Hookshot/0123456789abcdef");
    AddHeader("X-Secret-Key", "a secret that is longer than a short string");
    user_.set_id("5e7f9a1b2c3d4e5f60718293");
    user_.set_type(type::v1::User::TYPE_NORMAL);
    names_.values.emplace("key", ejson::Value::String("a secret that is longer than a short string"));
  }
  void AddHeader(const std::string& name, const std::string& value) {
    auto* header = request_.add_headers();
    header->set_name(name);
    header->set_value(value);
  }

  type::v1::HttpRequest request_;
  type::v1::User user_;
  type::v1::WebhookName webhook_;
  AppNames names_;
};

TEST_F(AllocationTest, AllocatesNothingForFiveClauses) {
  absl::StatusOr<Program> program = Program::Parse(kFiveClauses);
  ASSERT_TRUE(program.ok()) << program.status();
  const int before = AllocationsSoFar();
  RequestEnvironment environment(request_, user_, webhook_, names_);
  const Result result = program->Evaluate(environment);
  const int after = AllocationsSoFar();
  EXPECT_EQ(std::get<bool>(result), true);
  EXPECT_EQ(after - before, 0);
}

TEST_F(AllocationTest, SeesWhatIsAllocated) {
  absl::StatusOr<Program> program = Program::Parse(R"({"%%request.requestHeaders":{"%exists":true}})");
  ASSERT_TRUE(program.ok()) << program.status();
  const int before = AllocationsSoFar();
  RequestEnvironment environment(request_, user_, webhook_, names_);
  EXPECT_EQ(std::get<bool>(program->Evaluate(environment)), true);
  EXPECT_GT(AllocationsSoFar() - before, 0);
}

}  // namespace
}  // namespace overlock::expression
