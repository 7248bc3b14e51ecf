// The services of AWS as the supervisor runs them, against a network that is played here.
#include "services/executor/actions/aws/aws_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/async/block_on.h"
#include "common/ejson/parse.h"
#include "common/ejson/serialize.h"
#include "common/status/status.h"
#include "common/testing/fake_clock.h"
#include "services/executor/actions/aws/legacy_services.h"
#include "services/executor/actions/aws/text.h"
#include "services/executor/actions/service_actions.h"

namespace overlock::executor::aws {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

class FakeTransport final : public Transport {
 public:
  Task<absl::StatusOr<Response>> Send(SignedRequest request, ServiceCallPtr) override {
    requests.push_back(std::move(request));
    if (answers.empty()) co_return Response{200, "OK", {}, ""};
    absl::StatusOr<Response> answer = std::move(answers.front());
    answers.pop_front();
    co_return answer;
  }

  std::vector<SignedRequest> requests;
  std::deque<absl::StatusOr<Response>> answers;
};

std::string HeaderOf(const SignedRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (absl::EqualsIgnoreCase(key, name)) return value;
  }
  return "";
}

// Makes the signature of a received request anew, as AWS does, from what came over the wire.
std::string Recompute(const SignedRequest& request, std::string_view service, std::string_view region, absl::Time now,
                      PathForm form) {
  std::string_view rest = request.url;
  rest.remove_prefix(rest.find("://") + 3);
  rest.remove_prefix(rest.find('/'));
  const std::pair<std::string, std::string> target(SplitOnce(rest, '?'));
  SignableRequest signable{request.method, target.first, target.second, {}};
  for (const auto& header : request.headers) {
    if (header.first != "Authorization") signable.headers.push_back(header);
  }
  return Authorization(signable, PayloadHash(request.body), form, {std::string(region), std::string(service), now},
                       {"AKIDEXAMPLE", std::string(kSecret), ""});
}

class AwsServiceTest : public testing::Test {
 protected:
  AwsServiceTest() {
    service_.set_name("cloud");
    service_.set_type("aws");
    service_.set_config_json(R"({"accessKeyId": "AKIDEXAMPLE", "region": "eu-west-1"})");
    (*service_.mutable_secrets())["secretAccessKey"] = kSecret;
  }

  ServiceOutcome Call(ServiceType& type, const std::string& action, const std::string& argument,
                      const std::string& body = "") {
    auto call = std::make_shared<ServiceCall>();
    call->service = &service_;
    call->action = action;
    auto parsed = ejson::Parse(argument);
    EXPECT_TRUE(parsed.ok()) << parsed.status();
    call->argument = *parsed;
    call->body = body;
    return BlockOn(type.Call(call));
  }
  ServiceOutcome CallAws(const std::string& action, const std::string& argument, const std::string& body = "") {
    return Call(aws_, action, argument, body);
  }
  static std::string Json(const ServiceOutcome& outcome) {
    if (const auto* failure = std::get_if<ServiceFailure>(&outcome)) {
      return absl::StrCat(failure->code, ": ", failure->message);
    }
    return ejson::ToCanonicalJson(std::get<ServiceValue>(outcome).value);
  }

  FakeClock clock_;
  std::shared_ptr<FakeTransport> network_ = std::make_shared<FakeTransport>();
  std::shared_ptr<AwsClient> client_ =
      std::make_shared<AwsClient>(network_, clock_, AwsClient::Options{.retry_delay = absl::ZeroDuration()});
  config::v1::ExecutorView::Service service_;
  AwsService aws_{client_};
};

constexpr std::string_view kPut =
    R"({"region": "us-west-2", "method": "PUT", "path": "/photos/a%20b.png", "headers": {"x-amz-meta-a": "b"}})";

