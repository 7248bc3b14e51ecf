// What every Validator does, in process and over gRPC.
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/async/event_loops.h"
#include "common/crypto/hmac.h"
#include "common/telemetry/metrics.h"
#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"
#include "services/validation/local_validator.h"
#include "services/validation/memory_delivery_store.h"
#include "services/validation/remote_validator.h"
#include "services/validation/validation_grpc.h"
#include "tests/contract/where.h"

namespace overlock::validation {
namespace {

using Response = v1::ValidateResponse;

class ValidatorContract : public ContractTest {
 protected:
  ValidatorContract() {
    Apply();
    if (GetParam() != Where::kInProcess) {
      over_.emplace(GetParam(), grpc_, "/overlock.validation.v1.ValidationService/Validate");
      remote_ = std::make_unique<RemoteValidator>(over_->connection());
    }
  }
  ~ValidatorContract() override {
    remote_.reset();
    over_.reset();
  }

  void Apply() {
    config::v1::WatchResponse batch;
    batch.set_revision(7);
    batch.set_snapshot(true);
    config::v1::AppView* view = batch.add_apps();
    view->mutable_app()->set_app_id("app-abcde");
    view->mutable_app()->set_revision(7);
    Add(*view, "signed", config::v1::VALIDATION_METHOD_VERIFY_PAYLOAD, type::v1::SERVICE_TYPE_HTTP, "12345");
    Add(*view, "secret", config::v1::VALIDATION_METHOD_SECRET_AS_QUERY_PARAM, type::v1::SERVICE_TYPE_HTTP, "sesame");
    Add(*view, "github", config::v1::VALIDATION_METHOD_GITHUB, type::v1::SERVICE_TYPE_GITHUB, "It's a Secret");
    AddEndpoint(*view, "/signed", "POST", config::v1::VALIDATION_METHOD_VERIFY_PAYLOAD, "12345");
    AddEndpoint(*view, "/signed", "*", config::v1::VALIDATION_METHOD_SECRET_AS_QUERY_PARAM, "sesame");
    AddEndpoint(*view, "/unset", "POST", config::v1::VALIDATION_METHOD_VERIFY_PAYLOAD, "");
    Add(*view, "deliveries", config::v1::VALIDATION_METHOD_GITHUB, type::v1::SERVICE_TYPE_GITHUB, "12345")
        .mutable_deduplicate_for()
        ->set_seconds(3600);
    Add(*view, "observed", config::v1::VALIDATION_METHOD_VERIFY_PAYLOAD, type::v1::SERVICE_TYPE_HTTP, "12345")
        .set_observe_only(true);
    Add(*view, "allowed", config::v1::VALIDATION_METHOD_NO_VALIDATION, type::v1::SERVICE_TYPE_HTTP, "")
        .add_allowed_addresses("192.0.2.0/24");
    Add(*view, "slack", config::v1::VALIDATION_METHOD_SLACK, type::v1::SERVICE_TYPE_HTTP, "12345");
    local_.Apply(batch);
  }
  static void AddEndpoint(config::v1::AppView& view, const std::string& route, const std::string& http_method,
                          config::v1::ValidationMethod method, const std::string& secret) {
    auto* endpoint = view.mutable_validation()->add_endpoints();
    endpoint->mutable_name()->set_route(route);
    endpoint->mutable_name()->set_method(http_method);
    endpoint->set_method(method);
    endpoint->set_secret(secret);
  }
  static config::v1::ValidationSettings& Add(config::v1::AppView& view, const std::string& name,
                                             config::v1::ValidationMethod method, type::v1::ServiceType type,
                                             const std::string& secret) {
    auto* webhook = view.mutable_validation()->add_webhooks();
    webhook->mutable_name()->set_service("s");
    webhook->mutable_name()->set_webhook(name);
    webhook->set_method(method);
    webhook->set_service_type(type);
    webhook->set_secret(secret);
    return *webhook->mutable_settings();
  }

