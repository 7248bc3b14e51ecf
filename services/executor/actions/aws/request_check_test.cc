#include "services/executor/actions/aws/request_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iterator>
#include <random>
#include <string>
#include <string_view>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/executor/actions/aws/endpoint.h"
#include "services/executor/actions/aws/text.h"

namespace overlock::executor::aws {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

UnsignedRequest Make(std::string method, std::string_view target, Headers headers = {}, std::string_view body = "") {
  const std::pair<std::string, std::string> parts(SplitOnce(target, '?'));
  return {std::move(method), parts.first, parts.second, std::move(headers), body};
}

bool Passes(std::string_view api, std::string_view operation, UnsignedRequest request) {
  const ApiModel* model = FindApi(api);
  return CheckRequest(*model, *FindOperation(*model, operation), request).ok();
}

TEST(ApiModelTest, FindsWhatThereIs) {
  ASSERT_NE(FindApi("s3"), nullptr);
  EXPECT_EQ(FindApi("S3"), nullptr);
  EXPECT_EQ(FindApi(""), nullptr);
  EXPECT_NE(FindOperation(*FindApi("s3"), "PutObject"), nullptr);
  EXPECT_EQ(FindOperation(*FindApi("s3"), "putObject"), nullptr);
  EXPECT_EQ(FindApi("ses")->endpoint_prefix, "email");
  EXPECT_EQ(FindApi("sfn")->target_prefix, "AWSStepFunctions");
  for (const ApiModel& api : AllApis()) {
    SCOPED_TRACE(api.name);
    EXPECT_EQ(FindApi(api.name), &api);
    EXPECT_FALSE(api.operations.empty());
    for (const OperationModel& one : api.operations) EXPECT_EQ(FindOperation(api, one.name), &one);
  }
}

TEST(RequestCheckTest, TakesRequestsOfTheAction) {
  EXPECT_TRUE(Passes("s3", "GetObject", Make("GET", "/bucket/a/b%20c")));
  EXPECT_TRUE(Passes("s3", "GetObject", Make("GET", "/bucket/key?response-content-type=text%2Fplain&versionId=1")));
  EXPECT_TRUE(Passes("s3", "ListObjectsV2", Make("GET", "/bucket?list-type=2&prefix=a%2Fb")));
  EXPECT_TRUE(Passes("s3", "CopyObject", Make("PUT", "/bucket/key", {{"x-amz-copy-source", "other/key"}})));
  EXPECT_TRUE(Passes("lambda", "Invoke", Make("POST", "/2015-03-31/functions/f%3A1/invocations?Qualifier=v1")));
  EXPECT_TRUE(Passes("ses", "SendEmail", Make("POST", "/", {}, "Action=SendEmail&Version=2010-12-01")));
  EXPECT_TRUE(Passes("dynamodb", "PutItem", Make("POST", "/", {}, "{}")));
}

TEST(RequestCheckTest, RefusesRequestsOfAnotherAction) {
  EXPECT_FALSE(Passes("s3", "PutObject", Make("DELETE", "/bucket/key")));
  EXPECT_FALSE(Passes("s3", "GetObject", Make("GET", "/bucket")));
  EXPECT_FALSE(Passes("s3", "GetObject", Make("GET", "/bucket/")));
  EXPECT_FALSE(Passes("s3", "GetObject", Make("GET", "/bucket/key?acl")));
  EXPECT_FALSE(Passes("s3", "GetObject", Make("GET", "/bucket/key?%61cl")));
  EXPECT_FALSE(Passes("s3", "GetObjectAcl", Make("GET", "/bucket/key")));
  EXPECT_FALSE(Passes("s3", "CopyObject", Make("PUT", "/bucket/key")));
  EXPECT_FALSE(Passes("s3", "UploadPart", Make("PUT", "/bucket/key?partNumber=1")));
  EXPECT_FALSE(Passes("lambda", "Invoke", Make("POST", "/2015-03-31/functions/a/b/invocations")));
  EXPECT_FALSE(Passes("lambda", "Invoke", Make("POST", "/2015-03-31/functions//invocations")));
  EXPECT_FALSE(Passes("lambda", "Invoke", Make("POST", "/2015-03-31/functions/f/configuration")));
  EXPECT_FALSE(Passes("dynamodb", "PutItem", Make("POST", "/elsewhere", {}, "{}")));
}

TEST(RequestCheckTest, RefusesFormsThatNameAnotherActionOrNone) {
  EXPECT_FALSE(Passes("ses", "SendEmail", Make("POST", "/", {}, "")));
  EXPECT_FALSE(Passes("ses", "SendEmail", Make("POST", "/", {}, "Action=DeleteIdentity")));
  EXPECT_FALSE(Passes("ses", "SendEmail", Make("POST", "/", {}, "Action=SendEmail&Action=DeleteIdentity")));
  EXPECT_FALSE(Passes("ses", "SendEmail", Make("POST", "/", {}, "Action=SendEmail&%41ction=DeleteIdentity")));
  EXPECT_FALSE(Passes("ses", "SendEmail", Make("POST", "/", {}, "Action=SendEmail&Action")));
  EXPECT_FALSE(Passes("ses", "SendEmail", Make("POST", "/?Action=DeleteIdentity", {}, "Action=SendEmail")));
}

TEST(RequestCheckTest, RefusesPathsThatLeadElsewhere) {
  EXPECT_FALSE(Passes("s3", "GetObject", Make("GET", "/bucket/../other/key")));
  EXPECT_FALSE(Passes("s3", "GetObject", Make("GET", "/bucket/%2e%2E/key")));
  EXPECT_FALSE(Passes("s3", "GetObject", Make("GET", "/bucket/.")));
  EXPECT_FALSE(Passes("s3", "GetObject", Make("GET", "/bucket/a b")));
  EXPECT_FALSE(Passes("s3", "GetObject", Make("GET", "/bucket/a#b")));
  EXPECT_FALSE(Passes("s3", "GetObject", Make("GET", "/bucket/a\r\nHost: x")));
  EXPECT_FALSE(Passes("s3", "GetObject", Make("GET", "bucket/a")));
  EXPECT_FALSE(Passes("s3", "GetObject", Make("GET", "@evil.example/bucket/a")));
  EXPECT_FALSE(Passes("s3", "GetObject", Make("GET", "/bucket/" + std::string(9000, 'a'))));
}

TEST(RequestCheckTest, KeepsOnlyHeadersOfTheAction) {
  const ApiModel& s3 = *FindApi("s3");
  UnsignedRequest request = Make("PUT", "/bucket/key",
                                 {{"x-amz-acl", "private"},
                                  {"x-amz-meta-Colour", "blue"},
                                  {"Content-Type", "text/plain"},
                                  {"X-Amz-Copy-Source", "other/key"},
                                  {"Authorization", "mine"},
                                  {"Host", "evil.example"},
                                  {"x-amz-security-token", "t"},
                                  {"Cookie", "c"}});
  ASSERT_TRUE(CheckRequest(s3, *FindOperation(s3, "PutObject"), request).ok());
  EXPECT_THAT(request.headers, ElementsAre(Pair("x-amz-acl", "private"), Pair("x-amz-meta-Colour", "blue"),
                                           Pair("Content-Type", "text/plain")));
  EXPECT_FALSE(Passes("s3", "PutObject", Make("PUT", "/bucket/key", {{"x-amz-acl", "a\r\nx: y"}})));
  EXPECT_FALSE(Passes("s3", "PutObject", Make("PUT", "/bucket/key", {{"x-amz-meta-a b", "c"}})));
}

TEST(RequestCheckTest, NamesTheActionOfJsonItself) {
  const ApiModel& api = *FindApi("dynamodb");
  UnsignedRequest request = Make("POST", "/", {{"X-Amz-Target", "DynamoDB_20120810.DeleteTable"}}, "{}");
  ASSERT_TRUE(CheckRequest(api, *FindOperation(api, "PutItem"), request).ok());
  EXPECT_THAT(request.headers, ElementsAre(Pair("Content-Type", "application/x-amz-json-1.0"),
                                           Pair("X-Amz-Target", "DynamoDB_20120810.PutItem")));
}

// Whatever a worker sends, what passes can be put into a request line as it is, and reads the bucket's object.
TEST(RequestCheckTest, PassesNothingOddOutOfRandomChanges) {
  std::mt19937 random(20130524);
  constexpr std::string_view kPieces[] = {"/",      "//",          "..",   ".", "%2e", "%2F", "?",    "&",
                                          "acl",    "versionId=1", "#",    " ", "%",   "%0",  "\r\n", "\\",
                                          "bucket", "k",           "\x80", "=", "@",   ":",   "*",    "+"};
  int passed = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string target = random() % 2 == 0 ? "/bucket/key" : "/";
    for (size_t n = random() % 6; n > 0; --n) target.append(kPieces[random() % std::size(kPieces)]);
    UnsignedRequest request = Make("GET", target);
    const ApiModel& s3 = *FindApi("s3");
    if (!CheckRequest(s3, *FindOperation(s3, "GetObject"), request).ok()) continue;
    ++passed;
    EXPECT_THAT(request.path, ::testing::MatchesRegex("/[!$-~]+/[!$-~]+")) << target;
    EXPECT_THAT(request.query, ::testing::MatchesRegex("([!$-~]*)")) << target;
    EXPECT_EQ(absl::StrCat(request.path, "/").find("/../"), std::string::npos) << target;
    EXPECT_FALSE(absl::StrContains(request.query, "acl")) << target;
  }
  EXPECT_GT(passed, 100);
}

