// How workers end, and what becomes of what they had.
#include <signal.h>

#include <set>
#include <string>
#include <vector>

#include "services/executor/supervisor/supervisor_test_fixture.h"

namespace overlock::executor {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

class SupervisorEndsTest : public SupervisorTest {};

TEST_P(SupervisorEndsTest, AWorkerDeafToTheRunTimeLimitIsKilled) {
  StartSupervisor();
  v1::Failure failure = FailureOf(Run(App("a"), "sleep", {File("never"), File("trace")}, absl::Milliseconds(100)));
  EXPECT_EQ(failure.kind(), v1::Failure::KIND_RUN_TIME_LIMIT);
  EXPECT_TRUE(IsGone(Pid(Trace("trace").at(0))));
}

TEST_P(SupervisorEndsTest, AWorkerDeafToTheProcessorTimeLimitIsKilled) {
  StartSupervisor();
  auto app = App("a", 1, absl::Milliseconds(50));
  v1::Failure failure = FailureOf(Run(app, "spin", {File("never"), File("trace")}));
  EXPECT_EQ(failure.kind(), v1::Failure::KIND_CPU_TIME_LIMIT);
  EXPECT_TRUE(Metric("overlock_executor_limit_hits_total{limit=\"cpu_time\"} 1"));
  EXPECT_EQ(failure.message(), "execution time limit exceeded");
}

TEST_P(SupervisorEndsTest, AWorkerThatTakesTooMuchMemoryIsKilled) {
  if (InThreads()) GTEST_SKIP() << "a thread's memory cannot be told from the process's";
  options_.memory_headroom_bytes = 32 << 20;
  StartSupervisor();
  v1::Failure failure = FailureOf(Run(App("a"), "allocate"));
  EXPECT_EQ(failure.kind(), v1::Failure::KIND_MEMORY_LIMIT);
  EXPECT_EQ(failure.message(), "memory limit of 64 MiB exceeded");
}

TEST_P(SupervisorEndsTest, AWorkerThatHasWorkAndIsSilentIsKilled) {
  options_.silence_max = absl::Milliseconds(100);
  StartSupervisor();
  EXPECT_EQ(FailureOf(Run(App("a"), "mute")).kind(), v1::Failure::KIND_WORKER_LOST);
}

TEST_P(SupervisorEndsTest, WhenAWorkerDiesOnlyWhatHadBegunFailsAndTheRestRunsElsewhereOnce) {
  if (InThreads()) GTEST_SKIP() << "a thread cannot be killed";
  options_.workers = 1;
  options_.busy_after = absl::Seconds(60);  // Nothing moves before the end.
  StartSupervisor();
  Prove(App("waits"), "park");
  Prove(App("bad"), "sleep");
  Prove(App("b"), "trace");
  Pending parked = Run(App("waits"), "park", {File("done")});
  Pending running = Run(App("bad"), "sleep", {File("never"), File("running")});
  std::vector<Pending> others;
  for (int i = 0; i < 20; ++i) others.push_back(Run(App("b"), "trace", {File("trace")}));
  ASSERT_TRUE(AwaitTrace("running", 1));
  kill(Pid(Trace("running").at(0)), SIGKILL);

  v1::Failure failure = FailureOf(std::move(running));
  EXPECT_EQ(failure.kind(), v1::Failure::KIND_WORKER_LOST);
  EXPECT_EQ(failure.message(), "the worker was killed while the function ran");
  EXPECT_EQ(FailureOf(std::move(parked)).kind(), v1::Failure::KIND_WORKER_LOST);
  std::set<std::string> pids;
  for (Pending& other : others) pids.insert(Value(std::move(other)));
  EXPECT_THAT(pids, SizeIs(1));
  EXPECT_FALSE(pids.contains(Trace("running").at(0)));
  EXPECT_THAT(Trace("trace"), SizeIs(20));
}

TEST_P(SupervisorEndsTest, AFunctionThatWasNeverSeenToEndDoesNotShareAWorkerWithThoseThatWait) {
  if (InThreads()) GTEST_SKIP() << "a thread cannot be killed";
  options_.workers = 1;
  StartSupervisor();
  Prove(App("waits"), "park");
  Pending parked = Run(App("waits"), "park", {File("done")});
  Pending bad = Run(App("bad"), "sleep", {File("never"), File("running")});
  ASSERT_TRUE(AwaitTrace("running", 1));
  kill(Pid(Trace("running").at(0)), SIGKILL);
  EXPECT_EQ(FailureOf(std::move(bad)).kind(), v1::Failure::KIND_WORKER_LOST);
  Touch("done");
  EXPECT_EQ(Value(std::move(parked)), "\"parked\"");
}

TEST_P(SupervisorEndsTest, AnApplicationThatEndedAWorkerHasOneOfItsOwnFromThenOn) {
  options_.workers = 1;
  StartSupervisor();
  auto bad = App("bad"), good = App("good");
  Value(Run(good, "pid"));
  EXPECT_EQ(FailureOf(Run(bad, "abort")).kind(), v1::Failure::KIND_MEMORY_LIMIT);
  std::string bad_pid = Value(Run(bad, "pid"));
  std::string good_pid = Value(Run(good, "pid"));
  EXPECT_NE(bad_pid, good_pid);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(Value(Run(bad, "pid")), bad_pid);
    EXPECT_EQ(Value(Run(good, "pid")), good_pid);
  }
  EXPECT_EQ(FailureOf(Run(bad, "abort")).kind(), v1::Failure::KIND_MEMORY_LIMIT);
  EXPECT_EQ(Value(Run(good, "pid")), good_pid) << "the second crash was alone in its worker";
}