  static v1::ValidateRequest RequestFor(const std::string& webhook) {
    v1::ValidateRequest request;
    request.mutable_app()->set_app_id("app-abcde");
    request.mutable_app()->set_revision(7);
    request.mutable_webhook()->set_service("s");
    request.mutable_webhook()->set_webhook(webhook);
    return request;
  }
  static v1::ValidateRequest RequestForEndpoint(const std::string& route, const std::string& method) {
    v1::ValidateRequest request = RequestFor("");
    request.clear_webhook();
    request.mutable_endpoint()->set_route(route);
    request.mutable_endpoint()->set_method(method);
    return request;
  }
  static v1::ValidateRequest WithHeader(v1::ValidateRequest request, const std::string& name,
                                        const std::string& value) {
    type::v1::Header* header = request.mutable_request()->add_headers();
    header->set_name(name);
    header->set_value(value);
    return request;
  }

  Validator& validator() { return remote_ ? static_cast<Validator&>(*remote_) : local_; }
  absl::StatusOr<Response> Ask(v1::ValidateRequest request, const std::string& body = "",
                               const std::string& request_id = "") {
    CallContext call;
    call.request_id = request_id;
    return Await(validator().Validate(std::move(request), Body(body), std::move(call)));
  }
  // A delivery of `deliveries`, asked about for the request with this id.
  Response AskDelivery(const std::string& id, const std::string& request_id) {
    std::string digest = absl::BytesToHexString(crypto::HmacSha256("12345", "body"));
    auto request = WithHeader(RequestFor("deliveries"), "X-Hub-Signature-256", "sha256=" + digest);
    auto response = Ask(WithHeader(request, "X-GitHub-Delivery", id), "body", request_id);
    EXPECT_THAT(response, IsOk());
    return response.value_or(Response());
  }
  absl::Status Complete(const std::string& delivery, bool succeeded) {
    v1::CompleteDeliveryRequest request;
    request.set_delivery(delivery);
    request.set_succeeded(succeeded);
    return Await(validator().CompleteDelivery(std::move(request), CallContext())).status();
  }
  Refusal RefusalOf(v1::ValidateRequest request, const std::string& body = "") {
    auto response = Ask(std::move(request), body);
    EXPECT_THAT(response, IsOk());
    if (!response.ok()) return Response::REFUSAL_UNSPECIFIED;
    EXPECT_EQ(response->valid(), response->refusal() == Response::REFUSAL_UNSPECIFIED);
    return response->refusal();
  }

