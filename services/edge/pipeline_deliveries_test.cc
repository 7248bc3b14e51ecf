// What the edge answers in a function's place, and what it says to validation of a delivery.
#include <future>
#include <string>
#include <string_view>

#include "services/edge/edge_fixture.h"

namespace overlock::edge {
namespace {

using ::testing::_;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

using validation::v1::CompleteDeliveryRequest;
using validation::v1::CompleteDeliveryResponse;
using validation::v1::ValidateRequest;
using validation::v1::ValidateResponse;

ValidateResponse Taken(const std::string& delivery = "the-delivery") {
  ValidateResponse response;
  response.set_valid(true);
  response.set_delivery(delivery);
  return response;
}

class PipelineDeliveriesTest : public EdgeTest {
 protected:
  // What nobody waits for must not outlive the mocks.
  void TearDown() override {
    EdgeTest::TearDown();
    loops_.Stop();
  }

  // Validation hears how the delivery ended: once, and Completed() returns it.
  void ExpectCompletion() {
    auto hear = [this](CompleteDeliveryRequest request,
                       CallContext call) -> Task<absl::StatusOr<CompleteDeliveryResponse>> {
      context_of_completion_ = std::move(call);
      completed_.set_value(std::move(request));
      co_return CompleteDeliveryResponse();
    };
    EXPECT_CALL(validator_, CompleteDelivery).WillOnce(Does(hear));
  }
  CompleteDeliveryRequest Completed() { return completed_.get_future().get(); }

  // Sends a request on a connection that the edge closes: then the request has been counted.
  std::string ExchangeToTheEnd(std::string_view hook) {
    StartEdge();
    Client client = Connect();
    client.Send(Request("POST", hook, "Connection: close\r\n", "body"));
    return client.ReadAll();
  }

  void ExpectExecution(int status) { EXPECT_CALL(executor_, Execute).WillOnce(Answers(Responded(status, "ran"))); }

  std::promise<CompleteDeliveryRequest> completed_;
  CallContext context_of_completion_;
};

TEST_F(PipelineDeliveriesTest, AnswersAHandshakeAndRunsNothing) {
  ValidateResponse response;
  response.set_valid(true);
  response.mutable_handshake()->set_content_type("application/json");
  response.mutable_handshake()->set_body(R"({"challenge":"abc"})");
  EXPECT_CALL(validator_, Validate).WillOnce(Answers(response));
  std::string answer = ExchangeToTheEnd("guarded");
  EXPECT_THAT(answer, AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("\r\nContent-Type: application/json\r\n"),
                            EndsWith("\r\n\r\n{\"challenge\":\"abc\"}")));
  EXPECT_THAT(metrics_.Serialize(), HasSubstr(R"(overlock_edge_refusals_total{cause="handshake"} 1)"));
}

TEST_F(PipelineDeliveriesTest, AnswersADuplicateAndRunsNothing) {
  ValidateResponse response;
  response.set_valid(true);
  response.set_duplicate(true);
  EXPECT_CALL(validator_, Validate).WillOnce(Answers(response));
  std::string answer = ExchangeToTheEnd("guarded");
  EXPECT_THAT(answer, AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("\r\nX-Overlock-Duplicate: true\r\n"),
                            HasSubstr("\r\nContent-Length: 0\r\n"), EndsWith("\r\n\r\n")));
  EXPECT_THAT(metrics_.Serialize(), HasSubstr(R"(overlock_edge_refusals_total{cause="duplicate"} 1)"));
}

TEST_F(PipelineDeliveriesTest, ADuplicateThatIsNotValidIsRefused) {
  ValidateResponse response;
  response.set_duplicate(true);
  response.mutable_handshake()->set_body("x");
  EXPECT_CALL(validator_, Validate).WillOnce(Answers(response));
  EXPECT_THAT(Exchange(Request("POST", "validated")), StartsWith("HTTP/1.1 401 "));
}

TEST_F(PipelineDeliveriesTest, SaysThatADeliverySucceeded) {
  EXPECT_CALL(validator_, Validate).WillOnce(Answers(Taken()));
  ExpectExecution(201);
  ExpectCompletion();
  std::string answer = Exchange(Request("POST", "validated"));
  EXPECT_THAT(answer, AllOf(StartsWith("HTTP/1.1 201 "), EndsWith("ran"), Not(HasSubstr("X-Overlock-Duplicate"))));
  CompleteDeliveryRequest completed = Completed();
  EXPECT_EQ(completed.delivery(), "the-delivery");
  EXPECT_TRUE(completed.succeeded());
  EXPECT_EQ(context_of_completion_.request_id.size(), 24u);
}

