#include "services/executor/js/return_type.h"

#include <string>

#include "gtest/gtest.h"

namespace overlock::executor::js {
namespace {

using config::v1::RETURN_TYPE_EJSON;
using config::v1::RETURN_TYPE_JSON;
using config::v1::RETURN_TYPE_UNSPECIFIED;

type::v1::HttpRequest Accepting(const std::string& value) {
  type::v1::HttpRequest request;
  auto* header = request.add_headers();
  header->set_name("Accept");
  header->set_value(value);
  return request;
}

TEST(ReturnTypeForTest, IsTheConfiguredOneWhereTheRequestNamesNeither) {
  EXPECT_EQ(ReturnTypeFor({}, RETURN_TYPE_JSON), RETURN_TYPE_JSON);
  EXPECT_EQ(ReturnTypeFor({}, RETURN_TYPE_EJSON), RETURN_TYPE_EJSON);
  EXPECT_EQ(ReturnTypeFor({}, RETURN_TYPE_UNSPECIFIED), RETURN_TYPE_EJSON);
  for (const char* value : {"", "*/*", "application/*", "text/html, */*;q=0.8", "application/jsonp", "json", ",;,;q"}) {
    EXPECT_EQ(ReturnTypeFor(Accepting(value), RETURN_TYPE_JSON), RETURN_TYPE_JSON) << value;
    EXPECT_EQ(ReturnTypeFor(Accepting(value), RETURN_TYPE_EJSON), RETURN_TYPE_EJSON) << value;
  }
}

TEST(ReturnTypeForTest, IsTheOneThatTheRequestNames) {
  for (const char* value :
       {"application/json", "text/plain, Application/JSON;charset=utf-8", "*/*,application/json;q=0.1",
        "application/json , text/plain", "application/json;q=0.9,application/ejson;q=0.5",
        "application/ejson;q=0,application/json", "application/ejson;q=x,application/json;q=0.2"}) {
    EXPECT_EQ(ReturnTypeFor(Accepting(value), RETURN_TYPE_EJSON), RETURN_TYPE_JSON) << value;
  }
  for (const char* value :
       {"application/ejson", "APPLICATION/EJSON; q=0.3", "application/json;q=0.4, application/ejson",
        "application/json; Q=0.4, application/ejson; q=7"}) {
    EXPECT_EQ(ReturnTypeFor(Accepting(value), RETURN_TYPE_JSON), RETURN_TYPE_EJSON) << value;
  }
}

TEST(ReturnTypeForTest, IsTheConfiguredOneWhereTheRequestLikesBoth) {
  for (const char* value : {"application/json,application/ejson", "application/ejson;q=0.5,application/json;q=0.5",
                            "application/ejson;q=0", "application/json;q=nan"}) {
    EXPECT_EQ(ReturnTypeFor(Accepting(value), RETURN_TYPE_JSON), RETURN_TYPE_JSON) << value;
    EXPECT_EQ(ReturnTypeFor(Accepting(value), RETURN_TYPE_EJSON), RETURN_TYPE_EJSON) << value;
  }
}

TEST(ReturnTypeForTest, ReadsEveryLine) {
  type::v1::HttpRequest request = Accepting("text/plain");
  auto* second = request.add_headers();
  second->set_name("accept");
  second->set_value("application/json");
  EXPECT_EQ(ReturnTypeFor(request, RETURN_TYPE_EJSON), RETURN_TYPE_JSON);
}

}  // namespace
}  // namespace overlock::executor::js
