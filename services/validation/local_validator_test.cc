#include "services/validation/local_validator.h"

#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/async/block_on.h"
#include "common/crypto/hmac.h"
#include "common/testing/fake_clock.h"
#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"
#include "services/validation/memory_delivery_store.h"

namespace overlock::validation {
namespace {

using Response = v1::ValidateResponse;
using ::testing::HasSubstr;
using ::testing::Not;

class LocalValidatorTest : public ::testing::Test {
 protected:
  // A batch with one application whose only webhook is s/w.
  static config::v1::WatchResponse Batch(int64_t revision, type::v1::ServiceType type,
                                         config::v1::ValidationMethod method, const std::string& secret) {
    config::v1::WatchResponse batch;
    batch.set_revision(revision);
    config::v1::AppView* view = batch.add_apps();
    view->mutable_app()->set_app_id("app-abcde");
    view->mutable_app()->set_revision(revision);
    auto* webhook = view->mutable_validation()->add_webhooks();
    webhook->mutable_name()->set_service("s");
    webhook->mutable_name()->set_webhook("w");
    webhook->set_service_type(type);
    webhook->set_method(method);
    webhook->set_secret(secret);
    return batch;
  }
  static config::v1::WatchResponse SignedBatch(int64_t revision, const std::string& secret) {
    return Batch(revision, type::v1::SERVICE_TYPE_HTTP, config::v1::VALIDATION_METHOD_VERIFY_PAYLOAD, secret);
  }

  static v1::ValidateRequest Request(int64_t revision) {
    v1::ValidateRequest request;
    request.mutable_app()->set_app_id("app-abcde");
    request.mutable_app()->set_revision(revision);
    request.mutable_webhook()->set_service("s");
    request.mutable_webhook()->set_webhook("w");
    return request;
  }
  static v1::ValidateRequest SignedRequest(int64_t revision, const std::string& secret, const std::string& body) {
    v1::ValidateRequest request = Request(revision);
    type::v1::Header* header = request.mutable_request()->add_headers();
    header->set_name("X-Hook-Signature");
    header->set_value(absl::StrCat("sha256=", absl::BytesToHexString(crypto::HmacSha256(secret, body))));
    return request;
  }

  absl::StatusOr<Response> Ask(v1::ValidateRequest request, const std::string& body = "") {
    CallContext call;
    call.request_id = "5e7a1c0f9d3b2a4c6e8f0a98";
    return BlockOn(validator_.Validate(std::move(request), Body(body), std::move(call)));
  }
  Refusal RefusalOf(v1::ValidateRequest request, const std::string& body = "") {
    auto response = Ask(std::move(request), body);
    EXPECT_THAT(response, IsOk());
    EXPECT_EQ(response->valid(), response->refusal() == Response::REFUSAL_UNSPECIFIED);
    return response->refusal();
  }

