#include "services/executor/supervisor/worker_end.h"

#include <signal.h>

#include "gtest/gtest.h"

namespace overlock::executor {
namespace {

constexpr int64_t kMemory = int64_t{256} << 20;

TEST(WorkerEndTest, WhatTheSupervisorKilledForSaysWhichLimit) {
  EXPECT_EQ(JudgeEnd(Doom::kCpuTime, {SIGKILL, 0}, false, kMemory).kind, v1::Failure::KIND_CPU_TIME_LIMIT);
  EXPECT_EQ(JudgeEnd(Doom::kRunTime, {SIGKILL, 0}, false, kMemory).kind, v1::Failure::KIND_RUN_TIME_LIMIT);
  WorkerEnd memory = JudgeEnd(Doom::kMemory, {SIGKILL, 0}, false, kMemory);
  EXPECT_EQ(memory.kind, v1::Failure::KIND_MEMORY_LIMIT);
  EXPECT_EQ(memory.message, "memory limit of 256 MiB exceeded");
  EXPECT_TRUE(memory.blame);
}

TEST(WorkerEndTest, ACrashOfV8IsAMemoryLimitOfTheFunctionThatRan) {
  for (int signal : {SIGABRT, SIGTRAP, SIGILL, SIGSEGV, SIGBUS}) {
    WorkerEnd end = JudgeEnd(Doom::kNone, {signal, 0}, false, kMemory);
    EXPECT_EQ(end.kind, v1::Failure::KIND_MEMORY_LIMIT) << signal;
    EXPECT_TRUE(end.blame) << signal;
  }
}

TEST(WorkerEndTest, AForbiddenSystemCallIsNotAMemoryLimitButIsBlamed) {
  WorkerEnd end = JudgeEnd(Doom::kNone, {SIGSYS, 0}, false, kMemory);
  EXPECT_EQ(end.kind, v1::Failure::KIND_WORKER_LOST);
  EXPECT_TRUE(end.blame);
}

TEST(WorkerEndTest, AKillFromOutsideIsBlamedOnlyWhenTheMemoryHadGrownBeyondItsLimit) {
  EXPECT_FALSE(JudgeEnd(Doom::kNone, {SIGKILL, 0}, false, kMemory).blame);
  EXPECT_EQ(JudgeEnd(Doom::kNone, {SIGKILL, 0}, false, kMemory).kind, v1::Failure::KIND_WORKER_LOST);
  EXPECT_TRUE(JudgeEnd(Doom::kNone, {SIGKILL, 0}, true, kMemory).blame);
  EXPECT_EQ(JudgeEnd(Doom::kNone, {SIGKILL, 0}, true, kMemory).kind, v1::Failure::KIND_MEMORY_LIMIT);
}

TEST(WorkerEndTest, TheKernelsWordThatMemoryWasOutIsTheMemoryLimit) {
  WorkerEnd end = JudgeEnd(Doom::kNone, {.signal = SIGKILL, .out_of_memory = true}, false, kMemory);
  EXPECT_EQ(end.kind, v1::Failure::KIND_MEMORY_LIMIT);
  EXPECT_EQ(end.message, "memory limit of 256 MiB exceeded");
  EXPECT_TRUE(end.blame);
}

TEST(WorkerEndTest, AnExitOfItsOwnTellsTheCode) {
  WorkerEnd end = JudgeEnd(Doom::kNone, {0, 7}, false, kMemory);
  EXPECT_EQ(end.kind, v1::Failure::KIND_WORKER_LOST);
  EXPECT_EQ(end.message, "the worker ended by itself with code 7");
}

}  // namespace
}  // namespace overlock::executor
