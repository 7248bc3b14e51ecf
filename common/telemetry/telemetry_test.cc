#include "common/telemetry/log.h"
#include "common/telemetry/metrics.h"
#include "common/telemetry/trace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace overlock {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(TraceContextTest, ReadsBackWhatItWrites) {
  const char* header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  auto context = TraceContext::FromTraceparent(header);
  ASSERT_TRUE(context);
  EXPECT_EQ(context->ToTraceparent(), header);
  EXPECT_EQ(context->Child().TraceIdHex(), context->TraceIdHex());
  EXPECT_NE(context->Child().span_id, context->span_id);
}

TEST(TraceContextTest, RefusesWhatIsNoTraceparent) {
  for (const char* header : {
           "",
           "00",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
           "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
           "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
           "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
           "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x",
       }) {
    EXPECT_FALSE(TraceContext::FromTraceparent(header)) << header;
  }
  EXPECT_TRUE(TraceContext::FromTraceparent("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more"));
}

TEST(TraceContextTest, BeginsAnotherTraceEachTime) {
  EXPECT_TRUE(TraceContext::Begin().valid());
  EXPECT_NE(TraceContext::Begin().trace_id, TraceContext::Begin().trace_id);
}

TEST(RequestIdTest, IsTwentyFourDigitsAndNeverTheSame) {
  EXPECT_EQ(NewRequestId().size(), 24u);
  EXPECT_NE(NewRequestId(), NewRequestId());
}

TEST(LogTest, WritesOneJsonObject) {
  EXPECT_EQ(
      log::FormatForTesting(log::Level::kInfo, "request",
                            {{"text", "a\"b\\c\n\x01"}, {"count", 3}, {"ok", true}, {"seconds", 0.5}}),
      R"("level":"info","service":"overlock","event":"request","text":"a\"b\\c\n\u0001","count":3,"ok":true,"seconds":0.5})");
}

TEST(MetricsTest, ServesCountersHistogramsAndGauges) {
  Metrics metrics;
  metrics.GetCounter("overlock_test_requests_total", "Requests.", {{"code", "200"}}).Increment(3);
  Histogram& histogram = metrics.GetHistogram("overlock_test_seconds", "Seconds.", {0.1, 1});
  histogram.Observe(0.1);
  histogram.Observe(5);
  metrics.AddGauge("overlock_test_workers", "Workers.", {}, [] { return 2; });
  std::string text = metrics.Serialize();
  EXPECT_THAT(text, HasSubstr("overlock_test_requests_total{code=\"200\"} 3"));
  EXPECT_THAT(text, HasSubstr("overlock_test_seconds_bucket{le=\"0.1\"} 1"));
  EXPECT_THAT(text, HasSubstr("overlock_test_seconds_bucket{le=\"+Inf\"} 2"));
  EXPECT_THAT(text, HasSubstr("overlock_test_workers 2"));
}

TEST(MetricsTest, CountsLabelSetsBeyondTheLimitInOne) {
  Metrics metrics;
  for (int i = 0; i < 2100; ++i) {
    metrics.GetCounter("overlock_test_total", "Many.", {{"hook", std::to_string(i)}}).Increment();
  }
  std::string text = metrics.Serialize();
  EXPECT_THAT(text, HasSubstr("{hook=\"other\"} 100"));
  EXPECT_THAT(text, Not(HasSubstr("{hook=\"2050\"}")));
}

}  // namespace
}  // namespace overlock
