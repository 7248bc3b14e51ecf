#include "services/executor/local_function_executor.h"

#include <future>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "common/async/block_on.h"
#include "common/async/event_loops.h"
#include "common/testing/span_keeper.h"
#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace overlock::executor {
namespace {

using Answer = absl::StatusOr<v1::ExecuteResponse>;

// With a worker that needs no V8 (supervisor/scripted_worker.cc); tests/contract has the real one.
class LocalFunctionExecutorTest : public testing::Test {
 protected:
  LocalFunctionExecutorTest() {
    SupervisorOptions options;
    options.worker_binary = OVERLOCK_SCRIPTED_WORKER;
    executor_ = std::make_unique<LocalFunctionExecutor>(loops_.Get(0), options, metrics_);
    executor_->Start();
    Apply(7, true, {{"shop-abcde", 7}});
  }
  ~LocalFunctionExecutorTest() override {
    executor_->Stop();
    loops_.Stop();
  }

  void Apply(int64_t revision, bool snapshot, std::vector<std::pair<std::string, int64_t>> apps,
             std::vector<std::string> removed = {}) {
    config::v1::WatchResponse batch;
    batch.set_revision(revision);
    batch.set_snapshot(snapshot);
    for (const auto& [app_id, app_revision] : apps) {
      auto* view = batch.add_apps();
      view->mutable_app()->set_app_id(app_id);
      view->mutable_app()->set_revision(app_revision);
      for (const char* name : {"pid", "loaded", "park", "mute"})
        view->mutable_executor()->add_functions()->set_name(name);
    }
    for (const std::string& app_id : removed) batch.add_removed_app_ids(app_id);
    executor_->Apply(batch);
  }

  static v1::ExecuteRequest RequestFor(const std::string& function, int64_t revision = 7) {
    v1::ExecuteRequest request;
    request.mutable_app()->set_app_id("shop-abcde");
    request.mutable_app()->set_revision(revision);
    request.set_function(function);
    return request;
  }

  Answer Execute(v1::ExecuteRequest request, CallContext call = {}, Body body = {}) {
    return BlockOn(executor_->Execute(std::move(request), std::move(body), std::move(call)));
  }

