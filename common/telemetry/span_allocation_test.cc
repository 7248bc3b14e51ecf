// Where nothing is recorded a span takes no memory from the heap.
#include <memory>
#include <string>

#include "common/telemetry/span.h"
#include "common/testing/allocations.h"
#include "gtest/gtest.h"

namespace overlock {
namespace {

constexpr char kSampled[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
constexpr char kNotSampled[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

class Recorder : public SpanRecorder {
 public:
  bool Samples(const TraceContext&) const override { return false; }
  void Record(std::unique_ptr<SpanData>) override {}
};

// How often memory is taken for a request and a step of it.
int Allocations(const char* traceparent) {
  const std::string long_text(100, 'x');
  const int before = AllocationsSoFar();
  TraceContext trace = ContinueTrace(traceparent);
  Span request = Span::Begin({.scope = "test", .name = "a name that is longer than a short string"}, trace);
  TraceContext below = trace;
  Span step = Span::Begin({.scope = "test", .name = "another name that is no short string"}, below);
  step.Set("text", long_text);
  step.Set("number", 1);
  step.Fail(long_text);
  step.End();
  Span moved = std::move(request);
  moved.Rename(long_text);
  moved.End();
  return AllocationsSoFar() - before;
}

TEST(SpanAllocationTest, TakesNoneWhereNothingIsRecorded) {
  // What a thread needs once, for its random numbers.
  ContinueTrace("");
  EXPECT_EQ(Allocations(kSampled), 0) << "off";
  EXPECT_EQ(Allocations(""), 0) << "off, and the trace begins here";
  Recorder recorder;
  InstallSpanRecorder(&recorder);
  EXPECT_EQ(Allocations(kNotSampled), 0) << "on, but not sampled";
  EXPECT_EQ(Allocations(""), 0) << "on, but the trace that begins here is not sampled";
  EXPECT_GT(Allocations(kSampled), 0) << "this test sees those of a span that is recorded";
  InstallSpanRecorder(nullptr);
}

}  // namespace
}  // namespace overlock
