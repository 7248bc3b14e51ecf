// Deliveries that come twice.
#include <string>

#include "common/status/status.h"
#include "services/validation/delivery_claims.h"
#include "services/validation/validation_fixture.h"

namespace overlock::validation {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class DeliveriesTest : public ValidationTest {
 protected:
  DeliveriesTest() {
    settings_.mutable_deduplicate_for()->set_seconds(60);
    Configure(settings_);
  }

  config::v1::ValidationSettings settings_;
};

TEST_F(DeliveriesTest, TakesADeliveryAndSaysOfTheSecondThatItIsADuplicate) {
  Response first = Ask(Delivery("id"), "first");
  EXPECT_TRUE(first.valid());
  EXPECT_FALSE(first.duplicate());
  EXPECT_THAT(first.delivery(), Not(HasSubstr("id")));
  Response second = Ask(Delivery("id"), "second");
  EXPECT_TRUE(second.valid());
  EXPECT_TRUE(second.duplicate());
  EXPECT_EQ(second.delivery(), "");
  EXPECT_FALSE(Ask(Delivery("another id"), "third").duplicate());
  EXPECT_THAT(metrics_.Serialize(), HasSubstr(R"(overlock_validation_deliveries_total{outcome="duplicate"} 1)"));
}

TEST_F(DeliveriesTest, RemembersOneThatSucceededForTheTimeOfTheSettings) {
  EXPECT_THAT(Complete(Ask(Delivery("id"), "first").delivery(), true), IsOk());
  clock_.Advance(absl::Seconds(59));
  EXPECT_TRUE(Ask(Delivery("id"), "second").duplicate());
  clock_.Advance(absl::Seconds(1));
  EXPECT_FALSE(Ask(Delivery("id"), "third").duplicate());
}

TEST_F(DeliveriesTest, FreesTheIdOfOneThatFailed) {
  EXPECT_THAT(Complete(Ask(Delivery("id"), "first").delivery(), false), IsOk());
  EXPECT_FALSE(Ask(Delivery("id"), "second").duplicate());
}

TEST_F(DeliveriesTest, GivesTheSameRequestItsDeliveryAgain) {
  std::string delivery = Ask(Delivery("id"), "first").delivery();
  EXPECT_EQ(Ask(Delivery("id"), "first").delivery(), delivery);
}

TEST_F(DeliveriesTest, FreesTheIdOfACrashedEdgeWhenTheCallAndSomeSlackAreOver) {
  deadline_ = absl::Now() + absl::Minutes(10);
  Ask(Delivery("id"), "first");
  clock_.Advance(absl::Minutes(9));
  EXPECT_TRUE(Ask(Delivery("id"), "second").duplicate());
  clock_.Advance(absl::Minutes(1) + DeliveryClaims::kSlack);
  EXPECT_FALSE(Ask(Delivery("id"), "third").duplicate());
}

TEST_F(DeliveriesTest, BoundsTheLeaseOfACallWithoutADeadline) {
  Ask(Delivery("id"), "first");
  clock_.Advance(DeliveryClaims::kLeaseMax);
  EXPECT_FALSE(Ask(Delivery("id"), "second").duplicate());
}

TEST_F(DeliveriesTest, FreesTheIdWhenTheCallerHasGoneBeforeItHeardOfIt) {
  stop_.request_stop();
  EXPECT_THAT(TryAsk(Delivery("id"), "first"), StatusIs(absl::StatusCode::kCancelled));
  stop_ = std::stop_source();
  EXPECT_FALSE(Ask(Delivery("id"), "second").duplicate());
}

TEST_F(DeliveriesTest, LooksAtAnIdOnlyAfterTheSignatureWasVerified) {
  auto forged = With(Signed(Request(), "another secret"), "X-GitHub-Delivery", "id");
  EXPECT_EQ(Ask(forged, "first").refusal(), Response::REFUSAL_SIGNATURE_MISMATCH);
  EXPECT_FALSE(Ask(Delivery("id"), "second").duplicate());
  Response third = Ask(forged, "third");
  EXPECT_FALSE(third.valid());
  EXPECT_FALSE(third.duplicate());
}

TEST_F(DeliveriesTest, KeepsTheIdsOfWebhooksAndEndpointsApart) {
  auto with_id = [this](v1::ValidateRequest request) {
    return With(Signed(std::move(request)), "X-GitHub-Delivery", "id");
  };
  v1::ValidateRequest endpoint = Request();
  endpoint.clear_webhook();
  endpoint.mutable_endpoint()->set_route("/w");
  endpoint.mutable_endpoint()->set_method("POST");
  EXPECT_FALSE(Ask(with_id(Request("w")), "first").duplicate());
  EXPECT_FALSE(Ask(with_id(Request("other")), "second").duplicate());
  EXPECT_FALSE(Ask(with_id(endpoint), "third").duplicate());
  EXPECT_TRUE(Ask(with_id(endpoint), "fourth").duplicate());
}

TEST_F(DeliveriesTest, RemembersIdsOverRevisions) {
  Ask(Delivery("id"), "first");
  Configure(settings_);
  EXPECT_TRUE(Ask(Delivery("id"), "second").duplicate());
}

TEST_F(DeliveriesTest, TakesNothingWithoutAnId) {
  for (const char* request_id : {"first", "second"}) {
    Response response = Ask(Signed(Request()), request_id);
    EXPECT_TRUE(response.valid());
    EXPECT_FALSE(response.duplicate());
    EXPECT_EQ(response.delivery(), "");
  }
  EXPECT_THAT(metrics_.Serialize(), HasSubstr(R"(overlock_validation_deliveries_total{outcome="without_id"} 2)"));
}

TEST_F(DeliveriesTest, TakesNothingUnlessTheSettingsSaySo) {
  Configure({});
  EXPECT_EQ(Ask(Delivery("id"), "first").delivery(), "");
  EXPECT_FALSE(Ask(Delivery("id"), "second").duplicate());
}

TEST_F(DeliveriesTest, TakesTheIdFromTheHeaderOfTheSettings) {
  settings_.set_delivery_id_header("X-Id");
  Configure(settings_);
  EXPECT_FALSE(Ask(With(Delivery("1"), "x-id", "same"), "first").duplicate());
  EXPECT_TRUE(Ask(With(Delivery("2"), "x-id", "same"), "second").duplicate());
}

TEST_F(DeliveriesTest, GivesNoAnswerWithoutTheStore) {
  deliveries_.broken = Error(absl::StatusCode::kUnavailable, "STORE_UNAVAILABLE", "database: down");
  EXPECT_THAT(TryAsk(Delivery("id")), StatusIs(absl::StatusCode::kUnavailable, "STORE_UNAVAILABLE"));
  EXPECT_THAT(metrics_.Serialize(), HasSubstr(R"(overlock_validation_deliveries_total{outcome="no_answer"} 1)"));
  // What is refused, and what has no id, does not ask it.
  EXPECT_FALSE(Ask(Request()).valid());
  EXPECT_TRUE(Ask(Signed(Request())).valid());
}

TEST_F(DeliveriesTest, SaysWhenTheStoreWasNotToldHowADeliveryEnded) {
  std::string delivery = Ask(Delivery("id")).delivery();
  deliveries_.broken = Error(absl::StatusCode::kUnavailable, "STORE_UNAVAILABLE", "database: down");
  EXPECT_THAT(Complete(delivery, true), StatusIs(absl::StatusCode::kUnavailable, "STORE_UNAVAILABLE"));
  deliveries_.broken = absl::OkStatus();
  EXPECT_THAT(Complete(delivery, true), IsOk());
}

TEST_F(DeliveriesTest, KnowsItsOwnDeliveries) {
  for (const std::string& delivery :
       {std::string(), std::string("id"), std::string(95, 'a'), std::string(97, 'a'), std::string(96, 'g')}) {
    EXPECT_THAT(Complete(delivery, true), StatusIs(absl::StatusCode::kInvalidArgument, "DELIVERY_INVALID"));
  }
}

}  // namespace
}  // namespace overlock::validation