TEST_F(AwsServiceTest, SignsRequestsOfS3) {
  network_->answers.push_back(Response{200, "OK", {{"ETag", "\"e\""}, {"X-A", "1"}, {"x-a", "2"}}, "bytes"});
  const ServiceOutcome outcome = CallAws("s3:PutObject", std::string(kPut), "content");
  EXPECT_EQ(Json(outcome), R"({"statusCode":{"$numberInt":"200"},"statusMessage":"OK",)"
                           R"("headers":{"etag":"\"e\"","x-a":"1, 2"}})");
  EXPECT_EQ(std::get<ServiceValue>(outcome).body, "bytes");
  ASSERT_THAT(network_->requests, SizeIs(1));
  const SignedRequest& request = network_->requests[0];
  EXPECT_EQ(request.method, "PUT");
  EXPECT_EQ(request.url, "https://photos.s3.us-west-2.amazonaws.com/a%20b.png");
  EXPECT_EQ(request.body, "content");
  EXPECT_EQ(HeaderOf(request, "host"), "photos.s3.us-west-2.amazonaws.com");
  EXPECT_EQ(HeaderOf(request, "x-amz-meta-a"), "b");
  EXPECT_EQ(HeaderOf(request, "x-amz-content-sha256"), PayloadHash("content"));
  EXPECT_EQ(HeaderOf(request, "authorization"), Recompute(request, "s3", "us-west-2", clock_.Now(), PathForm::kAsSent));
  EXPECT_EQ(request.response_bytes_max, kS3ObjectBytesMax);
}

TEST_F(AwsServiceTest, SignsRequestsOfEachProtocol) {
  struct Case {
    std::string action, method, path, body, host, service;
  };
  const Case cases[] = {
      {"dynamodb:PutItem", "POST", "/", "{}", "dynamodb.eu-west-1.amazonaws.com", "dynamodb"},
      {"ses:SendEmail", "POST", "/", "Action=SendEmail", "email.eu-west-1.amazonaws.com", "ses"},
      {"ec2:DescribeInstances", "POST", "/", "Action=DescribeInstances", "ec2.eu-west-1.amazonaws.com", "ec2"},
      {"lambda:Invoke", "POST", "/2015-03-31/functions/f%3A1/invocations", "{}", "lambda.eu-west-1.amazonaws.com",
       "lambda"},
      {"s3:ListBuckets", "GET", "/", "", "s3.eu-west-1.amazonaws.com", "s3"},
      {"pinpoint:GetApps", "GET", "/v1/apps", "", "pinpoint.eu-west-1.amazonaws.com", "mobiletargeting"},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.action);
    network_->requests.clear();
    const std::string argument = absl::StrCat(R"({"method": ")", one.method, R"(", "path": ")", one.path, R"("})");
    ASSERT_THAT(Json(CallAws(one.action, argument, one.body)), HasSubstr("statusCode"));
    ASSERT_THAT(network_->requests, SizeIs(1));
    const SignedRequest& request = network_->requests[0];
    EXPECT_EQ(request.url, absl::StrCat("https://", one.host, one.path));
    EXPECT_EQ(HeaderOf(request, "authorization"),
              Recompute(request, one.service, "eu-west-1", clock_.Now(),
                        one.service == "s3" ? PathForm::kAsSent : PathForm::kNormalised));
  }
}

TEST_F(AwsServiceTest, SendsTheSessionToken) {
  (*service_.mutable_secrets())["sessionToken"] = "token";
  CallAws("s3:PutObject", std::string(kPut));
  EXPECT_EQ(HeaderOf(network_->requests.at(0), "x-amz-security-token"), "token");
  EXPECT_THAT(HeaderOf(network_->requests.at(0), "authorization"), HasSubstr("x-amz-security-token"));
}

TEST_F(AwsServiceTest, DoesNotSignWhatAwsWantsUnsigned) {
  CallAws("cognitoidentityprovider:InitiateAuth", R"({"method": "POST", "path": "/"})", "{}");
  EXPECT_EQ(HeaderOf(network_->requests.at(0), "authorization"), "");
}

TEST_F(AwsServiceTest, AddsDigestsThatAwsWants) {
  CallAws("s3:DeleteObjects", R"({"method": "POST", "path": "/photos?delete"})", "<Delete/>");
  EXPECT_EQ(HeaderOf(network_->requests.at(0), "content-md5"), "ePbrFwvNFIRnzBrIv+T8Ag==");
}

