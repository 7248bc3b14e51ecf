#include "common/status/status.h"

#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace overlock {
namespace {

TEST(ErrorTest, KeepsCodeReasonAndMessage) {
  absl::Status status = Error(absl::StatusCode::kNotFound, "WEBHOOK_NOT_FOUND", "webhook: no such webhook");
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kNotFound, "WEBHOOK_NOT_FOUND"));
  EXPECT_EQ(status.message(), "webhook: no such webhook");
}

TEST(ErrorTest, HasNoReasonWhenMadeByOthers) { EXPECT_EQ(ReasonOf(absl::InternalError("x")), ""); }

absl::StatusOr<int> Half(int n) {
  if (n % 2 != 0) return Error(absl::StatusCode::kInvalidArgument, "ODD", "n: odd");
  return n / 2;
}

absl::StatusOr<int> Quarter(int n) {
  OVERLOCK_ASSIGN_OR_RETURN(int half, Half(n));
  OVERLOCK_ASSIGN_OR_RETURN(int quarter, Half(half));
  return quarter;
}

TEST(AssignOrReturnTest, PassesTheFirstErrorOn) {
  EXPECT_THAT(Quarter(8), IsOkAndHolds(2));
  EXPECT_THAT(Quarter(6), StatusIs(absl::StatusCode::kInvalidArgument, "ODD"));
}

}  // namespace
}  // namespace overlock
