#include "services/executor/supervisor/supervisor.h"

#include <signal.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/post.hpp>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/async/event_loops.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace overlock::executor {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

// Long enough that only a hang reaches it.
constexpr auto kPatience = std::chrono::seconds(20);

// Drives real processes that do what they are told (scripted_worker.cc).
class SupervisorTest : public testing::Test {
 protected:
  using Answer = Invocation::Answer;
  using Pending = std::future<Answer>;

  SupervisorTest() {
    options_.worker_binary = OVERLOCK_SCRIPTED_WORKER;
    options_.workers = 2;
    options_.workers_max = 8;
    std::string pattern = testing::TempDir() + "/supervisorXXXXXX";
    directory_ = mkdtemp(pattern.data());
  }

  ~SupervisorTest() override {
    if (supervisor_) {
      OnLoop([this] { supervisor_->StopOnLoop(); });
    }
    loops_.Stop();
    std::filesystem::remove_all(directory_);
  }

  void StartSupervisor() {
    supervisor_ = Supervisor::Make(loops_.Get(0), options_, metrics_);
    supervisor_->Start();
  }

  void OnLoop(std::function<void()> work) {
    std::promise<void> done;
    boost::asio::post(loops_.Get(0), [&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  }

  std::shared_ptr<const AppCode> App(const std::string& app_id, int64_t revision = 1,
                                     absl::Duration cpu_time_max = absl::Seconds(60)) {
    config::v1::AppView view;
    view.mutable_app()->set_app_id(app_id);
    view.mutable_app()->set_revision(revision);
    auto& limits = *view.mutable_executor()->mutable_limits();
    limits.mutable_cpu_time_max()->set_nanos(
        static_cast<int32_t>(absl::ToInt64Nanoseconds(cpu_time_max) % 1'000'000'000));
    limits.mutable_cpu_time_max()->set_seconds(absl::ToInt64Seconds(cpu_time_max));
    limits.set_memory_bytes_max(64 << 20);
    return std::make_shared<AppCode>(view);
  }

  InvocationPtr Make(std::shared_ptr<const AppCode> app, const std::string& function,
                     std::vector<std::string> arguments, absl::Duration run_time) {
    auto invocation = std::make_shared<Invocation>();
    *invocation->request.mutable_app() = app->revision();
    invocation->code = std::move(app);
    invocation->request.set_function(function);
    for (std::string& argument : arguments) invocation->request.add_arguments_ejson(std::move(argument));
    invocation->deadline_ns = MonotonicNanos() + absl::ToInt64Nanoseconds(run_time);
    return invocation;
  }

  Pending Submit(const InvocationPtr& invocation) {
    auto promise = std::make_shared<std::promise<Answer>>();
    Pending pending = promise->get_future();
    invocation->resume = [promise](Answer answer) { promise->set_value(std::move(answer)); };
    supervisor_->Submit(invocation);
    return pending;
  }

  Pending Run(std::shared_ptr<const AppCode> app, const std::string& function, std::vector<std::string> arguments = {},
              absl::Duration run_time = absl::Seconds(60)) {
    return Submit(Make(std::move(app), function, std::move(arguments), run_time));
  }

  // Lets the supervisor see that a function ends by itself, so that it no longer keeps it apart from others.
  void Prove(std::shared_ptr<const AppCode> app, const std::string& function) {
    Touch("now");
    std::vector<std::string> arguments = {File("now"), File("proofs")};
    if (function == "trace") arguments = {File("proofs")};
    Value(Run(std::move(app), function, std::move(arguments)));
  }

  static Answer Get(Pending& pending) {
    if (pending.wait_for(kPatience) != std::future_status::ready) return absl::DeadlineExceededError("no answer");
    return pending.get();
  }
  static std::string Value(Pending pending) {
    Answer answer = Get(pending);
    if (!answer.ok()) return answer.status().ToString();
    return answer->has_returned() ? answer->returned().value_ejson() : answer->ShortDebugString();
  }
  static v1::Failure FailureOf(Pending pending) {
    Answer answer = Get(pending);
    EXPECT_THAT(answer, IsOk());
    return answer.ok() ? answer->failure() : v1::Failure();
  }
  static bool Answered(Pending& pending) {
    return pending.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  }

  std::string File(const std::string& name) const { return absl::StrCat(directory_, "/", name); }
  void Touch(const std::string& name) { std::ofstream(File(name)) << "x"; }
  // The lines of a trace: one for each run.
  std::vector<std::string> Trace(const std::string& name) const {
    std::vector<std::string> lines;
    std::ifstream file(File(name));
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
  }
  // Waits until the trace has so many lines; true if it got them.
  bool AwaitTrace(const std::string& name, size_t lines) const {
    return Await([&] { return Trace(name).size() >= lines; });
  }
  static bool Await(const std::function<bool()>& condition) {
    auto give_up = std::chrono::steady_clock::now() + kPatience;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > give_up) return false;
      std::this_thread::yield();
    }
    return true;
  }
  static pid_t Pid(const std::string& text) {
    int pid = -1;
    EXPECT_TRUE(absl::SimpleAtoi(text, &pid)) << text;
    return pid;
  }

  SupervisorOptions options_;
  std::string directory_;
  Metrics metrics_;
  EventLoops loops_{1};
  std::shared_ptr<Supervisor> supervisor_;
};

TEST_F(SupervisorTest, RunsWhatCameBeforeAnyWorkerWasReady) {
  StartSupervisor();
  EXPECT_GT(Pid(Value(Run(App("a"), "pid"))), 0);
  EXPECT_TRUE(supervisor_->ready());
  EXPECT_EQ(supervisor_->outstanding(), 0);
}

TEST_F(SupervisorTest, PrefersTheIdleWorkerThatHasTheApplication) {
  StartSupervisor();
  auto app = App("a");
  std::string first = Value(Run(app, "pid"));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(Value(Run(app, "pid")), first);
}

TEST_F(SupervisorTest, CarriesABodyThatIsLargerThanTheSocketsBuffer) {
  StartSupervisor();
  InvocationPtr invocation = Make(App("a"), "body_bytes", {}, absl::Seconds(60));
  invocation->body = Body(std::string(18 << 20, 'x'));
  EXPECT_EQ(Value(Submit(invocation)), std::to_string(18 << 20));
}

TEST_F(SupervisorTest, WorkersForgetAllButTheLastTwoRevisions) {
  options_.workers = 1;
  StartSupervisor();
  Value(Run(App("a", 1), "pid"));
  Value(Run(App("a", 2), "pid"));
  EXPECT_EQ(Value(Run(App("a", 3), "loaded")), "1 2 -1 3 ");
}

TEST_F(SupervisorTest, WorkersForgetAnApplicationThatIsGone) {
  options_.workers = 1;
  StartSupervisor();
  Value(Run(App("a", 1), "pid"));
  supervisor_->AppsChanged({}, {"a"});
  EXPECT_EQ(Value(Run(App("b", 5), "loaded")), "1 -1 5 ");
}

TEST_F(SupervisorTest, ALoopDelaysNobodyElse) {
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

TEST_F(SupervisorTest, WhatWaitsBehindALoopMovesAndRunsExactlyOnce) {
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

TEST_F(SupervisorTest, OneApplicationHoldsAtMostHalfOfTheWorkers) {
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

TEST_F(SupervisorTest, RefusesAnApplicationWhoseQueueIsFull) {
  options_.workers_max = 3;
  options_.app_queue_items_max = 2;
  StartSupervisor();
  Pending loop = Run(App("greedy"), "sleep", {File("done"), File("trace")});
  ASSERT_TRUE(AwaitTrace("trace", 1));
  // Its share is one worker: as soon as that is known to be busy, what comes waits.
  std::vector<Pending> pending;
  bool refused = Await([&] {
    pending.push_back(Run(App("greedy"), "pid"));
    if (pending.back().wait_for(std::chrono::milliseconds(1)) != std::future_status::ready) return false;
    Answer answer = pending.back().get();
    pending.pop_back();
    return absl::IsResourceExhausted(answer.status()) && ReasonOf(answer.status()) == "APP_OVER_SHARE";
  });
  EXPECT_TRUE(refused);
  EXPECT_GT(Pid(Value(Run(App("modest"), "pid"))), 0);
  Touch("done");
  Value(std::move(loop));
  for (Pending& waiting : pending) EXPECT_GT(Pid(Value(std::move(waiting))), 0);
}

TEST_F(SupervisorTest, RefusesWhenEverythingIsFull) {
  options_.queue_items_max = 0;
  // Nothing is ready yet, so the first has to wait, and must not.
  StartSupervisor();
  Pending first = Run(App("a"), "pid");
  EXPECT_THAT(Get(first), StatusIs(absl::StatusCode::kUnavailable, "EXECUTOR_FULL"));
}

TEST_F(SupervisorTest, WhatWaitsPastItsDeadlineIsAnsweredAndNeverRuns) {
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

TEST_F(SupervisorTest, AWaitingFunctionThatIsOverdueIsAnsweredWhileItsWorkerLivesOn) {
  options_.workers = 1;
  StartSupervisor();
  std::string pid = Value(Run(App("a"), "pid"));
  v1::Failure failure = FailureOf(Run(App("a"), "park", {File("done")}, absl::Milliseconds(50)));
  EXPECT_EQ(failure.kind(), v1::Failure::KIND_RUN_TIME_LIMIT);
  EXPECT_EQ(Value(Run(App("a"), "pid")), pid);
}

TEST_F(SupervisorTest, AWaitingFunctionHoldsNothing) {
  options_.workers = 1;
  StartSupervisor();
  std::vector<Pending> parked;
  // More than there are claim slots.
  for (int i = 0; i < 600; ++i) parked.push_back(Run(App("a"), "park", {File("done")}));
  for (int i = 0; i < 300; ++i) EXPECT_GT(Pid(Value(Run(App("b"), "pid"))), 0);
  Touch("done");
  for (Pending& pending : parked) EXPECT_EQ(Value(std::move(pending)), "\"parked\"");
}

TEST_F(SupervisorTest, AWorkerDeafToTheRunTimeLimitIsKilled) {
  StartSupervisor();
  v1::Failure failure = FailureOf(Run(App("a"), "sleep", {File("never"), File("trace")}, absl::Milliseconds(100)));
  EXPECT_EQ(failure.kind(), v1::Failure::KIND_RUN_TIME_LIMIT);
  EXPECT_EQ(kill(Pid(Trace("trace").at(0)), 0), -1) << "it has been reaped, so the number names nothing";
}

TEST_F(SupervisorTest, AWorkerDeafToTheProcessorTimeLimitIsKilled) {
  StartSupervisor();
  auto app = App("a", 1, absl::Milliseconds(50));
  v1::Failure failure = FailureOf(Run(app, "spin", {File("never"), File("trace")}));
  EXPECT_EQ(failure.kind(), v1::Failure::KIND_CPU_TIME_LIMIT);
  EXPECT_EQ(failure.message(), "execution time limit exceeded");
}

TEST_F(SupervisorTest, AWorkerThatTakesTooMuchMemoryIsKilled) {
  options_.memory_headroom_bytes = 32 << 20;
  StartSupervisor();
  v1::Failure failure = FailureOf(Run(App("a"), "allocate"));
  EXPECT_EQ(failure.kind(), v1::Failure::KIND_MEMORY_LIMIT);
  EXPECT_EQ(failure.message(), "memory limit of 64 MiB exceeded");
}

TEST_F(SupervisorTest, AWorkerThatHasWorkAndIsSilentIsKilled) {
  options_.silence_max = absl::Milliseconds(100);
  StartSupervisor();
  EXPECT_EQ(FailureOf(Run(App("a"), "mute")).kind(), v1::Failure::KIND_WORKER_LOST);
}

TEST_F(SupervisorTest, WhenAWorkerDiesOnlyWhatHadBegunFailsAndTheRestRunsElsewhereOnce) {
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
  EXPECT_EQ(failure.message(), "the worker process was killed while the function ran");
  EXPECT_EQ(FailureOf(std::move(parked)).kind(), v1::Failure::KIND_WORKER_LOST);
  std::set<std::string> pids;
  for (Pending& other : others) pids.insert(Value(std::move(other)));
  EXPECT_THAT(pids, SizeIs(1));
  EXPECT_FALSE(pids.contains(Trace("running").at(0)));
  EXPECT_THAT(Trace("trace"), SizeIs(20));
}

TEST_F(SupervisorTest, AFunctionThatWasNeverSeenToEndDoesNotShareAWorkerWithThoseThatWait) {
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

TEST_F(SupervisorTest, AnApplicationThatEndedAWorkerHasOneOfItsOwnFromThenOn) {
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

TEST_F(SupervisorTest, ANewRevisionEndsTheCordon) {
  options_.workers = 1;
  StartSupervisor();
  EXPECT_EQ(FailureOf(Run(App("bad", 1), "abort")).kind(), v1::Failure::KIND_MEMORY_LIMIT);
  std::string cordoned_pid = Value(Run(App("bad", 1), "pid"));
  supervisor_->AppsChanged({"bad"}, {});
  EXPECT_EQ(Value(Run(App("bad", 2), "pid")), Value(Run(App("good"), "pid")));
}

TEST_F(SupervisorTest, CordonedApplicationsShareWhatIsLeftOfTheWorkers) {
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

TEST_F(SupervisorTest, ThePoolRecoversFromTheEndOfAllItsWorkers) {
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

TEST_F(SupervisorTest, SpareWorkersEndWhenThereIsNothingToDo) {
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

TEST_F(SupervisorTest, AWorkerThatCannotStartIsTriedAgainAndNobodyWaitsPastTheDeadline) {
  options_.worker_binary = "/bin/false";
  options_.restart_backoff = absl::Milliseconds(1);
  StartSupervisor();
  EXPECT_EQ(FailureOf(Run(App("a"), "pid", {}, absl::Milliseconds(200))).kind(), v1::Failure::KIND_RUN_TIME_LIMIT);
  EXPECT_FALSE(supervisor_->ready());
}

TEST_F(SupervisorTest, WhatIsCancelledBeforeItBeginsNeverRuns) {
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

TEST_F(SupervisorTest, StoppingAnswersEverythingAndLeavesNoProcess) {
  StartSupervisor();
  Pending running = Run(App("a"), "sleep", {File("never"), File("trace")});
  ASSERT_TRUE(AwaitTrace("trace", 1));
  std::vector<pid_t> pids;
  OnLoop([&] {
    pids = supervisor_->WorkerPidsForTesting();
    supervisor_->StopOnLoop();
  });
  EXPECT_EQ(FailureOf(std::move(running)).kind(), v1::Failure::KIND_WORKER_LOST);
  for (pid_t pid : pids) EXPECT_EQ(kill(pid, 0), -1);
  Pending late = Run(App("a"), "pid");
  EXPECT_THAT(Get(late), StatusIs(absl::StatusCode::kUnavailable, "EXECUTOR_STOPPING"));
}

}  // namespace
}  // namespace overlock::executor