  Metrics metrics_;
  EventLoops loops_{2};
  std::unique_ptr<LocalFunctionExecutor> executor_;
};

TEST_F(LocalFunctionExecutorTest, AnswersACallThatComesFromAnotherLoop) {
  Answer answer = Execute(RequestFor("pid"));
  ASSERT_THAT(answer, IsOk());
  EXPECT_FALSE(answer->returned().value_ejson().empty());
  EXPECT_THAT(executor_->Ready(), IsOk());
}

TEST_F(LocalFunctionExecutorTest, AnswersACallOnItsOwnLoop) {
  std::promise<Answer> promise;
  auto ask = [](LocalFunctionExecutor* executor, v1::ExecuteRequest request,
                std::promise<Answer>& promise) -> Task<void> {
    Body body;
    CallContext call;
    promise.set_value(co_await executor->Execute(std::move(request), std::move(body), std::move(call)));
  };
  Detach(loops_.Get(0), ask(executor_.get(), RequestFor("pid"), promise));
  EXPECT_THAT(promise.get_future().get(), IsOk());
}

TEST_F(LocalFunctionExecutorTest, IsASpanOfTheCallersTrace) {
  SpanKeeper keeper;
  CallContext call;
  call.trace = ContinueTrace("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  v1::ExecuteRequest request = RequestFor("pid");
  request.mutable_user()->set_type(type::v1::User::TYPE_SYSTEM);
  ASSERT_THAT(Execute(request, call), IsOk());
  ASSERT_EQ(keeper.spans().size(), 1u);
  EXPECT_EQ(keeper.spans()[0].parent_span_id, call.trace.span_id);
  EXPECT_THAT(SpanKeeper::Text(keeper.spans()[0]),
              ::testing::MatchesRegex("internal function 'pid' .overlock.app_id=shop-abcde, overlock.revision=7, "
                                      "overlock.run_as=system, overlock.cpu_seconds=[-.e0-9]+."));
  call.deadline = absl::Now() - absl::Seconds(1);
  ASSERT_THAT(Execute(RequestFor("pid"), call), IsOk());
  EXPECT_THAT(SpanKeeper::Text(keeper.spans().at(1)), ::testing::EndsWith("error.type=run_time_limit} failed"));
}

TEST_F(LocalFunctionExecutorTest, RefusesATargetThatIsNotInTheRevision) {
  EXPECT_THAT(Execute(RequestFor("other")), StatusIs(absl::StatusCode::kNotFound, "TARGET_NOT_FOUND"));
}

TEST_F(LocalFunctionExecutorTest, RefusesARequestWithoutATarget) {
  v1::ExecuteRequest request = RequestFor("pid");
  request.clear_target();
  EXPECT_THAT(Execute(request), StatusIs(absl::StatusCode::kInvalidArgument, "TARGET_UNSET"));
}

TEST_F(LocalFunctionExecutorTest, RefusesMoreThan64Arguments) {
  v1::ExecuteRequest request = RequestFor("pid");
  for (int i = 0; i < 64; ++i) request.add_arguments_ejson("1");
  EXPECT_THAT(Execute(request), IsOk());
  request.add_arguments_ejson("1");
  EXPECT_THAT(Execute(request), StatusIs(absl::StatusCode::kInvalidArgument, "TOO_MANY_ARGUMENTS"));
}

TEST_F(LocalFunctionExecutorTest, RefusesARequestThatIsTooLarge) {
  EXPECT_THAT(Execute(RequestFor("pid"), {}, Body(std::string(20 << 20, 'x'))),
              StatusIs(absl::StatusCode::kInvalidArgument, "REQUEST_TOO_LARGE"));
}

TEST_F(LocalFunctionExecutorTest, SaysUnavailableForARevisionThatItDoesNotKnowYet) {
  EXPECT_THAT(Execute(RequestFor("pid", 8)), StatusIs(absl::StatusCode::kUnavailable, "REVISION_UNKNOWN"));
}

TEST_F(LocalFunctionExecutorTest, SaysThatARevisionIsGoneOnceItIsNoLongerKept) {
  EXPECT_THAT(Execute(RequestFor("pid", 6)), StatusIs(absl::StatusCode::kFailedPrecondition, "REVISION_GONE"));
  for (int64_t revision = 8; revision < 14; ++revision) Apply(revision, false, {{"shop-abcde", revision}});
  EXPECT_THAT(Execute(RequestFor("pid", 7)), StatusIs(absl::StatusCode::kFailedPrecondition, "REVISION_GONE"));
  EXPECT_THAT(Execute(RequestFor("pid", 12)), IsOk());
  EXPECT_THAT(Execute(RequestFor("pid", 13)), IsOk());
}

TEST_F(LocalFunctionExecutorTest, ASnapshotWithoutAnApplicationMakesWorkersForgetIt) {
  ASSERT_THAT(Execute(RequestFor("pid")), IsOk());
  Apply(8, true, {{"other-abcde", 8}});
  v1::ExecuteRequest request = RequestFor("loaded", 8);
  request.mutable_app()->set_app_id("other-abcde");
  Answer answer = Execute(request);
  ASSERT_THAT(answer, IsOk());
  EXPECT_TRUE(answer->returned().value_ejson() == "7 -7 8 " || answer->returned().value_ejson() == "8 ")
      << answer->returned().value_ejson();
}

TEST_F(LocalFunctionExecutorTest, ADeadlineThatHasPassedIsARunTimeLimit) {
  CallContext call;
  call.deadline = absl::Now() - absl::Seconds(1);
  Answer answer = Execute(RequestFor("pid"), call);
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->failure().kind(), v1::Failure::KIND_RUN_TIME_LIMIT);
}

TEST_F(LocalFunctionExecutorTest, StoppingAnswersWhatIsUnderWay) {
  std::promise<Answer> promise;
  auto ask = [](LocalFunctionExecutor* executor, v1::ExecuteRequest request,
                std::promise<Answer>& promise) -> Task<void> {
    Body body;
    CallContext call;
    promise.set_value(co_await executor->Execute(std::move(request), std::move(body), std::move(call)));
  };
  ASSERT_THAT(Execute(RequestFor("pid")), IsOk());
  v1::ExecuteRequest request = RequestFor("mute");
  Detach(loops_.Get(1), ask(executor_.get(), std::move(request), promise));
  while (executor_->supervisor_for_testing().outstanding() == 0) std::this_thread::yield();
  executor_->Drain(absl::Now());
  executor_->Stop();
  Answer answer = promise.get_future().get();
  // It may have been stopped before the worker had taken it.
  EXPECT_TRUE(answer.ok() ? answer->failure().kind() == v1::Failure::KIND_WORKER_LOST
                          : ReasonOf(answer.status()) == "EXECUTOR_STOPPING")
      << answer.status();
}

}  // namespace
}  // namespace overlock::executor