  Metrics metrics_;
  FakeClock clock_;
  MemoryDeliveryStore deliveries_{100, metrics_, clock_};
  LocalValidator validator_{deliveries_, metrics_, clock_};
};

TEST_F(LocalValidatorTest, ChecksWithTheSecretOfTheRevisionThatIsAskedFor) {
  validator_.Apply(SignedBatch(1, "old"));
  validator_.Apply(SignedBatch(2, "new"));
  EXPECT_EQ(RefusalOf(SignedRequest(1, "old", "body"), "body"), Response::REFUSAL_UNSPECIFIED);
  EXPECT_EQ(RefusalOf(SignedRequest(2, "new", "body"), "body"), Response::REFUSAL_UNSPECIFIED);
  EXPECT_EQ(RefusalOf(SignedRequest(1, "new", "body"), "body"), Response::REFUSAL_SIGNATURE_MISMATCH);
  EXPECT_EQ(RefusalOf(SignedRequest(2, "old", "body"), "body"), Response::REFUSAL_SIGNATURE_MISMATCH);
}

TEST_F(LocalValidatorTest, ForgetsAnOldSecretAfterAMinute) {
  validator_.Apply(SignedBatch(1, "old"));
  validator_.Apply(SignedBatch(2, "new"));
  clock_.Advance(absl::Seconds(61));
  validator_.Apply(SignedBatch(3, "newest"));
  EXPECT_THAT(Ask(SignedRequest(1, "old", "body"), "body"),
              StatusIs(absl::StatusCode::kFailedPrecondition, "REVISION_GONE"));
}

TEST_F(LocalValidatorTest, KeepsAnsweringForARemovedApplicationsLastRequests) {
  validator_.Apply(SignedBatch(1, "secret"));
  config::v1::WatchResponse removal;
  removal.set_revision(2);
  removal.add_removed_app_ids("app-abcde");
  validator_.Apply(removal);
  EXPECT_EQ(RefusalOf(SignedRequest(1, "secret", "body"), "body"), Response::REFUSAL_UNSPECIFIED);
  EXPECT_THAT(Ask(SignedRequest(2, "secret", "body"), "body"), Not(IsOk()));
}

TEST_F(LocalValidatorTest, ChoosesTheSchemeByServiceTypeAndMethod) {
  validator_.Apply(Batch(1, type::v1::SERVICE_TYPE_HTTP, config::v1::VALIDATION_METHOD_NO_VALIDATION, ""));
  EXPECT_EQ(RefusalOf(Request(1)), Response::REFUSAL_UNSPECIFIED);
  validator_.Apply(Batch(2, type::v1::SERVICE_TYPE_HTTP, config::v1::VALIDATION_METHOD_SECRET_AS_QUERY_PARAM, "x"));
  EXPECT_EQ(RefusalOf(Request(2)), Response::REFUSAL_SECRET_MISSING);
  validator_.Apply(Batch(3, type::v1::SERVICE_TYPE_GITHUB, config::v1::VALIDATION_METHOD_GITHUB, "x"));
  EXPECT_EQ(RefusalOf(Request(3)), Response::REFUSAL_SIGNATURE_MISSING);
  validator_.Apply(SignedBatch(4, ""));
  EXPECT_EQ(RefusalOf(Request(4)), Response::REFUSAL_NO_SECRET_CONFIGURED);
}

TEST_F(LocalValidatorTest, RefusesMethodsAndServiceTypesItDoesNotKnow) {
  auto method = static_cast<config::v1::ValidationMethod>(99);
  validator_.Apply(Batch(1, type::v1::SERVICE_TYPE_HTTP, method, "x"));
  EXPECT_EQ(RefusalOf(Request(1)), Response::REFUSAL_METHOD_UNKNOWN);
  validator_.Apply(Batch(2, type::v1::SERVICE_TYPE_HTTP, config::v1::VALIDATION_METHOD_UNSPECIFIED, "x"));
  EXPECT_EQ(RefusalOf(Request(2)), Response::REFUSAL_METHOD_UNKNOWN);
  for (type::v1::ServiceType type : {type::v1::SERVICE_TYPE_GITHUB, type::v1::SERVICE_TYPE_TWILIO}) {
    validator_.Apply(Batch(3, type, config::v1::VALIDATION_METHOD_UNSPECIFIED, ""));
    EXPECT_EQ(RefusalOf(Request(3)), Response::REFUSAL_METHOD_UNKNOWN) << type;
  }
  validator_.Apply(Batch(4, static_cast<type::v1::ServiceType>(99), config::v1::VALIDATION_METHOD_NO_VALIDATION, "x"));
  EXPECT_EQ(RefusalOf(Request(4)), Response::REFUSAL_METHOD_UNKNOWN);
}

TEST_F(LocalValidatorTest, ChoosesAnEndpointsSchemeByMethod) {
  config::v1::WatchResponse batch = SignedBatch(1, "unused");
  auto add = [&batch](const std::string& method, config::v1::ValidationMethod validation, const std::string& secret) {
    auto* endpoint = batch.mutable_apps(0)->mutable_validation()->add_endpoints();
    endpoint->mutable_name()->set_route("/r");
    endpoint->mutable_name()->set_method(method);
    endpoint->set_method(validation);
    endpoint->set_secret(secret);
  };
  add("GET", config::v1::VALIDATION_METHOD_SECRET_AS_QUERY_PARAM, "x");
  add("POST", config::v1::VALIDATION_METHOD_VERIFY_PAYLOAD, "x");
  add("PUT", config::v1::VALIDATION_METHOD_VERIFY_PAYLOAD, "");
  add("PATCH", config::v1::VALIDATION_METHOD_SECRET_AS_QUERY_PARAM, "");
  add("DELETE", config::v1::VALIDATION_METHOD_UNSPECIFIED, "x");
  add("*", static_cast<config::v1::ValidationMethod>(99), "x");
  validator_.Apply(batch);
  auto refusal = [this](const std::string& method) {
    v1::ValidateRequest request = Request(1);
    request.clear_webhook();
    request.mutable_endpoint()->set_route("/r");
    request.mutable_endpoint()->set_method(method);
    return RefusalOf(request);
  };
  EXPECT_EQ(refusal("GET"), Response::REFUSAL_SECRET_MISSING);
  EXPECT_EQ(refusal("POST"), Response::REFUSAL_SIGNATURE_MISSING);
  EXPECT_EQ(refusal("PUT"), Response::REFUSAL_NO_SECRET_CONFIGURED);
  EXPECT_EQ(refusal("PATCH"), Response::REFUSAL_NO_SECRET_CONFIGURED);
  EXPECT_EQ(refusal("DELETE"), Response::REFUSAL_METHOD_UNKNOWN);
  EXPECT_EQ(refusal("*"), Response::REFUSAL_METHOD_UNKNOWN);
  EXPECT_THAT(metrics_.Serialize(), HasSubstr(R"({scheme="endpoint_signature",verdict="signature_missing"} 1)"));
}

TEST_F(LocalValidatorTest, CountsVerdicts) {
  validator_.Apply(SignedBatch(1, "secret"));
  RefusalOf(SignedRequest(1, "secret", "body"), "body");
  RefusalOf(SignedRequest(1, "wrong", "body"), "body");
  RefusalOf(SignedRequest(1, "wrong", "body"), "body");
  std::string text = metrics_.Serialize();
  EXPECT_THAT(text, HasSubstr(R"(overlock_validation_verdicts_total{scheme="hook_signature",verdict="valid"} 1)"));
  EXPECT_THAT(
      text, HasSubstr(R"(overlock_validation_verdicts_total{scheme="hook_signature",verdict="signature_mismatch"} 2)"));
}

TEST_F(LocalValidatorTest, LogsTheCauseOfARefusalButNoSecretAndNoSignature) {
  validator_.Apply(SignedBatch(1, "hunter2"));
  v1::ValidateRequest request = SignedRequest(1, "wrong", "a body");
  std::string signature = request.request().headers(0).value().substr(7);
  ::testing::internal::CaptureStderr();
  RefusalOf(std::move(request), "a body");
  std::string logged = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(logged, HasSubstr("5e7a1c0f9d3b2a4c6e8f0a98"));
  EXPECT_THAT(logged, HasSubstr("app-abcde"));
  EXPECT_THAT(logged, HasSubstr("signature_mismatch"));
  EXPECT_THAT(logged, Not(HasSubstr("hunter2")));
  EXPECT_THAT(logged, Not(HasSubstr(signature)));
  EXPECT_THAT(logged, Not(HasSubstr("a body")));
}

}  // namespace
}  // namespace overlock::validation
