// What the supervisor gives to which worker.
#include "services/executor/supervisor/supervisor_test_fixture.h"

#include <sys/resource.h>

#include <atomic>
#include <cerrno>
#include <set>
#include <string>
#include <vector>

namespace overlock::executor {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

TEST_P(SupervisorTest, RunsWhatCameBeforeAnyWorkerWasReady) {
  StartSupervisor();
  EXPECT_GT(Pid(Value(Run(App("a"), "pid"))), 0);
  EXPECT_TRUE(supervisor_->ready());
  EXPECT_EQ(supervisor_->outstanding(), 0);
}

// Workers that are not ready before they may.
std::atomic<int> started{0};
std::atomic<bool> may_be_ready{false};
int HeldUpWorker(int fd, StatusPage* page) {
  ++started;
  started.notify_all();
  may_be_ready.wait(false);
  return RunScriptedWorker(fd, page, /*in_thread=*/true);
}
void AwaitStarted(int wanted) {
  for (int now = started.load(); now < wanted; now = started.load()) started.wait(now);
}

TEST_P(SupervisorTest, TheWarmWorkerIsStartedAfterThoseInService) {
  if (!InThreads()) GTEST_SKIP() << "processes are started in the same way, and cannot be held up";
  options_.workers = 2;
  options_.worker_main = &HeldUpWorker;
  StartSupervisor();
  AwaitStarted(2);
  // What waits starts no third one, for nobody is ready.
  Pending waiting = Run(App("a"), "pid");
  OnLoop([] {});
  EXPECT_EQ(started.load(), 2);
  may_be_ready = true;
  may_be_ready.notify_all();
  EXPECT_GT(Pid(Value(std::move(waiting))), 0);
  AwaitStarted(3);
}

TEST_P(SupervisorTest, PrefersTheIdleWorkerThatHasTheApplication) {
  StartSupervisor();
  auto app = App("a");
  std::string first = Value(Run(app, "pid"));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(Value(Run(app, "pid")), first);
}

TEST_P(SupervisorTest, CarriesABodyThatIsLargerThanTheSocketsBuffer) {
  StartSupervisor();
  InvocationPtr invocation = Make(App("a"), "body_bytes", {}, absl::Seconds(60));
  invocation->body = Body(std::string(18 << 20, 'x'));
  EXPECT_EQ(Value(Submit(invocation)), std::to_string(18 << 20));
}

TEST_P(SupervisorTest, CarriesManyLargeBodiesAtOnce) {
  StartSupervisor();
  auto app = App("a");
  std::vector<Pending> pending;
  for (size_t n = 0; n < 60; ++n) {
    InvocationPtr invocation = Make(app, "body_bytes", {}, absl::Seconds(60));
    invocation->body = Body(std::string(50'000 + n * 1'000, 'x'));
    pending.push_back(Submit(invocation));
  }
  for (size_t n = 0; n < pending.size(); ++n) {
    EXPECT_EQ(Value(std::move(pending[n])), std::to_string(50'000 + n * 1'000));
  }
}

TEST_P(SupervisorTest, WorkersForgetAllButTheLastTwoRevisions) {
  options_.workers = 1;
  StartSupervisor();
  Value(Run(App("a", 1), "pid"));
  Value(Run(App("a", 2), "pid"));
  EXPECT_EQ(Value(Run(App("a", 3), "loaded")), "1 2 -1 3 ");
}

TEST_P(SupervisorTest, WorkersForgetAnApplicationThatIsGone) {
  options_.workers = 1;
  StartSupervisor();
  Value(Run(App("a", 1), "pid"));
  supervisor_->AppsChanged({}, {"a"});
  EXPECT_EQ(Value(Run(App("b", 5), "loaded")), "1 -1 5 ");
}

TEST_P(SupervisorTest, ALoopDelaysNobodyElse) {
  StartSupervisor();
  Pending loop = Run(App("loops"), "spin", {File("done"), File("trace")});
  ASSERT_TRUE(AwaitTrace("trace", 1));
  std::vector<Pending> others;
  for (int i = 0; i < 50; ++i) others.push_back(Run(App(absl::StrCat("app", i % 5)), "pid"));
  for (Pending& other : others) EXPECT_GT(Pid(Value(std::move(other))), 0);
  EXPECT_FALSE(Answered(loop)) << "the neighbours answered while the loop went on";
  Touch("done");
  EXPECT_EQ(Value(std::move(loop)), Trace("trace").at(0));
}

TEST_P(SupervisorTest, AnotherWorkerIsStartedWhenAllHaveParkedInvocationsOfOthers) {
  options_.workers = 1;
  StartSupervisor();
  Prove(App("b"), "park");
  Prove(App("c"), "park");
  const auto parked = [&](const std::string& app, size_t wanted) {
    Pending pending = Run(App(app), "park", {File("later"), File("parks")});
    EXPECT_TRUE(AwaitTrace("parks", wanted));
    return pending;
  };
  std::vector<Pending> pending;
  pending.push_back(Run(App("loops"), "spin", {File("done"), File("trace")}));
  ASSERT_TRUE(AwaitTrace("trace", 1));
  // Parks in the second worker, which goes into service in the place of the first, and stays there.
  pending.push_back(parked("b", 1));
  Touch("done");
  Value(std::move(pending.front()));
  pending.erase(pending.begin());
  pending.push_back(parked("c", 2));
  // Not proven: in the one that is kept warm.
  pending.push_back(parked("d", 3));
  EXPECT_GT(Pid(Value(Run(App("e"), "pid"))), 0);
  Touch("later");
  for (Pending& each : pending) EXPECT_EQ(Value(std::move(each)), "\"parked\"");
}

TEST_P(SupervisorTest, WhatRunsForLongLeavesTheProcessorsToOthers) {
  StartSupervisor();
  Pending loop = Run(App("loops"), "spin", {File("done"), File("trace")});
  ASSERT_TRUE(AwaitTrace("trace", 1));
  auto id = static_cast<id_t>(Pid(Trace("trace").at(0)));
  auto niceness = [id] {
    errno = 0;
    int value = getpriority(PRIO_PROCESS, id);
    return errno == 0 ? value : -1;
  };
  EXPECT_TRUE(Await([&] { return niceness() == NicenessOf(WorkerPriority::kBusy); }));
  Touch("done");
  Value(std::move(loop));
  // Raised again, or gone where that is not allowed.
  EXPECT_TRUE(Await([&] { return niceness() <= 0; }));
  EXPECT_GT(Pid(Value(Run(App("loops"), "pid"))), 0);
}

TEST_P(SupervisorTest, WhatWaitsBehindALoopMovesAndRunsExactlyOnce) {
  StartSupervisor();
  Prove(App("loop0"), "sleep");
  Prove(App("loop1"), "sleep");
  Prove(App("b"), "trace");
  std::vector<Pending> loops;
  // Two loops, of two applications, take both workers that are in service.
  for (int i = 0; i < 2; ++i)
    loops.push_back(Run(App(absl::StrCat("loop", i)), "sleep", {File("done"), File("loops")}));
  std::vector<Pending> others;
  for (int i = 0; i < 100; ++i) others.push_back(Run(App("b"), "trace", {File("trace")}));
  for (Pending& other : others) EXPECT_GT(Pid(Value(std::move(other))), 0);
  EXPECT_THAT(Trace("trace"), SizeIs(100));
  EXPECT_FALSE(Answered(loops[0]));
  EXPECT_FALSE(Answered(loops[1]));
  EXPECT_THAT(Trace("loops"), SizeIs(2));
  EXPECT_THAT(metrics_.Serialize(), Not(HasSubstr("overlock_executor_moved_total 0")));
}

TEST_P(SupervisorTest, MeasuresWhatIsInFlightAndWhatWorkersKeep) {
  options_.workers = 1;
  StartSupervisor();
  EXPECT_TRUE(Metric("overlock_executor_in_flight 0"));
  Pending parked = Run(App("a"), "park", {File("done")});
  ASSERT_TRUE(Await([&] { return Metric("overlock_executor_in_flight 1"); }));
  Value(Run(App("a"), "heaps"));
  EXPECT_TRUE(Await([&] { return Metric("overlock_executor_isolates 1"); }));
  EXPECT_TRUE(Await([&] { return Metric("overlock_executor_heap_bytes 1000"); }));
  EXPECT_TRUE(Await([&] { return Metric("overlock_executor_cold_starts_total{of=\"application\"} 1"); }));
  EXPECT_TRUE(Await([&] { return Metric("overlock_executor_cold_starts_total{of=\"function\"} 2"); }));
  Touch("done");
  Value(std::move(parked));
  EXPECT_TRUE(Await([&] { return Metric("overlock_executor_in_flight 0"); }));
}

TEST_P(SupervisorTest, AnApplicationThatHasHeldUpOthersDoesNotShareAWorkerWithThemAgain) {
  options_.workers = 1;
  options_.held_up_max = absl::Milliseconds(30);
  StartSupervisor();
  Prove(App("waits"), "park");
  Prove(App("bad"), "sleep");
  Prove(App("bad"), "trace");
  Pending parked = Run(App("waits"), "park", {File("done")});
  Pending loop = Run(App("bad"), "sleep", {File("end of the loop"), File("loop")});
  ASSERT_TRUE(AwaitTrace("loop", 1));
  std::string shared = Trace("loop").at(0);
  ASSERT_TRUE(Await([&] { return Metric("overlock_executor_held_up_total 1"); })) << "proven, so it had shared";
  Touch("end of the loop");
  EXPECT_EQ(Value(std::move(loop)), shared);
  EXPECT_NE(Value(Run(App("bad"), "trace", {File("trace")})), shared) << "another function of the application";
  EXPECT_FALSE(Answered(parked));
  Touch("done");
  EXPECT_EQ(Value(std::move(parked)), "\"parked\"");
  supervisor_->AppsChanged({"bad"}, {});
  Prove(App("bad", 2), "trace");
  EXPECT_EQ(Value(Run(App("bad", 2), "trace", {File("trace")})), shared) << "a new revision is trusted as any";
}

TEST_P(SupervisorTest, OneApplicationHoldsAtMostHalfOfTheWorkers) {
  options_.workers_max = 6;
  StartSupervisor();
  std::vector<Pending> loops;
  for (int i = 0; i < 10; ++i) loops.push_back(Run(App("greedy"), "sleep", {File("done"), File("trace")}));
  ASSERT_TRUE(AwaitTrace("trace", 3));
  for (int i = 0; i < 50; ++i) EXPECT_GT(Pid(Value(Run(App("modest"), "pid"))), 0);
  EXPECT_THAT(Trace("trace"), SizeIs(3)) << "half of 6 workers, and the others wait";
  Touch("done");
  for (Pending& loop : loops) EXPECT_GT(Pid(Value(std::move(loop))), 0);
  EXPECT_THAT(Trace("trace"), SizeIs(10));
}

TEST_P(SupervisorTest, RefusesAnApplicationWhoseQueueIsFull) {
  options_.workers_max = 3;
  options_.app_queue_items_max = 2;
  StartSupervisor();
  Pending loop = Run(App("greedy"), "sleep", {File("done"), File("trace")});
  ASSERT_TRUE(AwaitTrace("trace", 1));
  // Its share is one worker: as soon as that is known to be busy, what comes waits.
  const auto over_share = [](const Answer& answer) { return ReasonOf(answer.status()) == "APP_OVER_SHARE"; };
  std::vector<Pending> pending;
  bool refused = Await([&] {
    pending.push_back(Run(App("greedy"), "pid"));
    if (pending.back().wait_for(std::chrono::milliseconds(1)) != std::future_status::ready) return false;
    Answer answer = pending.back().get();
    pending.pop_back();
    return absl::IsResourceExhausted(answer.status()) && over_share(answer);
  });
  EXPECT_TRUE(refused);
  EXPECT_GT(Pid(Value(Run(App("modest"), "pid"))), 0);
  Touch("done");
  Value(std::move(loop));
  for (Pending& waiting : pending) {
    Answer answer = Get(waiting);
    // Some may have been refused later than was waited for.
    if (!over_share(answer)) EXPECT_THAT(answer, IsOk());
  }
}

TEST_P(SupervisorTest, RefusesWhenEverythingIsFull) {
  options_.queue_items_max = 0;
  // Nothing is ready yet, so the first has to wait, and must not.
  MakeSupervisor();
  Pending first = Run(App("a"), "pid");
  EXPECT_THAT(Get(first), StatusIs(absl::StatusCode::kUnavailable, "EXECUTOR_FULL"));
}

TEST_P(SupervisorTest, WhatWaitsPastItsDeadlineIsAnsweredAndNeverRuns) {
  options_.workers = 1;
  options_.workers_max = 2;
  StartSupervisor();
  Pending loop = Run(App("greedy"), "sleep", {File("done"), File("loop")});
  ASSERT_TRUE(AwaitTrace("loop", 1));
  v1::Failure failure = FailureOf(Run(App("greedy"), "trace", {File("trace")}, absl::Milliseconds(100)));
  EXPECT_EQ(failure.kind(), v1::Failure::KIND_RUN_TIME_LIMIT);
  EXPECT_EQ(failure.message(), "execution time limit exceeded");
  Touch("done");
  Value(std::move(loop));
  EXPECT_GT(Pid(Value(Run(App("greedy"), "pid"))), 0);
  EXPECT_THAT(Trace("trace"), SizeIs(0));
}

TEST_P(SupervisorTest, AWaitingFunctionThatIsOverdueIsAnsweredWhileItsWorkerLivesOn) {
  options_.workers = 1;
  StartSupervisor();
  std::string pid = Value(Run(App("a"), "pid"));
  v1::Failure failure = FailureOf(Run(App("a"), "park", {File("done")}, absl::Milliseconds(50)));
  EXPECT_EQ(failure.kind(), v1::Failure::KIND_RUN_TIME_LIMIT);
  EXPECT_EQ(Value(Run(App("a"), "pid")), pid);
}

TEST_P(SupervisorTest, AWaitingFunctionHoldsNothing) {
  options_.workers = 1;
  StartSupervisor();
  std::vector<Pending> parked;
  // More than there are claim slots.
  for (int i = 0; i < 600; ++i) parked.push_back(Run(App("a"), "park", {File("done")}));
  for (int i = 0; i < 300; ++i) EXPECT_GT(Pid(Value(Run(App("b"), "pid"))), 0);
  Touch("done");
  for (Pending& pending : parked) EXPECT_EQ(Value(std::move(pending)), "\"parked\"");
}

TEST_P(SupervisorTest, ACompilationNeverGoesWhereFunctionsOfOthersWait) {
  options_.workers = 1;
  StartSupervisor();
  std::string pid = Value(Run(App("a"), "pid"));
  Pending parked = Run(App("a"), "park", {File("done")});
  auto compiler = App("compiler");
  for (int i = 0; i < 5; ++i) {
    auto sources = std::make_shared<v1::CompileRequest>();
    sources->add_sources()->set_source(absl::StrCat("pid ", File("pids")));
    InvocationPtr invocation = Make(compiler, "", {}, absl::Seconds(60));
    invocation->compile = std::move(sources);
    Value(Submit(invocation));
  }
  EXPECT_THAT(Trace("pids"), testing::AllOf(SizeIs(5), testing::Not(testing::Contains(pid))));
  EXPECT_TRUE(Metric(R"(overlock_executor_invocations_total{outcome="returned"} 1)")) << "a compilation is none";
  Touch("done");
  EXPECT_EQ(Value(std::move(parked)), "\"parked\"");
}

TEST_P(SupervisorTest, AWorkerThatCannotStartIsTriedAgainAndNobodyWaitsPastTheDeadline) {
  if (InThreads()) GTEST_SKIP() << "a thread needs no program";
  options_.worker_binary = "/bin/false";
  options_.restart_backoff = absl::Milliseconds(1);
  StartSupervisor();
  EXPECT_EQ(FailureOf(Run(App("a"), "pid", {}, absl::Milliseconds(200))).kind(), v1::Failure::KIND_RUN_TIME_LIMIT);
  EXPECT_FALSE(supervisor_->ready());
}

TEST_P(SupervisorTest, WhatIsCancelledBeforeItBeginsNeverRuns) {
  options_.workers = 1;
  options_.workers_max = 2;
  options_.busy_after = absl::Seconds(60);
  StartSupervisor();
  Pending running = Run(App("a"), "sleep", {File("done"), File("running")});
  ASSERT_TRUE(AwaitTrace("running", 1));
  InvocationPtr behind = Make(App("a"), "trace", {File("trace")}, absl::Seconds(60));
  Pending pending = Submit(behind);
  supervisor_->Cancel(behind);
  EXPECT_THAT(Get(pending), StatusIs(absl::StatusCode::kCancelled, "CALLER_GONE"));
  Touch("done");
  Value(std::move(running));
  Value(Run(App("a"), "pid"));
  EXPECT_THAT(Trace("trace"), SizeIs(0));
}

TEST_P(SupervisorTest, StoppingAnswersEverythingAndLeavesNoProcess) {
  StartSupervisor();
  Pending running = Run(App("a"), "sleep", {File("never"), File("trace")});
  ASSERT_TRUE(AwaitTrace("trace", 1));
  std::vector<pid_t> pids;
  OnLoop([&] {
    pids = supervisor_->WorkerPidsForTesting();
    supervisor_->StopOnLoop();
  });
  EXPECT_EQ(FailureOf(std::move(running)).kind(), v1::Failure::KIND_WORKER_LOST);
  for (pid_t pid : pids) EXPECT_TRUE(IsGone(pid));
  Pending late = Run(App("a"), "pid");
  EXPECT_THAT(Get(late), StatusIs(absl::StatusCode::kUnavailable, "EXECUTOR_STOPPING"));
}

INSTANTIATE_TEST_SUITE_P(Containment, SupervisorTest, testing::Bool(),
                         [](const auto& info) { return info.param ? "Thread" : "Process"; });

}  // namespace
}  // namespace overlock::executor
