#include "services/edge/retry_throttle.h"

#include "gtest/gtest.h"

namespace overlock::edge {
namespace {

int RetriesOf(RetryThrottle& throttle, int failures) {
  int retries = 0;
  for (int i = 0; i < failures; ++i) retries += throttle.MayRetry() ? 1 : 0;
  return retries;
}

TEST(RetryThrottleTest, AllowsSomeAndThenNoneWhileNothingIsAnswered) {
  RetryThrottle throttle;
  EXPECT_EQ(RetriesOf(throttle, 200), 49);
  EXPECT_EQ(RetriesOf(throttle, 200), 0);
}

TEST(RetryThrottleTest, AnswersEarnRetries) {
  RetryThrottle throttle;
  RetriesOf(throttle, 200);
  for (int i = 0; i < 510; ++i) throttle.Answered();
  EXPECT_FALSE(throttle.MayRetry());
  for (int i = 0; i < 11; ++i) throttle.Answered();
  EXPECT_TRUE(throttle.MayRetry());
  EXPECT_FALSE(throttle.MayRetry());
}

TEST(RetryThrottleTest, AnswersEarnNoMoreThanAtTheStart) {
  RetryThrottle throttle;
  for (int i = 0; i < 10'000; ++i) throttle.Answered();
  EXPECT_EQ(RetriesOf(throttle, 200), 49);
}

}  // namespace
}  // namespace overlock::edge