std::string Host(std::string_view api, std::string_view region, std::string_view prefix = "") {
  const auto endpoint = PublicEndpoint(*FindApi(api), prefix, region);
  return endpoint.ok() ? endpoint->host + " " + endpoint->region : "";
}

TEST(EndpointTest, KnowsWhereApisAre) {
  EXPECT_EQ(Host("s3", "eu-west-1"), "s3.eu-west-1.amazonaws.com eu-west-1");
  EXPECT_EQ(Host("s3", "us-east-1"), "s3.amazonaws.com us-east-1");
  EXPECT_EQ(Host("ses", "us-east-1"), "email.us-east-1.amazonaws.com us-east-1");
  EXPECT_EQ(Host("dynamodb", "cn-north-1"), "dynamodb.cn-north-1.amazonaws.com.cn cn-north-1");
  EXPECT_EQ(Host("iam", "eu-central-1"), "iam.amazonaws.com us-east-1");
  EXPECT_EQ(Host("route53", "us-gov-west-1"), "route53.us-gov.amazonaws.com us-gov-west-1");
  EXPECT_EQ(Host("sfn", "us-east-2", "sync-"), "sync-states.us-east-2.amazonaws.com us-east-2");
}

TEST(EndpointTest, RefusesWhatIsNoRegion) {
  for (const std::string_view region :
       {"", "x", "us-east", "us--1", "us-east-1.evil.example", "us-east-1/", "US-EAST-1", "evil.example#a-b-c",
        "aaaaaaaaaa-bbbbbbbbbbbbbbbbbb-cccccccccc"}) {
    EXPECT_EQ(Host("s3", region), "") << region;
  }
}

TEST(EndpointTest, TakesAConfiguredOne) {
  EXPECT_EQ(ConfiguredEndpoint("http://127.0.0.1:9000", "us-east-1")->host, "127.0.0.1:9000");
  EXPECT_EQ(ConfiguredEndpoint("https://minio.example/", "us-east-1")->scheme, "https");
  for (const std::string_view url : {"", "minio.example", "ftp://minio.example", "http://", "http://a/b", "http://a?b",
                                     "http://user@a", "http://a b"}) {
    EXPECT_FALSE(ConfiguredEndpoint(url, "us-east-1").ok()) << url;
  }
}

}  // namespace
}  // namespace overlock::executor::aws
