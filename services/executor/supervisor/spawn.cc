#include "services/executor/supervisor/spawn.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"

namespace overlock::executor {
namespace {

// Above every number that the child's own descriptors get, so that no dup2 hits another's source.
constexpr int kSourceFdMin = 16;

absl::Status Failed(std::string_view what) {
  return Error(absl::StatusCode::kUnavailable, "WORKER_START_FAILED",
               absl::StrCat("worker: ", what, ": ", std::strerror(errno)));
}

absl::StatusOr<std::shared_ptr<StatusPage>> MapPage(int fd) {
  if (ftruncate(fd, sizeof(StatusPage)) != 0 ||
      fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0) {
    return Failed("status page");
  }
  void* memory = mmap(nullptr, sizeof(StatusPage), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) return Failed("mmap of the status page");
  // Without parentheses: those would write zeros over all of it, which is zero and mostly never used.
  return std::shared_ptr<StatusPage>(new (memory) StatusPage,
                                     [](StatusPage* page) { munmap(page, sizeof(StatusPage)); });
}

// Attributes and file actions that free themselves.
class SpawnSetup {
 public:
  SpawnSetup() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
  }
  ~SpawnSetup() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }

  // 0 or an errno.
  int Spawn(const std::string& binary, int channel_fd, int page_fd, pid_t* pid) {
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions_, channel_fd, kWorkerChannelFd);
    posix_spawn_file_actions_adddup2(&actions_, page_fd, kWorkerStatusPageFd);
    posix_spawn_file_actions_addclosefrom_np(&actions_, kWorkerStatusPageFd + 1);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    char* arguments[] = {const_cast<char*>("overlock-worker"), nullptr};
    char* environment[] = {nullptr};
    return posix_spawn(pid, binary.c_str(), &actions_, &attributes_, arguments, environment);
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

}  // namespace

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) close(fd_);
    fd_ = other.release();
  }
  return *this;
}

Fd::~Fd() {
  if (fd_ >= 0) close(fd_);
}

int Fd::release() { return std::exchange(fd_, -1); }

SpawnedWorker::~SpawnedWorker() {
  if (pid.value <= 0) return;
  kill(pid.value, SIGKILL);
  waitpid(pid.value, nullptr, 0);
}

absl::StatusOr<SpawnedWorker> SpawnWorker(const std::string& binary) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) return Failed("socketpair");
  SpawnedWorker worker;
  worker.channel = Fd(ends[0]);
  Fd theirs(ends[1]);
  Fd page(memfd_create("overlock-status", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (page.get() < 0) return Failed("memfd_create");
  OVERLOCK_ASSIGN_OR_RETURN(worker.page, MapPage(page.get()));

  // Blocking or not is a matter of each end of a socket; the worker chooses for its own.
  fcntl(theirs.get(), F_SETFL, fcntl(theirs.get(), F_GETFL) & ~O_NONBLOCK);
  Fd channel_source(fcntl(theirs.get(), F_DUPFD_CLOEXEC, kSourceFdMin));
  Fd page_source(fcntl(page.get(), F_DUPFD_CLOEXEC, kSourceFdMin));
  if (channel_source.get() < 0 || page_source.get() < 0) return Failed("dup");

  SpawnSetup setup;
  errno = setup.Spawn(binary, channel_source.get(), page_source.get(), &worker.pid.value);
  if (errno != 0) return Failed(binary);
  worker.pidfd = Fd(static_cast<int>(syscall(SYS_pidfd_open, worker.pid.value, 0)));
  if (worker.pidfd.get() < 0) return Failed("pidfd_open");
  return worker;
}

std::string BesideThisProgram(const std::string& name) {
  char path[4096];
  ssize_t bytes = readlink("/proc/self/exe", path, sizeof(path));
  if (bytes <= 0) return name;
  std::string_view program(path, static_cast<size_t>(bytes));
  return absl::StrCat(program.substr(0, program.rfind('/') + 1), name);
}

}  // namespace overlock::executor
