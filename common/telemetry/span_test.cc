#include "common/telemetry/span.h"

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/telemetry/span_queue.h"
#include "common/testing/span_keeper.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace overlock {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kSampled[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
constexpr char kNotSampled[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
constexpr std::array<uint8_t, 8> kNobody = {};

TEST(SpanTest, IsNotRecordedWithoutARecorder) {
  TraceContext trace = ContinueTrace(kSampled);
  Span span = Span::Begin({.scope = "test", .name = "step"}, trace);
  EXPECT_FALSE(span.recorded());
  span.Set("key", "value");
  span.Fail("broken");
  EXPECT_EQ(trace.ToTraceparent(), kSampled) << "the sender's span stays the parent of what comes after us";
}

TEST(SpanTest, HangsBelowTheSendersSpanAndBecomesTheContext) {
  SpanKeeper keeper;
  TraceContext trace = ContinueTrace(kSampled);
  Span outer = Span::Begin({.scope = "test", .name = "outer", .kind = SpanKind::kServer}, trace);
  TraceContext below = trace;
  Span inner = Span::Begin({.scope = "test", .name = "inner"}, below);
  inner.Set("text", "words");
  inner.Set("count", 3);
  inner.Set("ok", true);
  inner.Set("empty", "");
  inner.Fail("first");
  inner.Fail("second");
  inner.End();
  outer.End();
  EXPECT_THAT(keeper.Texts(),
              ElementsAre("internal inner {text=words, count=3, ok=true, error.type=first} failed", "server outer {}"));
  SpanData first = keeper.Find("outer"), second = keeper.Find("inner");
  EXPECT_EQ(first.context.TraceIdHex(), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(first.parent_span_id, TraceContext::FromTraceparent(kSampled)->span_id);
  EXPECT_TRUE(first.parent_is_remote);
  EXPECT_EQ(trace.span_id, first.context.span_id);
  EXPECT_EQ(second.context.trace_id, first.context.trace_id);
  EXPECT_EQ(second.parent_span_id, first.context.span_id);
  EXPECT_FALSE(second.parent_is_remote);
  EXPECT_NE(second.context.span_id, first.context.span_id);
  EXPECT_LE(first.start, second.start);
  EXPECT_LE(second.start, second.end);
}

TEST(SpanTest, FollowsASenderThatDoesNotSample) {
  SpanKeeper keeper;
  TraceContext trace = ContinueTrace(kNotSampled);
  Span::Begin({.scope = "test", .name = "step"}, trace).End();
  EXPECT_THAT(keeper.spans(), IsEmpty());
  EXPECT_EQ(trace.ToTraceparent(), kNotSampled);
}

TEST(SpanTest, IsTheFirstOfATraceThatBeginsHere) {
  SpanKeeper keeper;
  TraceContext trace = ContinueTrace("");
  EXPECT_TRUE(trace.sampled());
  const TraceContext begun = trace;
  Span::Begin({.scope = "test", .name = "first"}, trace).End();
  Span::Begin({.scope = "test", .name = "second"}, trace).End();
  EXPECT_EQ(keeper.Find("first").parent_span_id, kNobody);
  EXPECT_EQ(keeper.Find("first").context.span_id, begun.span_id);
  EXPECT_EQ(keeper.Find("second").parent_span_id, begun.span_id);
}

TEST(SpanTest, DoesNotBeginWhereTheRecorderDoesNotSample) {
  SpanKeeper keeper(/*samples=*/false);
  TraceContext trace = ContinueTrace("");
  EXPECT_TRUE(trace.valid());
  EXPECT_FALSE(trace.sampled());
  EXPECT_FALSE(Span::Wanted(trace));
  EXPECT_TRUE(ContinueTrace(kSampled).sampled()) << "who sends the trace decides";
}

TEST(SpanTest, EndsWithItsLifeAndOnlyOnce) {
  SpanKeeper keeper;
  TraceContext trace = ContinueTrace(kSampled);
  {
    std::optional<Span> span = Span::Begin({.scope = "test", .name = "moved"}, trace);
    Span other = *std::move(span);
    EXPECT_FALSE(span->recorded());
    other = Span::Begin({.scope = "test", .name = "next"}, trace);
    EXPECT_THAT(keeper.Texts(), ElementsAre("internal moved {}"));
    other.End();
  }
  EXPECT_THAT(keeper.Texts(), ElementsAre("internal moved {}", "internal next {}"));
  for (const SpanData& span : keeper.spans()) {
    EXPECT_LE(span.start, span.end);
    // It is measured by another clock than this.
    EXPECT_LE(span.end, absl::Now() + absl::Seconds(10)) << span.name;
  }
}

TEST(SpanTest, CutsLongTextBetweenCharacters) {
  SpanKeeper keeper;
  TraceContext trace = ContinueTrace(kSampled);
  Span span = Span::Begin({.scope = "test", .name = std::string(300, 'n')}, trace);
  span.Set("text", std::string(255, 'x') + "\u00e9" + "tail");
  span.End();
  SpanData recorded = keeper.spans().at(0);
  EXPECT_EQ(recorded.name, std::string(256, 'n'));
  EXPECT_EQ(SpanKeeper::Attribute(recorded, "text"), std::string(255, 'x'));
}

TEST(SpanTest, MayHaveBegunBefore) {
  SpanKeeper keeper;
  TraceContext trace = ContinueTrace(kSampled);
  Span span = Span::Begin({.scope = "test", .name = "late"}, trace);
  span.BeganBefore(absl::Seconds(60));
  span.End();
  SpanData recorded = keeper.spans().at(0);
  EXPECT_GE(recorded.end - recorded.start, absl::Seconds(60));
}

TEST(TraceContextTest, KeepsOnlyFlagsThatHaveAMeaning) {
  auto context = TraceContext::FromTraceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff");
  EXPECT_EQ(context->flags, 3);
  EXPECT_TRUE(context->sampled());
}

TEST(TracestateTest, IsSentOnIfAHeaderCanCarryIt) {
  EXPECT_EQ(UsableTracestate("vendor=a:1,other=b"), "vendor=a:1,other=b");
  EXPECT_EQ(UsableTracestate(std::string("a=\r\n")), "");
  EXPECT_EQ(UsableTracestate("a=\xc3\xa9"), "");
  EXPECT_EQ(UsableTracestate(std::string(513, 'a')), "");
}

std::unique_ptr<SpanData> Named(std::string name) {
  auto span = std::make_unique<SpanData>();
  span->name = std::move(name);
  return span;
}

TEST(SpanQueueTest, DropsAndCountsWhatFindsItFull) {
  Metrics metrics;
  SpanQueue queue(1, 3, metrics);
  int woken = 0;
  queue.WakeAt(2, [&woken] { ++woken; });
  for (int i = 0; i < 5; ++i) queue.Record(Named(absl::StrCat(i)));
  EXPECT_EQ(woken, 1);
  EXPECT_THAT(metrics.Serialize(), HasSubstr("overlock_trace_spans_total{outcome=\"queue_full\"} 2"));
  auto taken = queue.Take(2);
  ASSERT_EQ(taken.size(), 2u);
  EXPECT_EQ(taken[0]->name, "0");
  EXPECT_EQ(taken[1]->name, "1");
  queue.Record(Named("5"));
  EXPECT_EQ(woken, 2);
  taken = queue.Take(10);
  ASSERT_EQ(taken.size(), 2u);
  EXPECT_EQ(taken[0]->name, "2");
  EXPECT_EQ(taken[1]->name, "5");
  EXPECT_EQ(queue.size(), 0u);
}

TEST(SpanQueueTest, SamplesTheRatioOfTracesByTheirIds) {
  Metrics metrics;
  SpanQueue all(1, 1, metrics), none(0, 1, metrics), quarter(0.25, 1, metrics);
  TraceContext lowest = TraceContext::Begin(), highest = lowest, below = lowest, at = lowest;
  for (size_t i = 9; i < 16; ++i) {
    lowest.trace_id[i] = below.trace_id[i] = at.trace_id[i] = 0;
    highest.trace_id[i] = 0xff;
  }
  below.trace_id[9] = 0x3f;
  at.trace_id[9] = 0x40;
  EXPECT_TRUE(all.Samples(lowest) && all.Samples(highest));
  EXPECT_FALSE(none.Samples(lowest) || none.Samples(highest));
  EXPECT_TRUE(quarter.Samples(lowest) && quarter.Samples(below));
  EXPECT_FALSE(quarter.Samples(at) || quarter.Samples(highest));
  // Of 4,000 fair draws 1,000 are expected; 700 and 1,300 are ten standard deviations away.
  int sampled = 0;
  for (int i = 0; i < 4000; ++i) sampled += quarter.Samples(TraceContext::Begin());
  EXPECT_GT(sampled, 700);
  EXPECT_LT(sampled, 1300);
}

}  // namespace
}  // namespace overlock