TEST_F(AwsServiceTest, GoesToTheConfiguredEndpointWithTheBucketInThePath) {
  service_.set_config_json(
      R"({"accessKeyId": "AKIDEXAMPLE", "region": "eu-west-1", "overlock": {"endpoint": "http://127.0.0.1:9000"}})");
  CallAws("s3:PutObject", std::string(kPut));
  EXPECT_EQ(network_->requests.at(0).url, "http://127.0.0.1:9000/photos/a%20b.png");
  EXPECT_EQ(HeaderOf(network_->requests.at(0), "host"), "127.0.0.1:9000");
}

TEST_F(AwsServiceTest, NeverTakesTheHostFromTheWorker) {
  CallAws("dynamodb:PutItem", R"({"method": "POST", "path": "/", "host": "evil.example", "headers": {"Host": "evil"}})",
          "{}");
  EXPECT_EQ(network_->requests.at(0).url, "https://dynamodb.eu-west-1.amazonaws.com/");
  EXPECT_THAT(Json(CallAws("dynamodb:PutItem", R"({"region": "x.evil.example/a-b-c", "method": "POST", "path": "/"})")),
              HasSubstr("AWSError: region"));
  EXPECT_THAT(network_->requests, SizeIs(1));
}

TEST_F(AwsServiceTest, RefusesARequestOfAnotherAction) {
  EXPECT_THAT(Json(CallAws("s3:PutObject", R"({"method": "DELETE", "path": "/photos/a"})")), HasSubstr("AWSError"));
  EXPECT_THAT(network_->requests, IsEmpty());
}

TEST_F(AwsServiceTest, RefusesObjectsThatAreTooLarge) {
  const std::string most(kS3ObjectBytesMax, 'a');
  EXPECT_THAT(Json(CallAws("s3:PutObject", std::string(kPut), most)), HasSubstr("statusCode"));
  EXPECT_THAT(Json(CallAws("s3:PutObject", std::string(kPut), most + "a")), HasSubstr("4 MB"));
  network_->answers.push_back(Error(absl::StatusCode::kResourceExhausted, "RESPONSE_TOO_LARGE", "response: too large"));
  EXPECT_THAT(Json(CallAws("s3:GetObject", R"({"method": "GET", "path": "/photos/a"})")), HasSubstr("4 MB"));
}

TEST_F(AwsServiceTest, TriesAgainWhileAwsIsBusy) {
  network_->answers = {Response{503, "Slow Down", {}, ""}, Response{500, "", {}, ""}, Response{200, "OK", {}, ""}};
  EXPECT_THAT(Json(CallAws("s3:PutObject", std::string(kPut))), HasSubstr(R"("200")"));
  EXPECT_THAT(network_->requests, SizeIs(3));
  network_->requests.clear();
  for (int i = 0; i < 5; ++i) network_->answers.push_back(Response{503, "", {}, ""});
  EXPECT_THAT(Json(CallAws("s3:PutObject", std::string(kPut))), HasSubstr(R"("503")"));
  EXPECT_THAT(network_->requests, SizeIs(3));
}

TEST_F(AwsServiceTest, SaysWhatTheNetworkSays) {
  network_->answers.push_back(Error(absl::StatusCode::kPermissionDenied, "RESTRICTED_HOST", "url: not that host"));
  EXPECT_EQ(Json(CallAws("s3:PutObject", std::string(kPut))), "RestrictedHost: url: not that host");
  network_->answers.push_back(Error(absl::StatusCode::kUnavailable, "CONNECT", "connect: refused"));
  EXPECT_EQ(Json(CallAws("s3:PutObject", std::string(kPut))), "AWSError: connect: refused");
}

TEST_F(AwsServiceTest, SaysWhatTheConfigurationLacks) {
  service_.mutable_secrets()->clear();
  EXPECT_THAT(Json(CallAws("s3:PutObject", std::string(kPut))), HasSubstr("secretAccessKey"));
  service_.set_config_json("{\"a\":");
  EXPECT_THAT(Json(CallAws("s3:PutObject", std::string(kPut))), HasSubstr("config: must be a document"));
}

TEST_F(AwsServiceTest, KnowsTheActionsAndNamesFewForMetrics) {
  EXPECT_EQ(aws_.KnownAction("s3:PutObject"), "s3");
  EXPECT_EQ(aws_.KnownAction("s3:PresignURL"), "s3");
  EXPECT_EQ(aws_.KnownAction("kinesis:PutRecord"), "kinesis");
  for (const std::string_view action : {"", "s3", "s3:", "s3:Put", ":PutObject", "S3:PutObject", "nope:X"}) {
    EXPECT_EQ(aws_.KnownAction(action), "") << action;
  }
}

TEST_F(AwsServiceTest, ShowsRulesTheInput) {
  ServiceCall call;
  call.argument = *ejson::Parse(R"({"region": "", "path": "/", "input": {"Bucket": "b"}})");
  EXPECT_EQ(ejson::ToCanonicalJson(aws_.RuleArguments(call)), R"({"Bucket":"b"})");
}

TEST_F(AwsServiceTest, RulesAllowActionsAndWholeApis) {
  config::v1::AppView view;
  view.mutable_app()->set_app_id("shop-abcde");
  auto& service = *view.mutable_executor()->add_services();
  service = service_;
  auto& read = *service.add_rules();
  read.add_actions("s3:GetObject");
  read.set_when_json(R"({"%%args.Bucket": {"%in": ["photos", "films"]}})");
  service.add_rules()->add_actions("sqs:*");
  ServiceActions actions;
  actions.Register("aws", std::make_shared<AwsService>(client_));
  v1::ExecuteRequest invocation;
  invocation.mutable_user()->set_type(type::v1::User::TYPE_NORMAL);
  invocation.mutable_user()->set_id("5e7f9a1b2c3d4e5f60718293");
  const auto code = std::make_shared<const AppCode>(view);
  const auto is_sent = [&](const std::string& action, const std::string& argument) {
    network_->requests.clear();
    auto call = std::make_shared<ServiceCall>();
    call->code = code;
    call->service = code->FindService("cloud");
    call->action = action;
    call->argument = *ejson::Parse(argument);
    call->invocation = std::make_shared<const v1::ExecuteRequest>(invocation);
    BlockOn(actions.Call(call));
    return network_->requests.size() == 1;
  };
  EXPECT_TRUE(is_sent("s3:GetObject", R"({"method": "GET", "path": "/photos/k", "input": {"Bucket": "photos"}})"));
  EXPECT_FALSE(is_sent("s3:GetObject", R"({"method": "GET", "path": "/letters/k", "input": {"Bucket": "letters"}})"));
  EXPECT_FALSE(is_sent("s3:GetObject", R"({"method": "GET", "path": "/photos/k"})"));
  EXPECT_FALSE(
      is_sent("s3:DeleteObject", R"({"method": "DELETE", "path": "/photos/k", "input": {"Bucket": "photos"}})"));
  EXPECT_TRUE(is_sent("sqs:ListQueues", R"({"method": "POST", "path": "/", "input": {}})"));
  EXPECT_FALSE(is_sent("sqs:Nothing", R"({"method": "POST", "path": "/", "input": {}})"));
}

TEST_F(AwsServiceTest, PresignsUrls) {
  const ServiceOutcome outcome =
      CallAws("s3:PresignURL",
              R"({"region": "us-east-1", "input": {"Bucket": "photos", "Key": "/some//p.png", "Method": "PUT",
          "ExpirationMS": 30000}})");
  const std::string url = Json(outcome);
  EXPECT_THAT(url, HasSubstr("\"https://photos.s3.amazonaws.com/some/p.png?X-Amz-Algorithm=AWS4-HMAC-SHA256"));
  EXPECT_THAT(url, HasSubstr("&X-Amz-Expires=30&X-Amz-SignedHeaders=host&X-Amz-Signature="));
  EXPECT_THAT(url, Not(HasSubstr(std::string(kSecret))));
  EXPECT_THAT(network_->requests, IsEmpty());
}

