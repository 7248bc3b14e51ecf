// A validator with one webhook, for tests of its settings. For tests only.
#ifndef OVERLOCK_SERVICES_VALIDATION_VALIDATION_FIXTURE_H_
#define OVERLOCK_SERVICES_VALIDATION_VALIDATION_FIXTURE_H_

#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/async/block_on.h"
#include "common/crypto/hmac.h"
#include "common/telemetry/metrics.h"
#include "common/testing/fake_clock.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/validation/delivery_store.h"
#include "services/validation/local_validator.h"
#include "services/validation/memory_delivery_store.h"

namespace overlock::validation {

// A store that can be told to give no answer.
class BreakableStore : public DeliveryStore {
 public:
  explicit BreakableStore(DeliveryStore& store) : store_(store) {}

  Task<absl::StatusOr<bool>> Take(DeliveryClaim claim) override {
    if (!broken.ok()) co_return broken;
    co_return co_await store_.Take(std::move(claim));
  }
  Task<absl::Status> Complete(std::string key, std::string owner, bool succeeded) override {
    if (!broken.ok()) co_return broken;
    absl::Status status = co_await store_.Complete(std::move(key), std::move(owner), succeeded);
    co_return status;
  }

  absl::Status broken;

 private:
  DeliveryStore& store_;
};

class ValidationTest : public ::testing::Test {
 protected:
  using Response = v1::ValidateResponse;

  // Webhook s/w and endpoint POST /w, both with these settings and GitHub's signature by `secret`.
  void Configure(const config::v1::ValidationSettings& settings, const std::string& secret = "hunter2",
                 config::v1::ValidationMethod method = config::v1::VALIDATION_METHOD_GITHUB) {
    config::v1::WatchResponse batch;
    batch.set_revision(++revision_);
    config::v1::AppView* view = batch.add_apps();
    view->mutable_app()->set_app_id("app-abcde");
    view->mutable_app()->set_revision(revision_);
    for (const char* name : {"w", "other"}) {
      auto* webhook = view->mutable_validation()->add_webhooks();
      webhook->mutable_name()->set_service("s");
      webhook->mutable_name()->set_webhook(name);
      webhook->set_service_type(type::v1::SERVICE_TYPE_HTTP);
      webhook->set_method(method);
      webhook->set_secret(secret);
      *webhook->mutable_settings() = settings;
    }
    auto* endpoint = view->mutable_validation()->add_endpoints();
    endpoint->mutable_name()->set_route("/w");
    endpoint->mutable_name()->set_method("POST");
    endpoint->set_method(method);
    endpoint->set_secret(secret);
    *endpoint->mutable_settings() = settings;
    validator_.Apply(batch);
  }

  v1::ValidateRequest Request(const std::string& webhook = "w") const {
    v1::ValidateRequest request;
    request.mutable_app()->set_app_id("app-abcde");
    request.mutable_app()->set_revision(revision_);
    request.mutable_webhook()->set_service("s");
    request.mutable_webhook()->set_webhook(webhook);
    request.mutable_request()->set_remote_ip_address("192.0.2.1");
    return request;
  }
  static v1::ValidateRequest With(v1::ValidateRequest request, const std::string& name, const std::string& value) {
    type::v1::Header* header = request.mutable_request()->add_headers();
    header->set_name(name);
    header->set_value(value);
    return request;
  }
  // Of GitHub's, for the body `body`.
  static v1::ValidateRequest Signed(v1::ValidateRequest request, const std::string& secret = "hunter2") {
    std::string digest = absl::BytesToHexString(crypto::HmacSha256(secret, "body"));
    return With(std::move(request), "X-Hub-Signature-256", absl::StrCat("sha256=", digest));
  }
  v1::ValidateRequest Delivery(const std::string& id) const { return With(Signed(Request()), "X-GitHub-Delivery", id); }

  absl::StatusOr<Response> TryAsk(v1::ValidateRequest request, const std::string& request_id = "request") {
    CallContext call;
    call.request_id = request_id;
    call.deadline = deadline_;
    call.stop = stop_.get_token();
    return BlockOn(validator_.Validate(std::move(request), Body(std::string("body")), std::move(call)));
  }
  Response Ask(v1::ValidateRequest request, const std::string& request_id = "request") {
    absl::StatusOr<Response> response = TryAsk(std::move(request), request_id);
    EXPECT_THAT(response, IsOk());
    return response.value_or(Response());
  }
  absl::Status Complete(const std::string& delivery, bool succeeded) {
    v1::CompleteDeliveryRequest request;
    request.set_delivery(delivery);
    request.set_succeeded(succeeded);
    return BlockOn(validator_.CompleteDelivery(std::move(request), CallContext())).status();
  }

  int64_t revision_ = 0;
  Metrics metrics_;
  FakeClock clock_;
  MemoryDeliveryStore memory_{100, metrics_, clock_};
  BreakableStore deliveries_{memory_};
  LocalValidator validator_{deliveries_, metrics_, clock_};
  absl::Time deadline_ = absl::InfiniteFuture();
  std::stop_source stop_;
};

}  // namespace overlock::validation

#endif  // OVERLOCK_SERVICES_VALIDATION_VALIDATION_FIXTURE_H_
