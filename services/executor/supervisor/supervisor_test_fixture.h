// What the tests of the supervisor share.
#ifndef OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_SUPERVISOR_TEST_FIXTURE_H_
#define OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_SUPERVISOR_TEST_FIXTURE_H_

#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/post.hpp>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/async/event_loops.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/executor/supervisor/scripted_worker.h"
#include "services/executor/supervisor/supervisor.h"

namespace overlock::executor {

// Long enough that only a hang reaches it.
inline constexpr auto kPatience = std::chrono::seconds(20);

// Drives real workers that do what they are told (scripted_worker.cc).
// Parameter: whether the workers are threads.
class SupervisorTest : public testing::TestWithParam<bool> {
 protected:
  using Answer = Invocation::Answer;
  using Pending = std::future<Answer>;

  SupervisorTest() {
    options_.worker_binary = OVERLOCK_SCRIPTED_WORKER;
    if (InThreads()) {
      options_.worker_main = [](int fd, StatusPage* page) { return RunScriptedWorker(fd, page, /*in_thread=*/true); };
    }
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

  static bool InThreads() { return GetParam(); }

  // One that has no workers yet.
  void MakeSupervisor() { supervisor_ = Supervisor::Make(loops_.Get(0), options_, metrics_); }
  void StartSupervisor() {
    MakeSupervisor();
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
  bool Metric(const std::string& line) const { return metrics_.Serialize().find(line) != std::string::npos; }
  static pid_t Pid(const std::string& text) {
    int pid = -1;
    EXPECT_TRUE(absl::SimpleAtoi(text, &pid)) << text;
    return pid;
  }

  // A process that has been reaped, or a thread that has ended: the number names nothing. A thread says that it ends
  // before it has.
  static bool IsGone(pid_t id) {
    return Await([id] { return syscall(SYS_tgkill, InThreads() ? getpid() : id, id, 0) == -1; });
  }

  SupervisorOptions options_;
  std::string directory_;
  Metrics metrics_;
  EventLoops loops_{1};
  std::shared_ptr<Supervisor> supervisor_;
};

}  // namespace overlock::executor

#endif  // OVERLOCK_SERVICES_EXECUTOR_SUPERVISOR_SUPERVISOR_TEST_FIXTURE_H_