TEST_F(AwsServiceTest, RefusesBadPresigning) {
  for (const std::string_view input :
       {R"({"Bucket": "b"})", R"({"Key": "k"})", R"({"Bucket": "b", "Key": "k", "Method": "POST"})",
        R"({"Bucket": "b", "Key": "k", "ExpirationMS": 0})", R"({"Bucket": "b", "Key": "k", "ExpirationMS": 1e12})",
        R"({"Bucket": "b", "Key": "a/../b"})"}) {
    EXPECT_THAT(Json(CallAws("s3:PresignURL", absl::StrCat(R"({"region": "us-east-1", "input": )", input, "}"))),
                HasSubstr("AWSError: "))
        << input;
  }
}

TEST_F(AwsServiceTest, OldS3PutsAnObject) {
  AwsS3Service s3(client_);
  const ServiceOutcome outcome = Call(s3, "put",
                                      R"({"bucket": "photos", "key": "a b", "acl": "public-read",
                                          "contentType": "text/plain", "body": {"$binary": {"base64": "aGk=",
                                          "subType": "00"}}})");
  EXPECT_EQ(Json(outcome), R"({"location":"https://photos.s3.eu-west-1.amazonaws.com/a%20b"})");
  const SignedRequest& request = network_->requests.at(0);
  EXPECT_EQ(request.body, "hi");
  EXPECT_EQ(HeaderOf(request, "x-amz-acl"), "public-read");
  EXPECT_EQ(HeaderOf(request, "content-type"), "text/plain");
  EXPECT_EQ(HeaderOf(request, "authorization"), Recompute(request, "s3", "eu-west-1", clock_.Now(), PathForm::kAsSent));
}

