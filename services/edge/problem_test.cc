#include "services/edge/problem.h"

#include <string>

#include "common/status/status.h"
#include "gtest/gtest.h"

namespace overlock::edge {
namespace {

using Failure = executor::v1::Failure;
using UserRefusal = auth::v1::AuthenticateResponse;

TEST(ProblemBodyTest, IsCompactJsonWithTheThreeFields) {
  Problem problem{404, "ServiceNotFound", "service not found: 'x'"};
  EXPECT_EQ(ProblemBody(problem, "https://console.test", "0123456789abcdef01234567"),
            R"({"error":"service not found: 'x'","error_code":"ServiceNotFound",)"
            R"("link":"https://console.test/logs?co_id=0123456789abcdef01234567"})");
}

TEST(ProblemBodyTest, LeavesOutWhatThereIsNot) {
  EXPECT_EQ(ProblemBody(Problem{429, "", "too many requests"}, "", "id"), R"({"error":"too many requests"})");
}

TEST(ProblemBodyTest, IsAlwaysValidUtf8AndJson) {
  auto body = [](std::string message) { return ProblemBody(Problem{400, "", std::move(message)}, "", ""); };
  EXPECT_EQ(body("a\"b\\c\n\t\x01"), R"({"error":"a\"b\\c\n\u0009\u0001"})");
  EXPECT_EQ(body("gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80"), "{\"error\":\"gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80\"}");
  // A lone byte, an overlong form, a surrogate, a cut sequence.
  EXPECT_EQ(body("\xff"), "{\"error\":\"\xef\xbf\xbd\"}");
  EXPECT_EQ(body("\xc0\x80"), "{\"error\":\"\xef\xbf\xbd\xef\xbf\xbd\"}");
  EXPECT_EQ(body("\xed\xa0\x80"), "{\"error\":\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"}");
  EXPECT_EQ(body("a\xe2\x82"), "{\"error\":\"a\xef\xbf\xbd\xef\xbf\xbd\"}");
}

TEST(FunctionFailedTest, HasTheStatusAndCodeOfEachKind) {
  struct Case {
    Failure::Kind kind;
    int status;
    const char* code;
  };
  for (const Case& c : {Case{Failure::KIND_THREW, 400, "FunctionExecutionError"},
                        Case{Failure::KIND_SYNTAX_ERROR, 400, "FunctionSyntaxError"},
                        Case{Failure::KIND_RUN_TIME_LIMIT, 408, "ExecutionTimeLimitExceeded"},
                        Case{Failure::KIND_CPU_TIME_LIMIT, 408, "ExecutionTimeLimitExceeded"},
                        Case{Failure::KIND_MEMORY_LIMIT, 500, "FunctionExecutionError"},
                        Case{Failure::KIND_PENDING_OPERATIONS_LIMIT, 400, "FunctionExecutionError"},
                        Case{Failure::KIND_ANSWER_SIZE_LIMIT, 500, "FunctionExecutionError"},
                        Case{Failure::KIND_WORKER_LOST, 500, "FunctionExecutionError"},
                        Case{Failure::KIND_BAD_PAYLOAD, 400, "InvalidParameter"},
                        Case{Failure::KIND_UNSPECIFIED, 502, "InternalServerError"}}) {
    Failure failure;
    failure.set_kind(c.kind);
    Problem problem = FunctionFailed(failure);
    EXPECT_EQ(problem.status, c.status) << Failure::Kind_Name(c.kind);
    EXPECT_EQ(problem.error_code, c.code) << Failure::Kind_Name(c.kind);
    EXPECT_FALSE(problem.message.empty());
  }
}

TEST(FunctionFailedTest, TellsTheFunctionsOwnError) {
  Failure failure;
  failure.set_kind(Failure::KIND_THREW);
  failure.set_message("TypeError: x is not a function");
  EXPECT_EQ(FunctionFailed(failure).message, "TypeError: x is not a function");
  failure.set_kind(Failure::KIND_RUN_TIME_LIMIT);
  EXPECT_EQ(FunctionFailed(failure).message, "execution time limit exceeded");
}

TEST(UserRefusedTest, HasTheStatusAndCodeOfEachReason) {
  struct Case {
    UserRefusal::Reason reason;
    int status;
    const char* code;
  };
  for (const Case& c : {Case{UserRefusal::REASON_CREDENTIALS_MISSING, 400, "InvalidParameter"},
                        Case{UserRefusal::REASON_CREDENTIALS_INCOMPLETE, 400, "MissingParameter"},
                        Case{UserRefusal::REASON_CREDENTIALS_AMBIGUOUS, 400, "InvalidParameter"},
                        Case{UserRefusal::REASON_CREDENTIALS_INVALID, 401, "InvalidSession"},
                        Case{UserRefusal::REASON_USER_NOT_FOUND, 400, "UserNotFound"},
                        Case{UserRefusal::REASON_USER_DISABLED, 401, "UserDisabled"},
                        Case{UserRefusal::REASON_PROVIDER_DISABLED, 401, "InvalidSession"},
                        Case{UserRefusal::REASON_TOO_MANY_ATTEMPTS, 429, "InvalidSession"},
                        Case{UserRefusal::REASON_SCRIPT_RETURNED_NO_USER, 400, "FunctionExecutionError"},
                        Case{UserRefusal::REASON_SCRIPT_FAILED, 400, "FunctionExecutionError"},
                        Case{UserRefusal::REASON_SCRIPT_TIMED_OUT, 408, "ExecutionTimeLimitExceeded"},
                        Case{UserRefusal::REASON_SCRIPT_SYNTAX_ERROR, 400, "FunctionSyntaxError"},
                        Case{UserRefusal::REASON_UNSPECIFIED, 502, "InternalServerError"}}) {
    UserRefusal::Refusal refusal;
    refusal.set_reason(c.reason);
    Problem problem = UserRefused(refusal);
    EXPECT_EQ(problem.status, c.status) << UserRefusal::Reason_Name(c.reason);
    EXPECT_EQ(problem.error_code, c.code) << UserRefusal::Reason_Name(c.reason);
    EXPECT_FALSE(problem.message.empty());
  }
}

TEST(FromStatusTest, FailsClosedWhateverTheStatusIs) {
  struct Case {
    absl::StatusCode code;
    const char* reason;
    int status;
    int retry_after;
  };
  for (const Case& c :
       {Case{absl::StatusCode::kResourceExhausted, "APP_OVER_SHARE", 429, 1},
        Case{absl::StatusCode::kResourceExhausted, "QUEUE_FULL", 503, 1},
        Case{absl::StatusCode::kUnavailable, "EXECUTOR_FULL", 503, 1},
        Case{absl::StatusCode::kUnavailable, "REVISION_UNKNOWN", 503, 1},
        Case{absl::StatusCode::kUnavailable, "", 503, 1},
        Case{absl::StatusCode::kFailedPrecondition, "REVISION_GONE", 503, 1},
        Case{absl::StatusCode::kUnavailable, "CUSTOM_DATA_UNAVAILABLE", 503, 1},
        Case{absl::StatusCode::kFailedPrecondition, "CUSTOM_DATA_UNUSABLE", 500, 0},
        Case{absl::StatusCode::kFailedPrecondition, "", 502, 0}, Case{absl::StatusCode::kDeadlineExceeded, "", 504, 0},
        Case{absl::StatusCode::kInternal, "", 500, 0}, Case{absl::StatusCode::kUnknown, "", 500, 0},
        Case{absl::StatusCode::kNotFound, "WEBHOOK_NOT_FOUND", 502, 0},
        Case{absl::StatusCode::kUnauthenticated, "", 502, 0}, Case{absl::StatusCode::kCancelled, "", 502, 0}}) {
    Problem problem = FromStatus(Service::kAuthz, Error(c.code, c.reason, "details that are not for the sender"));
    EXPECT_EQ(problem.status, c.status) << c.reason << static_cast<int>(c.code);
    EXPECT_EQ(problem.retry_after, c.retry_after) << c.reason << static_cast<int>(c.code);
    EXPECT_EQ(problem.error_code, c.status == 429 ? "" : "InternalServerError");
    EXPECT_EQ(problem.message.find("details"), std::string::npos);
  }
  EXPECT_EQ(FromStatus(Service::kAuthz, absl::UnavailableError("")).message, "the authz service cannot be reached");
}

}  // namespace
}  // namespace overlock::edge
