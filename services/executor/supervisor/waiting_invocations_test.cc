#include "services/executor/supervisor/waiting_invocations.h"

#include <string>
#include <utility>

#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace overlock::executor {
namespace {

using testing::ElementsAre;

class WaitingInvocationsTest : public testing::Test {
 protected:
  InvocationPtr Make(std::shared_ptr<AppState> app, std::string name, int64_t deadline_ns = 100) {
    auto invocation = std::make_shared<Invocation>();
    invocation->app = std::move(app);
    invocation->request_id = std::move(name);
    invocation->deadline_ns = deadline_ns;
    invocation->request_bytes = 10;
    return invocation;
  }
  std::vector<std::string> SendAll() {
    std::vector<std::string> sent;
    waiting_.SendEach([&](const InvocationPtr& invocation) {
      sent.push_back(invocation->request_id);
      return true;
    });
    return sent;
  }

  SupervisorOptions options_;
  WaitingInvocations waiting_{options_};
  std::shared_ptr<AppState> a_ = std::make_shared<AppState>("a");
  std::shared_ptr<AppState> b_ = std::make_shared<AppState>("b");
};

TEST_F(WaitingInvocationsTest, ApplicationsTakeTurns) {
  for (const char* name : {"a1", "a2", "a3"}) ASSERT_THAT(waiting_.Push(Make(a_, name)), IsOk());
  for (const char* name : {"b1", "b2"}) ASSERT_THAT(waiting_.Push(Make(b_, name)), IsOk());
  EXPECT_EQ(waiting_.items(), 5);
  EXPECT_THAT(SendAll(), ElementsAre("a1", "b1", "a2", "b2", "a3"));
  EXPECT_EQ(waiting_.items(), 0);
}

TEST_F(WaitingInvocationsTest, AnApplicationThatIsRefusedDoesNotHoldUpTheOther) {
  ASSERT_THAT(waiting_.Push(Make(a_, "a1")), IsOk());
  ASSERT_THAT(waiting_.Push(Make(b_, "b1")), IsOk());
  ASSERT_THAT(waiting_.Push(Make(b_, "b2")), IsOk());
  std::vector<std::string> sent;
  waiting_.SendEach([&](const InvocationPtr& invocation) {
    if (invocation->app == a_) return false;
    sent.push_back(invocation->request_id);
    return true;
  });
  EXPECT_THAT(sent, ElementsAre("b1", "b2"));
  EXPECT_EQ(waiting_.items(), 1);
}

TEST_F(WaitingInvocationsTest, WhatIsPutBackComesFirstAndInOrder) {
  ASSERT_THAT(waiting_.Push(Make(a_, "a3")), IsOk());
  waiting_.PutBack({Make(a_, "a1"), Make(a_, "a2")});
  EXPECT_THAT(SendAll(), ElementsAre("a1", "a2", "a3"));
}

TEST_F(WaitingInvocationsTest, RefusesBeyondTheBoundOfOneApplication) {
  options_.app_queue_items_max = 1;
  ASSERT_THAT(waiting_.Push(Make(a_, "a1")), IsOk());
  EXPECT_THAT(waiting_.Push(Make(a_, "a2")), StatusIs(absl::StatusCode::kResourceExhausted, "APP_OVER_SHARE"));
  EXPECT_THAT(waiting_.Push(Make(b_, "b1")), IsOk());
}

TEST_F(WaitingInvocationsTest, RefusesBeyondTheBoundOfAll) {
  options_.queue_items_max = 1;
  ASSERT_THAT(waiting_.Push(Make(a_, "a1")), IsOk());
  EXPECT_THAT(waiting_.Push(Make(b_, "b1")), StatusIs(absl::StatusCode::kUnavailable, "EXECUTOR_FULL"));
}

TEST_F(WaitingInvocationsTest, RefusesBeyondTheBoundOfBytes) {
  options_.queue_bytes_max = 15;
  ASSERT_THAT(waiting_.Push(Make(a_, "a1")), IsOk());
  EXPECT_THAT(waiting_.Push(Make(b_, "b1")), StatusIs(absl::StatusCode::kUnavailable, "EXECUTOR_FULL"));
  EXPECT_THAT(SendAll(), ElementsAre("a1"));
  EXPECT_THAT(waiting_.Push(Make(b_, "b1")), IsOk());
}

TEST_F(WaitingInvocationsTest, GivesOutWhatIsOverdueAndKeepsTheRest) {
  ASSERT_THAT(waiting_.Push(Make(a_, "early", 50)), IsOk());
  ASSERT_THAT(waiting_.Push(Make(a_, "late", 70)), IsOk());
  ASSERT_THAT(waiting_.Push(Make(b_, "early too", 50)), IsOk());
  std::vector<InvocationPtr> overdue = waiting_.TakeOverdue(60);
  ASSERT_EQ(overdue.size(), 2u);
  EXPECT_EQ(waiting_.items(), 1);
  EXPECT_THAT(SendAll(), ElementsAre("late"));
}

TEST_F(WaitingInvocationsTest, RemovesOneThatIsNotWantedAnyMore) {
  InvocationPtr invocation = Make(a_, "a1");
  ASSERT_THAT(waiting_.Push(invocation), IsOk());
  EXPECT_TRUE(waiting_.Remove(invocation));
  EXPECT_FALSE(waiting_.Remove(invocation));
  EXPECT_EQ(waiting_.items(), 0);
}

}  // namespace
}  // namespace overlock::executor
