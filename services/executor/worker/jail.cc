#include "services/executor/worker/jail.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "services/executor/channel/status_page.h"

namespace overlock::executor {
namespace {

absl::Status Refused(std::string_view what, int error) {
  return Error(absl::StatusCode::kFailedPrecondition, "JAIL_FAILED", absl::StrCat(what, ": ", std::strerror(error)));
}

constexpr int kAllowed[] = {
    // Memory. PROT_EXEC stays allowed: the just-in-time compiler needs it.
    SCMP_SYS(brk),
    SCMP_SYS(mmap),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(mprotect),
    SCMP_SYS(madvise),
    SCMP_SYS(pkey_alloc),
    SCMP_SYS(pkey_free),
    SCMP_SYS(pkey_mprotect),
    // Threads.
    SCMP_SYS(futex),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(gettid),
    SCMP_SYS(getpid),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(membarrier),
    // Signals, for the process's own end by abort().
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(restart_syscall),
    // Clocks and waiting.
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(getrandom),
    SCMP_SYS(getrusage),
    SCMP_SYS(sysinfo),
    // What is open already.
    SCMP_SYS(read),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(close),
};

// What the C library may try and can do without.
struct Denied {
  int call;
  int error;
};
constexpr Denied kDenied[] = {
    // It takes its arguments in memory, where a filter cannot look; the C library then uses clone.
    {SCMP_SYS(clone3), ENOSYS}, {SCMP_SYS(openat), EACCES},   {SCMP_SYS(open), EACCES}, {SCMP_SYS(newfstatat), EACCES},
    {SCMP_SYS(fstat), EACCES},  {SCMP_SYS(readlink), EACCES}, {SCMP_SYS(uname), EPERM}, {SCMP_SYS(prctl), EPERM},
    {SCMP_SYS(ioctl), ENOTTY},  {SCMP_SYS(lseek), ESPIPE},
};

int AddRules(scmp_filter_ctx filter) {
  for (int call : kAllowed) {
    if (int error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0); error != 0) return error;
  }
  for (const Denied& denied : kDenied) {
    auto action = SCMP_ACT_ERRNO(static_cast<uint32_t>(denied.error));
    if (int error = seccomp_rule_add(filter, action, denied.call, 0); error != 0) return error;
  }
  // Not who gets a signal when there is something to read: that could be any process of the same user.
  for (int command : {F_GETFD, F_GETFL, F_SETFL}) {
    int error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1,
                                 SCMP_A1(SCMP_CMP_EQ, static_cast<scmp_datum_t>(command)));
    if (error != 0) return error;
  }
  // Threads, not processes.
  int error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
                               SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
  if (error != 0) return error;
  // abort() sends itself a signal; nobody else gets one.
  return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
                          SCMP_A0(SCMP_CMP_EQ, static_cast<scmp_datum_t>(getpid())));
}

}  // namespace

absl::Status LeaveTheWorld() {
  // In a container the parent itself is process 1. One that ended before this line has closed the channel, which is
  // noticed.
  const pid_t parent = getppid();
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return Refused("parent death signal", errno);
  // The parent may have ended before the line above.
  if (getppid() != parent) return Refused("parent", ESRCH);
  rlimit none = {0, 0};
  if (setrlimit(RLIMIT_CORE, &none) != 0) return Refused("core limit", errno);
  if (prctl(PR_SET_DUMPABLE, 0) != 0) return Refused("dumpable", errno);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return Refused("no new privileges", errno);
  close(STDIN_FILENO);
  close(STDOUT_FILENO);
  if (syscall(SYS_close_range, kWorkerStatusPageFd + 1, ~0U, 0) != 0) return Refused("descriptors", errno);
  return absl::OkStatus();
}

absl::Status CloseJail() {
  std::unique_ptr<void, decltype(&seccomp_release)> filter(seccomp_init(SCMP_ACT_KILL_PROCESS), seccomp_release);
  if (filter == nullptr) return Refused("seccomp filter", ENOMEM);
  if (int error = seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1); error != 0) return Refused("tsync", -error);
  if (int error = AddRules(filter.get()); error != 0) return Refused("seccomp rule", -error);
  if (int error = seccomp_load(filter.get()); error != 0) return Refused("seccomp", -error);
  return absl::OkStatus();
}

}  // namespace overlock::executor
