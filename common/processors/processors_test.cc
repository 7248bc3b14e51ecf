#include "common/processors/processors.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <thread>

namespace overlock {
namespace {

TEST(ProcessorsTest, OnlyThoseThatTheAffinityAllowsCount) {
  int all = AvailableProcessors();
  EXPECT_GE(all, 1);
  int on_one = 0;
  // A thread's affinity is its own.
  std::thread([&on_one] {
    cpu_set_t set;
    ASSERT_EQ(sched_getaffinity(0, sizeof(set), &set), 0);
    int first = 0;
    while (!CPU_ISSET(first, &set)) ++first;
    CPU_ZERO(&set);
    CPU_SET(first, &set);
    ASSERT_EQ(sched_setaffinity(0, sizeof(set), &set), 0);
    on_one = AvailableProcessors();
  }).join();
  EXPECT_EQ(on_one, 1);
  EXPECT_EQ(AvailableProcessors(), all);
}

TEST(ProcessorsTest, AQuotaIsRoundedUp) {
  EXPECT_EQ(QuotaProcessors("200000 100000\n"), 2);
  EXPECT_EQ(QuotaProcessors("200001 100000\n"), 3);
  EXPECT_EQ(QuotaProcessors("50000 100000\n"), 1);
  EXPECT_EQ(QuotaProcessors("1000 100000"), 1);
}

TEST(ProcessorsTest, WhatIsNoQuotaIsNoLimit) {
  for (const char* text : {"max 100000\n", "", "100000", "0 100000", "100000 0", "-1 100000", "a b", "1 2 3"}) {
    EXPECT_EQ(QuotaProcessors(text), 0) << text;
  }
}

TEST(ProcessorsTest, TheGroupOfTheUnifiedHierarchyIsFound) {
  EXPECT_EQ(UnifiedGroup("0::/\n"), "/");
  EXPECT_EQ(UnifiedGroup("1:cpu:/old\n0::/kubepods/pod1\n"), "/kubepods/pod1");
  EXPECT_EQ(UnifiedGroup("1:cpu:/old\n"), "");
  EXPECT_EQ(UnifiedGroup(""), "");
}

}  // namespace
}  // namespace overlock