TEST_P(SupervisorEndsTest, ANewRevisionEndsTheCordon) {
  options_.workers = 1;
  StartSupervisor();
  EXPECT_EQ(FailureOf(Run(App("bad", 1), "abort")).kind(), v1::Failure::KIND_MEMORY_LIMIT);
  std::string cordoned_pid = Value(Run(App("bad", 1), "pid"));
  supervisor_->AppsChanged({"bad"}, {});
  EXPECT_EQ(Value(Run(App("bad", 2), "pid")), Value(Run(App("good"), "pid")));
}

TEST_P(SupervisorEndsTest, CordonedApplicationsShareWhatIsLeftOfTheWorkers) {
  options_.workers = 1;
  options_.workers_max = 2;
  StartSupervisor();
  auto one = App("one"), two = App("two");
  EXPECT_EQ(FailureOf(Run(one, "abort")).kind(), v1::Failure::KIND_MEMORY_LIMIT);
  EXPECT_EQ(FailureOf(Run(two, "abort")).kind(), v1::Failure::KIND_MEMORY_LIMIT);
  // There is room for one cordoned worker only: it goes from one to the other.
  for (int i = 0; i < 3; ++i) {
    EXPECT_GT(Pid(Value(Run(one, "pid"))), 0);
    EXPECT_GT(Pid(Value(Run(two, "pid"))), 0);
    EXPECT_GT(Pid(Value(Run(App("good"), "pid"))), 0);
  }
}

TEST_P(SupervisorEndsTest, ThePoolRecoversFromTheEndOfAllItsWorkers) {
  if (InThreads()) GTEST_SKIP() << "a thread cannot be killed";
  StartSupervisor();
  Value(Run(App("a"), "pid"));
  for (int round = 0; round < 3; ++round) {
    std::vector<pid_t> pids;
    OnLoop([&] { pids = supervisor_->WorkerPidsForTesting(); });
    for (pid_t pid : pids) kill(pid, SIGKILL);
    EXPECT_GT(Pid(Value(Run(App("a"), "pid"))), 0);
  }
  EXPECT_TRUE(Await([&] {
    size_t workers = 0;
    OnLoop([&] { workers = supervisor_->WorkerPidsForTesting().size(); });
    return workers == 3;
  })) << "two in service and a spare one";
}

TEST_P(SupervisorEndsTest, SpareWorkersEndWhenThereIsNothingToDo) {
  options_.spare_idle_max = absl::Milliseconds(50);
  StartSupervisor();
  std::vector<Pending> loops;
  for (int i = 0; i < 4; ++i) {
    loops.push_back(Run(App(absl::StrCat("app", i)), "sleep", {File("done"), File("trace")}));
  }
  ASSERT_TRUE(AwaitTrace("trace", 4)) << "spare ones were started";
  Touch("done");
  for (Pending& loop : loops) Value(std::move(loop));
  EXPECT_TRUE(Await([&] {
    size_t workers = 0;
    OnLoop([&] { workers = supervisor_->WorkerPidsForTesting().size(); });
    return workers == 3;
  }));
}

INSTANTIATE_TEST_SUITE_P(Containment, SupervisorEndsTest, testing::Bool(),
                         [](const auto& info) { return info.param ? "Thread" : "Process"; });

// ---- What only threads do.

class SupervisorThreadsTest : public SupervisorTest {};

TEST_P(SupervisorThreadsTest, AThreadThatDoesNotEndIsAbandonedAndItsFunctionAnswered) {
  options_.thread_patience = absl::Milliseconds(50);
  options_.abandoned_threads_max = WorkerThread::abandoned() + 2;
  StartSupervisor();
  auto app = App("a", 1, absl::Milliseconds(50));
  int before = WorkerThread::abandoned();
  EXPECT_EQ(FailureOf(Run(app, "deaf", {File("done"), File("trace")}, absl::Milliseconds(100))).kind(),
            v1::Failure::KIND_RUN_TIME_LIMIT);
  EXPECT_EQ(WorkerThread::abandoned(), before + 1);
  EXPECT_THAT(metrics_.Serialize(), HasSubstr(absl::StrCat("overlock_executor_abandoned_threads ", before + 1)));
  EXPECT_GT(Pid(Value(Run(App("b"), "pid"))), 0) << "a neighbour's function has other threads";
  EXPECT_TRUE(supervisor_->ready());

  EXPECT_EQ(FailureOf(Run(app, "deaf", {File("done"), File("trace")}, absl::Milliseconds(100))).kind(),
            v1::Failure::KIND_RUN_TIME_LIMIT);
  EXPECT_TRUE(supervisor_->exhausted());
  EXPECT_FALSE(supervisor_->ready()) << "a second one, and there may be no more";
  Touch("done");
  EXPECT_TRUE(Await([before] { return WorkerThread::abandoned() == before; })) << "they came to their end after all";
  EXPECT_TRUE(supervisor_->ready());
}

INSTANTIATE_TEST_SUITE_P(Thread, SupervisorThreadsTest, testing::Values(true));

}  // namespace
}  // namespace overlock::executor
