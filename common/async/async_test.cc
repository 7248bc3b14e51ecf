#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include "common/async/await_at_most.h"
#include "common/async/block_on.h"
#include "common/async/blocking_pool.h"
#include "common/async/event_loops.h"
#include "common/async/suspend.h"
#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace overlock {
namespace {

TEST(SuspendTest, ResumesOnTheCoroutinesOwnThreadWhenAnotherThreadAnswers) {
  std::thread other;
  auto ask = [&other]() -> Task<std::pair<std::string, std::thread::id>> {
    auto start = [&other](auto resume) {
      other = std::thread([resume = std::move(resume)]() mutable { resume(std::string("answer")); });
    };
    std::string answer = co_await Suspend<std::string>(start);
    co_return std::make_pair(answer, std::this_thread::get_id());
  };
  auto [answer, thread] = BlockOn(ask());
  other.join();
  EXPECT_EQ(answer, "answer");
  EXPECT_EQ(thread, std::this_thread::get_id());
}

TEST(BlockingPoolTest, RunsWorkOnItsOwnThread) {
  BlockingPool pool(1, 10);
  auto work = [] { return absl::StatusOr<std::thread::id>(std::this_thread::get_id()); };
  absl::StatusOr<std::thread::id> id = BlockOn(pool.Run(work));
  ASSERT_THAT(id, IsOk());
  EXPECT_NE(*id, std::this_thread::get_id());
}

TEST(BlockingPoolTest, RefusesWorkWhenItsQueueIsFull) {
  BlockingPool pool(1, 0);
  auto work = [] { return absl::OkStatus(); };
  EXPECT_THAT(BlockOn(pool.Run(work)), StatusIs(absl::StatusCode::kResourceExhausted, "QUEUE_FULL"));
}

TEST(EventLoopsTest, RunsDetachedTasksOnTheLoopThatWasAskedFor) {
  EventLoops loops(2);
  std::promise<std::thread::id> first, second, again;
  auto tell = [](std::promise<std::thread::id>& where) -> Task<void> {
    where.set_value(std::this_thread::get_id());
    co_return;
  };
  Detach(loops.Get(0), tell(first));
  Detach(loops.Get(1), tell(second));
  Detach(loops.Get(0), tell(again));
  std::thread::id id = first.get_future().get();
  EXPECT_NE(id, second.get_future().get());
  EXPECT_EQ(id, again.get_future().get());
}

Task<void> EndAtOnce() { co_return; }

TEST(AwaitAtMostTest, WaitsForATaskThatEnds) {
  EXPECT_TRUE(BlockOn(AwaitAtMost(absl::Hours(1), EndAtOnce())));
  std::thread other;
  auto start = [&other](auto resume) { other = std::thread([resume = std::move(resume)]() mutable { resume(true); }); };
  auto wait = [&start]() -> Task<void> { co_await Suspend<bool>(start); };
  EXPECT_TRUE(BlockOn(AwaitAtMost(absl::Hours(1), wait())));
  other.join();
}

TEST(AwaitAtMostTest, LetsATaskGoOnThatTakesTooLong) {
  EventLoops loops(1);
  std::promise<bool> in_time, ended;
  std::function<void(bool)> end;
  auto task = [](std::function<void(bool)>& end, std::promise<bool>& ended) -> Task<void> {
    auto start = [&end](auto resume) {
      end = [resume = std::make_shared<decltype(resume)>(std::move(resume))](bool value) { (*resume)(value); };
    };
    bool value = co_await Suspend<bool>(start);
    ended.set_value(value);
  };
  auto wait = [](Task<void> task, std::promise<bool>& in_time) -> Task<void> {
    bool result = co_await AwaitAtMost(absl::ZeroDuration(), std::move(task));
    in_time.set_value(result);
  };
  Detach(loops.Get(0), wait(task(end, ended), in_time));
  EXPECT_FALSE(in_time.get_future().get());
  end(true);
  EXPECT_TRUE(ended.get_future().get());
}

}  // namespace
}  // namespace overlock
