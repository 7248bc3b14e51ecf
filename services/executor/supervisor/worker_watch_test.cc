#include "services/executor/supervisor/worker_watch.h"

#include <unistd.h>

#include <cstring>
#include <memory>

#include "gtest/gtest.h"
#include "services/executor/supervisor/invocation.h"
#include "services/executor/supervisor/process_meter.h"

namespace overlock::executor {
namespace {

constexpr int64_t kMillisecond = 1'000'000;

// Watches this test's own process.
class WorkerWatchTest : public testing::Test {
 protected:
  void Enter(uint64_t sequence, int64_t at_ns) {
    page_.entered_at_ns = at_ns;
    page_.running_sequence = sequence;
  }
  WorkerWatch::Limits LimitsWithDeadline(int64_t deadline_ns) {
    return {absl::Seconds(100), deadline_ns, int64_t{1} << 40, int64_t{1} << 40};
  }

  SupervisorOptions options_;
  StatusPage page_{};
  ProcessMeter meter_{getpid()};
  WorkerWatch watch_{meter_, options_};
};

TEST_F(WorkerWatchTest, IsBusyOnceAStayHasLastedTwentyMilliseconds) {
  Enter(4, 1'000 * kMillisecond);
  EXPECT_EQ(watch_.Look(page_, 1'020 * kMillisecond), 4);
  EXPECT_FALSE(watch_.busy(1'020 * kMillisecond));
  EXPECT_TRUE(watch_.busy(1'021 * kMillisecond));
  Enter(4, 1'021 * kMillisecond);
  watch_.Look(page_, 1'022 * kMillisecond);
  EXPECT_FALSE(watch_.busy(1'022 * kMillisecond)) << "the same invocation came back from waiting";
  page_.running_sequence = 0;
  EXPECT_EQ(watch_.Look(page_, 2'000 * kMillisecond), 0);
  EXPECT_FALSE(watch_.busy(2'000 * kMillisecond));
}

TEST_F(WorkerWatchTest, GivesTheGraceAfterTheDeadlineAndNoMore) {
  Enter(4, 1'000 * kMillisecond);
  watch_.Look(page_, 1'001 * kMillisecond);
  EXPECT_EQ(watch_.Check(LimitsWithDeadline(2'000 * kMillisecond), 2'250 * kMillisecond), Overrun::kNone);
  EXPECT_EQ(watch_.Check(LimitsWithDeadline(2'000 * kMillisecond), 2'251 * kMillisecond), Overrun::kRunTime);
}

TEST_F(WorkerWatchTest, CountsProcessorTimeAndNotTheTimeThatPasses) {
  WorkerWatch::Limits limits = LimitsWithDeadline(1'000'000 * kMillisecond);
  limits.cpu_time_max = absl::Milliseconds(50);
  options_.grace = absl::ZeroDuration();
  Enter(4, 1'000 * kMillisecond);
  watch_.Look(page_, 1'000 * kMillisecond);
  if (!meter_.JavaScriptCpuNanos()) GTEST_SKIP() << "this kernel has no scheduler statistics";
  EXPECT_EQ(watch_.Check(limits, 500'000 * kMillisecond), Overrun::kNone);
  timespec cpu;
  do {
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &cpu);
  } while (cpu.tv_sec == 0 && cpu.tv_nsec < 200 * kMillisecond);
  EXPECT_EQ(watch_.Check(limits, 500'000 * kMillisecond), Overrun::kCpuTime);
}

TEST_F(WorkerWatchTest, SeesMemoryThatGrowsInOneStay) {
  constexpr size_t kBytes = 64 << 20;
  WorkerWatch::Limits limits = LimitsWithDeadline(1'000'000 * kMillisecond);
  limits.memory_bytes_max = kBytes / 4;
  options_.memory_headroom_bytes = kBytes / 4;
  watch_.SetBaseline();
  Enter(4, 1'000 * kMillisecond);
  watch_.Look(page_, 1'001 * kMillisecond);
  EXPECT_EQ(watch_.Check(limits, 1'010 * kMillisecond), Overrun::kNone);
  auto memory = std::make_unique<char[]>(kBytes);
  std::memset(memory.get(), 1, kBytes);
  EXPECT_EQ(watch_.Check(limits, 1'020 * kMillisecond), Overrun::kMemory);
  EXPECT_GT(watch_.grown_bytes(), static_cast<int64_t>(kBytes / 2));
}

TEST(ProcessMeterTest, HasNoReadingOfAProcessThatIsNotThere) {
  ProcessMeter meter(1 << 30);
  EXPECT_EQ(meter.ResidentBytes(), std::nullopt);
  EXPECT_EQ(meter.JavaScriptCpuNanos(), std::nullopt);
}

}  // namespace
}  // namespace overlock::executor