TEST_F(AwsServiceTest, OldS3SignsAPolicy) {
  AwsS3Service s3(client_);
  const ServiceOutcome outcome =
      Call(s3, "signPolicy", R"({"bucket": "photos", "key": "k", "acl": "private", "contentType": "text/plain"})");
  const ejson::Value& value = std::get<ServiceValue>(outcome).value;
  EXPECT_EQ(value.Find("algorithm")->as_string(), "AWS4-HMAC-SHA256");
  EXPECT_EQ(value.Find("date")->as_string(), "20200913T122640Z");
  EXPECT_EQ(value.Find("credential")->as_string(), "AKIDEXAMPLE/20200913/eu-west-1/s3/aws4_request");
  const std::string policy = value.Find("policy")->as_string();
  EXPECT_EQ(value.Find("signature")->as_string(),
            Sign(policy, {"eu-west-1", "s3", clock_.Now()}, {"AKIDEXAMPLE", std::string(kSecret), ""}));
  std::string text;
  ASSERT_TRUE(absl::Base64Unescape(policy, &text));
  EXPECT_EQ(text,
            R"({"expiration":"2020-09-13T13:26:40Z","conditions":[{"bucket":"photos"},{"key":"k"},{"acl":"private"},)"
            R"({"Content-Type":"text/plain"},{"x-amz-algorithm":"AWS4-HMAC-SHA256"},)"
            R"({"x-amz-credential":"AKIDEXAMPLE/20200913/eu-west-1/s3/aws4_request"},)"
            R"({"x-amz-date":"20200913T122640Z"}]})");
}

TEST_F(AwsServiceTest, OldSesSendsAText) {
  AwsSesService ses(client_);
  network_->answers.push_back(Response{200, "OK", {}, "<R><MessageId>m-1</MessageId></R>"});
  EXPECT_EQ(
      Json(Call(ses, "send", R"({"toAddress": "a@b.c", "fromAddress": "d@e.f", "subject": "s&s", "body": "x y"})")),
      R"({"messageId":"m-1"})");
  EXPECT_EQ(network_->requests.at(0).url, "https://email.eu-west-1.amazonaws.com/");
  EXPECT_EQ(network_->requests.at(0).body,
            "Action=SendEmail&Destination.ToAddresses.member.1=a%40b.c&Message.Body.Text.Data=x%20y&"
            "Message.Subject.Data=s%26s&Source=d%40e.f&Version=2010-12-01");
  EXPECT_EQ(Json(Call(ses, "send", R"({"to": "a@b.c", "from": ""})")),
            "AWSError: send: toAddress and fromAddress: must be strings with text");
}

TEST_F(AwsServiceTest, OldServicesTellOfErrors) {
  AwsSesService ses(client_);
  network_->answers.push_back(Response{
      400,
      "Bad Request",
      {},
      "<E><Error><Code>MessageRejected</Code><Message>a &amp; b</Message></Error><RequestId>r</RequestId></E>"});
  EXPECT_EQ(Json(Call(ses, "send", R"({"to": "a@b.c", "from": "d@e.f"})")),
            "AWSError: MessageRejected: a & b\n\tstatus code: 400, request id: r");
}

}  // namespace
}  // namespace overlock::executor::aws