  Metrics metrics_;
  EventLoops loops_{1};
  MemoryDeliveryStore deliveries_{100, metrics_};
  LocalValidator local_{deliveries_, metrics_};
  ValidationGrpc grpc_{local_, loops_};
  std::unique_ptr<RemoteValidator> remote_;
};

constexpr char kBody[] = R"({"message":"MESSAGE"})";
constexpr char kSignature[] = "sha256=828ee180512eaf8a6229eda7eea72323f68e9c0f0093b11a578b0544c5777862";

TEST_P(ValidatorContract, AcceptsASignedBody) {
  EXPECT_EQ(RefusalOf(WithHeader(RequestFor("signed"), "X-Hook-Signature", kSignature), kBody),
            Response::REFUSAL_UNSPECIFIED);
}

TEST_P(ValidatorContract, RefusesABodyThatIsNotTheSignedOne) {
  auto request = WithHeader(RequestFor("signed"), "X-Hook-Signature", kSignature);
  EXPECT_EQ(RefusalOf(request, "{\"message\":\"MESSAGe\"}"), Response::REFUSAL_SIGNATURE_MISMATCH);
  EXPECT_EQ(RefusalOf(request, ""), Response::REFUSAL_SIGNATURE_MISMATCH);
}

TEST_P(ValidatorContract, SaysWhatIsWrongWithTheSignature) {
  EXPECT_EQ(RefusalOf(RequestFor("signed"), kBody), Response::REFUSAL_SIGNATURE_MISSING);
  EXPECT_EQ(RefusalOf(WithHeader(RequestFor("signed"), "X-Hook-Signature", "sha256=00"), kBody),
            Response::REFUSAL_SIGNATURE_MALFORMED);
}

TEST_P(ValidatorContract, ChecksBodiesThatAreNotText) {
  std::string body(100'000, '\0');
  for (size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 31);
  std::string signature = absl::StrCat("sha256=", absl::BytesToHexString(crypto::HmacSha256("12345", body)));
  auto request = WithHeader(RequestFor("signed"), "X-Hook-Signature", signature);
  EXPECT_EQ(RefusalOf(request, body), Response::REFUSAL_UNSPECIFIED);
}

TEST_P(ValidatorContract, ChecksTheSecretInTheQuery) {
  auto request = RequestFor("secret");
  EXPECT_EQ(RefusalOf(request), Response::REFUSAL_SECRET_MISSING);
  request.mutable_request()->set_raw_query_string("a=1&secret=sesame");
  EXPECT_EQ(RefusalOf(request), Response::REFUSAL_UNSPECIFIED);
  request.mutable_request()->set_raw_query_string("secret=sesam");
  EXPECT_EQ(RefusalOf(request), Response::REFUSAL_SECRET_MISMATCH);
  request.mutable_request()->set_raw_query_string("secret=sesame&secret=sesame");
  EXPECT_EQ(RefusalOf(request), Response::REFUSAL_SECRET_REPEATED);
}

TEST_P(ValidatorContract, ChecksGithubsSignature) {
  std::string digest = absl::BytesToHexString(crypto::HmacSha256("It's a Secret", kBody));
  EXPECT_EQ(RefusalOf(WithHeader(RequestFor("github"), "X-Hub-Signature-256", "sha256=" + digest), kBody),
            Response::REFUSAL_UNSPECIFIED);
  EXPECT_EQ(RefusalOf(WithHeader(RequestFor("github"), "X-Hook-Signature", kSignature), kBody),
            Response::REFUSAL_SIGNATURE_MISSING);
}

TEST_P(ValidatorContract, ChecksAnEndpointsSignature) {
  auto request = RequestForEndpoint("/signed", "POST");
  EXPECT_EQ(RefusalOf(WithHeader(request, "Endpoint-Signature", kSignature), kBody), Response::REFUSAL_UNSPECIFIED);
  EXPECT_EQ(RefusalOf(WithHeader(request, "X-Hook-Signature", kSignature), kBody), Response::REFUSAL_UNSPECIFIED);
  EXPECT_EQ(RefusalOf(WithHeader(request, "Endpoint-Signature", kSignature), "other"),
            Response::REFUSAL_SIGNATURE_MISMATCH);
  EXPECT_EQ(RefusalOf(request, kBody), Response::REFUSAL_SIGNATURE_MISSING);
}

TEST_P(ValidatorContract, TellsEndpointsOfOneRouteApartByMethod) {
  auto request = RequestForEndpoint("/signed", "*");
  EXPECT_EQ(RefusalOf(request), Response::REFUSAL_SECRET_MISSING);
  request.mutable_request()->set_raw_query_string("secret=sesame");
  EXPECT_EQ(RefusalOf(request), Response::REFUSAL_UNSPECIFIED);
}

TEST_P(ValidatorContract, RefusesAnEndpointWhoseSecretIsNotSet) {
  EXPECT_EQ(RefusalOf(WithHeader(RequestForEndpoint("/unset", "POST"), "Endpoint-Signature", kSignature), kBody),
            Response::REFUSAL_NO_SECRET_CONFIGURED);
}

TEST_P(ValidatorContract, SaysThatAnEndpointIsNotInTheRevision) {
  EXPECT_THAT(Ask(RequestForEndpoint("/nothing", "POST")), StatusIs(absl::StatusCode::kNotFound, "ENDPOINT_NOT_FOUND"));
  EXPECT_THAT(Ask(RequestForEndpoint("/signed", "GET")), StatusIs(absl::StatusCode::kNotFound, "ENDPOINT_NOT_FOUND"));
}

TEST_P(ValidatorContract, SaysThatAWebhookIsNotInTheRevision) {
  EXPECT_THAT(Ask(RequestFor("nothing")), StatusIs(absl::StatusCode::kNotFound, "WEBHOOK_NOT_FOUND"));
  auto request = RequestFor("signed");
  request.mutable_webhook()->set_service("other");
  EXPECT_THAT(Ask(request), StatusIs(absl::StatusCode::kNotFound, "WEBHOOK_NOT_FOUND"));
}

TEST_P(ValidatorContract, SaysThatARevisionIsNotKnownYet) {
  auto request = RequestFor("signed");
  request.mutable_app()->set_revision(8);
  EXPECT_THAT(Ask(request), StatusIs(absl::StatusCode::kUnavailable, "REVISION_UNKNOWN"));
}

TEST_P(ValidatorContract, SaysThatARevisionIsNoLongerKept) {
  auto request = RequestFor("signed");
  request.mutable_app()->set_revision(6);
  EXPECT_THAT(Ask(request), StatusIs(absl::StatusCode::kFailedPrecondition, "REVISION_GONE"));
}

TEST_P(ValidatorContract, TakesADeliveryOnce) {
  Response first = AskDelivery("id", "request-1");
  EXPECT_TRUE(first.valid());
  EXPECT_FALSE(first.duplicate());
  EXPECT_NE(first.delivery(), "");
  Response second = AskDelivery("id", "request-2");
  EXPECT_TRUE(second.valid());
  EXPECT_TRUE(second.duplicate());
  EXPECT_EQ(second.delivery(), "");
  EXPECT_FALSE(AskDelivery("another", "request-3").duplicate());
}

TEST_P(ValidatorContract, GivesARequestThatAsksAgainItsDeliveryAgain) {
  std::string delivery = AskDelivery("id", "request-1").delivery();
  Response again = AskDelivery("id", "request-1");
  EXPECT_FALSE(again.duplicate());
  EXPECT_EQ(again.delivery(), delivery);
}

TEST_P(ValidatorContract, RemembersADeliveryThatSucceededAndFreesOneThatFailed) {
  EXPECT_THAT(Complete(AskDelivery("good", "request-1").delivery(), true), IsOk());
  EXPECT_THAT(Complete(AskDelivery("bad", "request-2").delivery(), false), IsOk());
  EXPECT_TRUE(AskDelivery("good", "request-3").duplicate());
  EXPECT_FALSE(AskDelivery("bad", "request-4").duplicate());
}

TEST_P(ValidatorContract, MayBeToldTwiceHowADeliveryEnded) {
  std::string delivery = AskDelivery("id", "request-1").delivery();
  EXPECT_THAT(Complete(delivery, true), IsOk());
  EXPECT_THAT(Complete(delivery, true), IsOk());
  EXPECT_TRUE(AskDelivery("id", "request-2").duplicate());
}

TEST_P(ValidatorContract, KnowsADeliveryThatIsNotOfValidate) {
  EXPECT_THAT(Complete("id", true), StatusIs(absl::StatusCode::kInvalidArgument, "DELIVERY_INVALID"));
}

TEST_P(ValidatorContract, SaysWhatIsWrongWhereItOnlyObserves) {
  auto response = Ask(RequestFor("observed"), kBody);
  ASSERT_THAT(response, IsOk());
  EXPECT_TRUE(response->valid());
  EXPECT_EQ(response->refusal(), Response::REFUSAL_SIGNATURE_MISSING);
}

TEST_P(ValidatorContract, TakesRequestsFromAllowedAddressesOnly) {
  auto request = RequestFor("allowed");
  request.mutable_request()->set_remote_ip_address("192.0.2.7");
  EXPECT_EQ(RefusalOf(request), Response::REFUSAL_UNSPECIFIED);
  request.mutable_request()->set_remote_ip_address("192.0.3.7");
  EXPECT_EQ(RefusalOf(request), Response::REFUSAL_ADDRESS_NOT_ALLOWED);
}

TEST_P(ValidatorContract, AnswersAHandshake) {
  std::string body = R"({"type":"url_verification","challenge":"abc"})";
  std::string time = absl::StrCat(absl::ToUnixSeconds(absl::Now()));
  std::string digest = absl::BytesToHexString(crypto::HmacSha256("12345", absl::StrCat("v0:", time, ":", body)));
  auto request = WithHeader(WithHeader(RequestFor("slack"), "X-Slack-Signature", "v0=" + digest),
                            "X-Slack-Request-Timestamp", time);
  auto response = Ask(request, body);
  ASSERT_THAT(response, IsOk());
  EXPECT_TRUE(response->valid());
  EXPECT_EQ(response->handshake().content_type(), "application/json");
  EXPECT_EQ(response->handshake().body(), R"({"challenge":"abc"})");
}

INSTANTIATE_TEST_SUITE_P(Everywhere, ValidatorContract, Everywhere(), NameOf);

}  // namespace
}  // namespace overlock::validation
