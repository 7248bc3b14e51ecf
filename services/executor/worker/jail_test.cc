#include "services/executor/worker/jail.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <thread>

#include "gtest/gtest.h"

namespace overlock::executor {
namespace {

// Runs `attempt` in a child process that is in the jail: the signal that ended it, or the attempt's result.
struct Outcome {
  int signal = 0;
  int result = 0;
};
Outcome InJail(const std::function<int()>& attempt) {
  pid_t child = fork();
  if (child == 0) {
    if (!LeaveTheWorld().ok() || !CloseJail().ok()) _exit(99);
    _exit(attempt());
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? Outcome{WTERMSIG(status), 0} : Outcome{0, WEXITSTATUS(status)};
}

TEST(JailTest, RefusesToOpenFiles) {
  Outcome outcome = InJail([] { return open("/proc/self/status", O_RDONLY) == -1 && errno == EACCES ? 7 : 1; });
  EXPECT_EQ(outcome.signal, 0);
  EXPECT_EQ(outcome.result, 7);
}

TEST(JailTest, EndsWhoeverMakesASocket) {
  EXPECT_EQ(InJail([] { return socket(AF_INET, SOCK_STREAM, 0); }).signal, SIGSYS);
}

TEST(JailTest, EndsWhoeverStartsAProcess) {
  EXPECT_EQ(InJail([] { return fork() == 0 ? 0 : 1; }).signal, SIGSYS);
  EXPECT_EQ(InJail([] {
              char* argv[] = {nullptr};
              return execve("/bin/true", argv, argv);
            }).signal,
            SIGSYS);
}

TEST(JailTest, EndsWhoeverSignalsAnotherProcess) {
  EXPECT_EQ(InJail([] { return kill(getppid(), 0); }).signal, SIGSYS);
  EXPECT_EQ(InJail([] { return static_cast<int>(syscall(SYS_tgkill, getppid(), getppid(), 0)); }).signal, SIGSYS);
}

TEST(JailTest, EndsWhoeverReadsAnotherProcessesMemory) {
  EXPECT_EQ(InJail([] {
              return static_cast<int>(syscall(SYS_process_vm_readv, getppid(), nullptr, 0, nullptr, 0, 0));
            }).signal,
            SIGSYS);
}

TEST(JailTest, LeavesThreadsAndMemoryToTheProcess) {
  Outcome outcome = InJail([] {
    int result = 0;
    std::thread([&] { result = 7; }).join();
    return result;
  });
  EXPECT_EQ(outcome.signal, 0);
  EXPECT_EQ(outcome.result, 7);
}

TEST(JailTest, HoldsForThreadsThatRanBefore) {
  pid_t child = fork();
  if (child == 0) {
    std::atomic<bool> closed = false;
    std::thread earlier([&] {
      closed.wait(false);
      socket(AF_INET, SOCK_STREAM, 0);
    });
    if (!LeaveTheWorld().ok() || !CloseJail().ok()) _exit(99);
    closed = true;
    closed.notify_one();
    earlier.join();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGSYS);
}

TEST(JailTest, KeepsNoOtherDescriptorAndNoCoreFile) {
  int extra = dup2(STDERR_FILENO, 50);
  Outcome outcome = InJail([&] { return fcntl(extra, F_GETFD) == -1 && fcntl(STDERR_FILENO, F_GETFD) == 0 ? 7 : 1; });
  close(extra);
  EXPECT_EQ(outcome.result, 7);
}

}  // namespace
}  // namespace overlock::executor
