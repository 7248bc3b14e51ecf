#include "common/request_environment/request_environment.h"

#include <string>

#include "common/ejson/parse.h"
#include "common/ejson/serialize.h"
#include "gtest/gtest.h"

namespace overlock::expression {
namespace {

using ejson::Value;

class RequestEnvironmentTest : public ::testing::Test {
 protected:
  RequestEnvironmentTest() {
    webhook_.set_service("shop");
    webhook_.set_webhook("order");
    request_.set_method("POST");
    request_.set_webhook_url("https://hooks.example.com/order");
    request_.set_remote_ip_address("10.1.2.3");
    user_.set_type(type::v1::User::TYPE_SYSTEM);
  }
  void AddHeader(const std::string& name, const std::string& value) {
    auto* header = request_.add_headers();
    header->set_name(name);
    header->set_value(value);
  }
  // As JSON; `-` for what does not exist.
  static std::string Json(const Value* value) { return value == nullptr ? "-" : ejson::ToCanonicalJson(*value); }
  std::string Get(Root root, std::string_view member) { return Json(environment_.Resolve(root, member)); }

  type::v1::HttpRequest request_;
  type::v1::User user_;
  type::v1::WebhookName webhook_;
  AppNames names_;
  RequestEnvironment environment_{request_, user_, webhook_, names_};
};

TEST_F(RequestEnvironmentTest, NamesTheRequest) {
  EXPECT_EQ(Get(Root::kRequest, "httpMethod"), "\"POST\"");
  EXPECT_EQ(Get(Root::kRequest, "webhookUrl"), "\"https://hooks.example.com/order\"");
  EXPECT_EQ(Get(Root::kRequest, "remoteIPAddress"), "\"10.1.2.3\"");
  EXPECT_EQ(Get(Root::kRequest, "service"), "\"shop\"");
  EXPECT_EQ(Get(Root::kRequest, "action"), "\"order\"");
  EXPECT_EQ(Get(Root::kRequest, "somethingElse"), "-");
}

TEST_F(RequestEnvironmentTest, LeavesOutWhatTheRequestDoesNotHave) {
  EXPECT_EQ(Get(Root::kRequest, "rawQueryString"), "-");
  EXPECT_EQ(Get(Root::kRequest, "httpReferrer"), "-");
  EXPECT_EQ(Get(Root::kRequest, "httpUserAgent"), "-");
  EXPECT_EQ(Get(Root::kRequest, "requestHeaders"), "{}");
}

TEST_F(RequestEnvironmentTest, ReadsHeadersInAnyCase) {
  AddHeader("Referer", "https://example.com/");
  AddHeader("User-Agent", "curl/8");
  AddHeader("X-A", "1");
  AddHeader("x-a", "2");
  request_.set_raw_query_string("a=1");
  EXPECT_EQ(Get(Root::kRequest, "httpReferrer"), "\"https://example.com/\"");
  EXPECT_EQ(Get(Root::kRequest, "httpUserAgent"), "\"curl/8\"");
  EXPECT_EQ(Get(Root::kRequest, "rawQueryString"), "\"a=1\"");
  EXPECT_EQ(Json(environment_.Header("X-a")), R"(["1","2"])");
  EXPECT_EQ(Json(environment_.Header("X-B")), "-");
  EXPECT_EQ(Get(Root::kRequest, "requestHeaders"),
            R"({"Referer":["https://example.com/"],"User-Agent":["curl/8"],"X-A":["1","2"]})");
}

TEST_F(RequestEnvironmentTest, KeepsWhatItHasGivenOut) {
  for (int i = 0; i < 100; ++i) AddHeader("H" + std::to_string(i), std::to_string(i));
  const Value* first = environment_.Header("h0");
  for (int i = 0; i < 100; ++i) environment_.Header("h" + std::to_string(i));
  EXPECT_EQ(environment_.Header("H0"), first);
  EXPECT_EQ(Json(first), R"(["0"])");
}

TEST_F(RequestEnvironmentTest, ReadsBytesThatAreNotUtf8AsLatin1) {
  AddHeader("X-Name", "caf\xe9");
  AddHeader("X-Utf8", "caf\xc3\xa9");
  EXPECT_EQ(Json(environment_.Header("x-name")), "[\"café\"]");
  EXPECT_EQ(Json(environment_.Header("x-utf8")), "[\"café\"]");
}

TEST_F(RequestEnvironmentTest, NamesTheSystemUser) {
  EXPECT_EQ(Get(Root::kUser, "id"), "-");
  EXPECT_EQ(Get(Root::kUser, ""), R"({"type":"system","data":{},"custom_data":{},"identities":[]})");
}

TEST_F(RequestEnvironmentTest, NamesAUser) {
  user_.set_id("5e7f9a1b2c3d4e5f60718293");
  user_.set_type(type::v1::User::TYPE_SERVER);
  user_.set_data_json(R"({"name":"Ada"})");
  user_.set_custom_data_json(R"({"since":{"$date":{"$numberLong":"5"}}})");
  auto* identity = user_.add_identities();
  identity->set_id("k1");
  identity->set_provider_type("api-key");
  EXPECT_EQ(Get(Root::kUser, ""), R"({"id":"5e7f9a1b2c3d4e5f60718293","type":"server","data":{"name":"Ada"},)"
                                  R"("custom_data":{"since":{"$date":{"$numberLong":"5"}}},)"
                                  R"("identities":[{"id":"k1","provider_type":"api-key","providerType":"api-key"}]})");
  EXPECT_FALSE(environment_.broken());
}

TEST_F(RequestEnvironmentTest, SaysThatAUsersDataCannotBeRead) {
  user_.set_data_json("[1]");
  EXPECT_EQ(Get(Root::kUser, "type"), "\"system\"");
  EXPECT_FALSE(environment_.broken()) << "nobody asked for the data yet";
  EXPECT_EQ(Get(Root::kUser, "data"), "-");
  EXPECT_TRUE(environment_.broken());
}

TEST_F(RequestEnvironmentTest, KnowsValuesByName) {
  names_.values.emplace("limit", Value::Int32(5));
  EXPECT_EQ(Get(Root::kValues, "limit"), R"({"$numberInt":"5"})");
  EXPECT_EQ(Get(Root::kValues, "other"), "-");
}

TEST_F(RequestEnvironmentTest, IsInNoEnvironmentUnlessThereIsOne) {
  EXPECT_EQ(Get(Root::kEnvironment, ""), R"({"tag":"","values":{}})");
  EXPECT_EQ(Get(Root::kEnvironment, "tag"), "\"\"");
  TextsByName values, environment_values;
  values["limit"] = "5";
  values["broken"] = "{";
  environment_values["b"] = "[1]";
  environment_values["a"] = "\"x\"";
  std::vector<std::string> unreadable;
  names_ = ReadAppNames(values, "testing", environment_values, unreadable);
  EXPECT_EQ(Get(Root::kEnvironment, ""), R"({"tag":"testing","values":{"a":"x","b":[{"$numberInt":"1"}]}})");
  EXPECT_EQ(Get(Root::kEnvironment, "tag"), "\"testing\"");
  EXPECT_EQ(Get(Root::kValues, "limit"), R"({"$numberInt":"5"})");
  EXPECT_EQ(Get(Root::kValues, "broken"), "-");
  EXPECT_EQ(unreadable, std::vector<std::string>{"broken"});
}

TEST_F(RequestEnvironmentTest, LendsTheTextsThatItWouldBuildValuesOf) {
  request_.set_raw_query_string("a=1");
  user_.set_id("u");
  AddHeader("Referer", "https://example.com/");
  for (const char* member :
       {"httpMethod", "httpReferrer", "rawQueryString", "remoteIPAddress", "service", "action", "webhookUrl"}) {
    auto text = environment_.Text(Root::kRequest, member);
    ASSERT_TRUE(text.has_value()) << member;
    EXPECT_EQ(Get(Root::kRequest, member), "\"" + std::string(*text) + "\"");
  }
  for (const char* member : {"id", "type"}) {
    auto text = environment_.Text(Root::kUser, member);
    ASSERT_TRUE(text.has_value()) << member;
    EXPECT_EQ(Get(Root::kUser, member), "\"" + std::string(*text) + "\"");
  }
}

TEST_F(RequestEnvironmentTest, LendsNothingThatIsNoTextOrNotThere) {
  request_.set_raw_query_string("caf\xe9");
  for (const char* member : {"", "requestHeaders", "httpUserAgent", "rawQueryString", "somethingElse"}) {
    EXPECT_FALSE(environment_.Text(Root::kRequest, member).has_value()) << member;
  }
  for (const char* member : {"", "id", "data"}) EXPECT_FALSE(environment_.Text(Root::kUser, member).has_value());
  EXPECT_FALSE(environment_.Text(Root::kValues, "v").has_value());
}

TEST_F(RequestEnvironmentTest, LendsHeadersLineByLine) {
  AddHeader("X-A", "1");
  AddHeader("x-a", "2");
  AddHeader("X-A", "3");
  std::string seen;
  auto until_two = [&seen](std::string_view line) {
    seen += line;
    return line == "2";
  };
  EXPECT_EQ(environment_.AnyHeader("x-A", until_two), true);
  EXPECT_EQ(seen, "12");
  EXPECT_EQ(environment_.AnyHeader("X-B", until_two), false);
  AddHeader("X-B", "\xff");
  EXPECT_EQ(environment_.AnyHeader("X-B", until_two), std::nullopt);
}

}  // namespace
}  // namespace overlock::expression