TEST_F(PipelineDeliveriesTest, AnAnswerBelow500IsASuccess) {
  EXPECT_CALL(validator_, Validate).WillOnce(Answers(Taken()));
  ExpectExecution(422);
  ExpectCompletion();
  EXPECT_THAT(Exchange(Request("POST", "validated")), StartsWith("HTTP/1.1 422 "));
  EXPECT_TRUE(Completed().succeeded());
}

TEST_F(PipelineDeliveriesTest, AFunctionsServerErrorIsAFailure) {
  EXPECT_CALL(validator_, Validate).WillOnce(Answers(Taken()));
  ExpectExecution(500);
  ExpectCompletion();
  EXPECT_THAT(Exchange(Request("POST", "validated")), StartsWith("HTTP/1.1 500 "));
  EXPECT_FALSE(Completed().succeeded());
}

TEST_F(PipelineDeliveriesTest, AFunctionThatThrewIsAFailure) {
  executor::v1::ExecuteResponse threw;
  threw.mutable_failure()->set_kind(executor::v1::Failure::KIND_THREW);
  EXPECT_CALL(validator_, Validate).WillOnce(Answers(Taken()));
  EXPECT_CALL(executor_, Execute).WillOnce(Answers(threw));
  ExpectCompletion();
  EXPECT_THAT(Exchange(Request("POST", "validated")), StartsWith("HTTP/1.1 400 "));
  EXPECT_FALSE(Completed().succeeded());
}

TEST_F(PipelineDeliveriesTest, ARefusalAfterValidationIsAFailure) {
  EXPECT_CALL(validator_, Validate).WillOnce(Answers(Taken()));
  auth::v1::AuthenticateResponse refusal;
  refusal.mutable_refusal()->set_reason(auth::v1::AuthenticateResponse::REASON_CREDENTIALS_INVALID);
  EXPECT_CALL(authenticator_, Authenticate).WillOnce(Answers(refusal));
  ExpectCompletion();
  EXPECT_THAT(Exchange(Request("POST", "guarded")), StartsWith("HTTP/1.1 401 "));
  EXPECT_FALSE(Completed().succeeded());
}

TEST_F(PipelineDeliveriesTest, AServiceThatGivesNoAnswerIsAFailure) {
  EXPECT_CALL(validator_, Validate).WillOnce(Answers(Taken()));
  EXPECT_CALL(executor_, Execute)
      .WillOnce(Fails<ExecuteResponse>(Error(absl::StatusCode::kDeadlineExceeded, "TIME", "too slow")));
  ExpectCompletion();
  EXPECT_THAT(Exchange(Request("POST", "validated")), StartsWith("HTTP/1.1 504 "));
  EXPECT_FALSE(Completed().succeeded());
}

TEST_F(PipelineDeliveriesTest, SaysThatItFailedWhenTheClientHasGone) {
  EXPECT_CALL(validator_, Validate).WillOnce(Answers(Taken()));
  std::promise<void> begun;
  auto run_until_stopped = [&begun](ExecuteRequest, Body, CallContext call) -> Task<absl::StatusOr<ExecuteResponse>> {
    begun.set_value();
    while (!call.stop.stop_requested()) co_await Delay(absl::Milliseconds(1));
    co_return absl::CancelledError("stopped");
  };
  EXPECT_CALL(executor_, Execute).WillOnce(Does(run_until_stopped));
  ExpectCompletion();
  StartEdge();
  Client client = Connect();
  client.Send(Request("POST", "validated"));
  begun.get_future().get();
  client.Close();
  EXPECT_FALSE(Completed().succeeded());
  // It must be heard although the request was stopped.
  EXPECT_FALSE(context_of_completion_.stop.stop_requested());
}

TEST_F(PipelineDeliveriesTest, SaysItAgainWhenTheConnectionBroke) {
  EXPECT_CALL(validator_, Validate).WillOnce(Answers(Taken()));
  ExpectExecution(503);
  EXPECT_CALL(validator_, CompleteDelivery)
      .WillOnce(Fails<CompleteDeliveryResponse>(absl::UnavailableError("broken")))
      .WillOnce(Answers(CompleteDeliveryResponse()));
  EXPECT_THAT(Exchange(Request("POST", "validated")), StartsWith("HTTP/1.1 503 "));
}

