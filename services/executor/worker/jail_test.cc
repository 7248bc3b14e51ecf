#include "services/executor/worker/jail.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <thread>

#include "gtest/gtest.h"
#include "services/executor/channel/status_page.h"

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

// Each of these ends the process before it has any effect.
TEST(JailTest, EndsWhoeverMakesAForbiddenCall) {
  struct {
    const char* what;
    long call;
    long arguments[4];
  } const rows[] = {
      {"a socket", SYS_socket, {AF_INET, SOCK_STREAM, 0}},
      {"a pair of sockets", SYS_socketpair, {AF_UNIX, SOCK_STREAM, 0}},
      {"a connection", SYS_connect, {kWorkerChannelFd, 0, 0}},
      {"a message with descriptors", SYS_sendmsg, {kWorkerChannelFd, 0, 0}},
      {"descriptors of a message", SYS_recvmsg, {kWorkerChannelFd, 0, 0}},
      {"a process", SYS_clone, {SIGCHLD, 0, 0, 0}},
      {"a process that shares memory", SYS_clone, {CLONE_VM | SIGCHLD, 0, 0, 0}},
#ifdef SYS_vfork
      {"vfork", SYS_vfork, {}},
      {"fork", SYS_fork, {}},
#endif
      {"a program", SYS_execve, {0, 0, 0}},
      {"a program of a descriptor", SYS_execveat, {kWorkerChannelFd, 0, 0, 0}},
      {"a file of memory to execute", SYS_memfd_create, {0, 0}},
      {"tracing", SYS_ptrace, {0, 0, 0, 0}},
      {"another's memory, read", SYS_process_vm_readv, {1, 0, 0, 0}},
      {"another's memory, written", SYS_process_vm_writev, {1, 0, 0, 0}},
      {"a signal", SYS_kill, {1, 0}},
      {"a signal to a thread", SYS_tkill, {1, 0}},
      {"a signal to another's thread", SYS_tgkill, {1, 1, 0}},
      {"a signal with a value", SYS_rt_sigqueueinfo, {1, 0, 0}},
      {"a signal through a descriptor", SYS_pidfd_send_signal, {kWorkerChannelFd, 0, 0, 0}},
      {"a descriptor of a process", SYS_pidfd_open, {1, 0}},
      {"a descriptor of another's", SYS_pidfd_getfd, {kWorkerChannelFd, 0, 0}},
      {"signals of a socket to another", SYS_fcntl, {kWorkerChannelFd, F_SETOWN, 1}},
      {"a copy of a descriptor", SYS_fcntl, {kWorkerChannelFd, F_DUPFD, 100}},
      {"dup3", SYS_dup3, {kWorkerChannelFd, 100, 0}},
      {"io_uring", SYS_io_uring_setup, {8, 0}},
      {"userfaultfd", SYS_userfaultfd, {0}},
      {"bpf", SYS_bpf, {0, 0, 0}},
      {"keys", SYS_keyctl, {0, 0}},
      {"a key", SYS_add_key, {0, 0, 0, 0}},
      {"performance events", SYS_perf_event_open, {0, 0, 0, 0}},
      {"openat2", SYS_openat2, {0, 0, 0, 0}},
      {"a handle of a file", SYS_open_by_handle_at, {0, 0, 0}},
      {"a new file", SYS_mknodat, {0, 0, 0, 0}},
      {"removing a file", SYS_unlinkat, {0, 0, 0}},
      {"another root", SYS_chroot, {0}},
      {"mounting", SYS_mount, {0, 0, 0, 0}},
      {"a name space", SYS_unshare, {CLONE_NEWUSER}},
      {"another's name space", SYS_setns, {kWorkerChannelFd, 0}},
      {"another user", SYS_setuid, {0}},
      {"other limits", SYS_prlimit64, {0, 0, 0, 0}},
      {"another seccomp filter", SYS_seccomp, {0, 0, 0}},
      {"memory of another key", SYS_shmget, {0, 4096, 0}},
      {"a module", SYS_finit_module, {kWorkerChannelFd, 0, 0}},
  };
  for (const auto& row : rows) {
    Outcome outcome = InJail([&row] {
      const long* a = row.arguments;
      syscall(row.call, a[0], a[1], a[2], a[3]);
      return 0;
    });
    EXPECT_EQ(outcome.signal, SIGSYS) << row.what;
  }
}

#ifdef __x86_64__
TEST(JailTest, EndsWhoeverCallsAsAnotherArchitecture) {
  Outcome outcome = InJail([] {
    long result = 20;  // getpid, by its number of 32 bits.
    asm volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
    return 0;
  });
  EXPECT_NE(outcome.signal, 0);
}
#endif

TEST(JailTest, GainsNoPrivilegesAndShowsItsMemoryToNobody) {
  Outcome outcome = InJail([] { return 0; });
  EXPECT_EQ(outcome.signal, 0);
  pid_t child = fork();
  if (child == 0) {
    bool closed = LeaveTheWorld().ok();
    _exit(closed && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 && prctl(PR_GET_DUMPABLE) == 0 ? 7 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 7);
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