TEST_F(PipelineDeliveriesTest, AnswersEvenIfValidationCannotBeTold) {
  EXPECT_CALL(validator_, Validate).WillOnce(Answers(Taken()));
  ExpectExecution(500);
  EXPECT_CALL(validator_, CompleteDelivery).WillOnce(Fails<CompleteDeliveryResponse>(absl::InternalError("broken")));
  EXPECT_THAT(Exchange(Request("POST", "validated")), AllOf(StartsWith("HTTP/1.1 500 "), EndsWith("ran")));
}

TEST_F(PipelineDeliveriesTest, NoAnswerWaitsLongForValidation) {
  options_.release_wait_max = absl::ZeroDuration();
  std::promise<void> answered, heard;
  std::shared_future<void> may_end = answered.get_future().share();
  auto wait = [&heard, may_end](CompleteDeliveryRequest,
                                CallContext) -> Task<absl::StatusOr<CompleteDeliveryResponse>> {
    while (may_end.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
      co_await Delay(absl::Milliseconds(1));
    }
    heard.set_value();
    co_return CompleteDeliveryResponse();
  };
  EXPECT_CALL(validator_, Validate).WillOnce(Answers(Taken()));
  ExpectExecution(500);
  EXPECT_CALL(validator_, CompleteDelivery).WillOnce(Does(wait));
  EXPECT_THAT(Exchange(Request("POST", "validated")), StartsWith("HTTP/1.1 500 "));
  answered.set_value();
  heard.get_future().get();
}

TEST_F(PipelineDeliveriesTest, TakesADeliveryAnewWhenItStartsOver) {
  absl::Status gone = Error(absl::StatusCode::kFailedPrecondition, "REVISION_GONE", "app.revision: old");
  EXPECT_CALL(validator_, Validate).WillOnce(Answers(Taken("first"))).WillOnce(Answers(Taken("second")));
  EXPECT_CALL(executor_, Execute).WillOnce(Fails<ExecuteResponse>(gone)).WillOnce(Answers(Responded(500, "ran")));
  auto failed = [](const std::string& delivery) {
    return ::testing::Truly([delivery](const CompleteDeliveryRequest& request) {
      return request.delivery() == delivery && !request.succeeded();
    });
  };
  EXPECT_CALL(validator_, CompleteDelivery(failed("first"), _)).WillOnce(Answers(CompleteDeliveryResponse()));
  EXPECT_CALL(validator_, CompleteDelivery(failed("second"), _)).WillOnce(Answers(CompleteDeliveryResponse()));
  EXPECT_THAT(Exchange(Request("POST", "validated")), StartsWith("HTTP/1.1 500 "));
}

TEST_F(PipelineDeliveriesTest, SaysNothingWhereNoDeliveryWasTaken) {
  EXPECT_CALL(validator_, Validate).WillOnce(Answers(Taken("")));
  ExpectExecution(200);
  EXPECT_THAT(Exchange(Request("POST", "validated")), StartsWith("HTTP/1.1 200 "));
}

TEST_F(PipelineDeliveriesTest, LetsThroughWhatValidationObserves) {
  ValidateResponse observed;
  observed.set_valid(true);
  observed.set_refusal(ValidateResponse::REFUSAL_SIGNATURE_MISSING);
  EXPECT_CALL(validator_, Validate).WillOnce(Answers(observed));
  ExpectExecution(200);
  EXPECT_THAT(Exchange(Request("POST", "validated")), StartsWith("HTTP/1.1 200 "));
}

TEST_F(PipelineDeliveriesTest, TellsServicesTheClientsAddressFromATrustedProxy) {
  ASSERT_THAT(options_.trusted_proxies.Add("127.0.0.0/8"), IsOk());
  std::promise<std::string> seen;
  auto note = [&seen](ValidateRequest request, Body, CallContext) -> Task<absl::StatusOr<ValidateResponse>> {
    seen.set_value(request.request().remote_ip_address());
    co_return Taken("");
  };
  EXPECT_CALL(validator_, Validate).WillOnce(Does(note));
  ExpectExecution(200);
  Exchange(Request("POST", "validated", "x-forwarded-for: 198.51.100.1, 203.0.113.9\r\n"));
  EXPECT_EQ(seen.get_future().get(), "203.0.113.9");
}

}  // namespace
}  // namespace overlock::edge
