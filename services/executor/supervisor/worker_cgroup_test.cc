#include "services/executor/supervisor/worker_cgroup.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace overlock::executor {
namespace {

// Plain files in the place of the kernel's.
class WorkerCgroupTest : public testing::Test {
 protected:
  WorkerCgroupTest() {
    std::string pattern = testing::TempDir() + "/cgroupXXXXXX";
    place_ = {mkdtemp(pattern.data()), "/own"};
    Put("own/cgroup.controllers", "cpu memory pids\n");
    Put("own/cgroup.procs", absl::StrCat(getpid(), "\n"));
    Put("own/cgroup.subtree_control", "");
    Put("own/main/cgroup.procs", "");
    for (const char* file : {"cgroup.procs", "memory.max", "memory.swap.max"}) {
      Put(absl::StrCat("own/worker-1/", file), "");
    }
    Put("own/worker-1/memory.events", "low 0\noom 3\noom_kill 0\n");
  }
  ~WorkerCgroupTest() override { std::filesystem::remove_all(place_.mount); }

  void Put(const std::string& file, const std::string& text) {
    std::filesystem::path path = place_.mount + "/" + file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  std::string Text(const std::string& file) {
    std::ifstream in(place_.mount + "/" + file);
    return std::string(std::istreambuf_iterator<char>(in), {});
  }

  WorkerCgroups::Place place_;
};

TEST_F(WorkerCgroupTest, DividesTheGroupOfAProcessThatIsAlone) {
  absl::StatusOr<std::shared_ptr<WorkerCgroups>> groups = WorkerCgroups::Open(place_);
  ASSERT_THAT(groups, IsOk());
  EXPECT_EQ(Text("own/main/cgroup.procs"), absl::StrCat(getpid()));
  EXPECT_EQ(Text("own/cgroup.subtree_control"), "+memory");

  absl::StatusOr<std::unique_ptr<WorkerCgroup>> group = (*groups)->Make();
  ASSERT_THAT(group, IsOk());
  EXPECT_THAT((*group)->SetMemoryMax(123 << 20), IsOk());
  EXPECT_THAT((*group)->Add(4321), IsOk());
  EXPECT_EQ(Text("own/worker-1/memory.max"), absl::StrCat(123 << 20));
  EXPECT_EQ(Text("own/worker-1/memory.swap.max"), "0");
  EXPECT_EQ(Text("own/worker-1/cgroup.procs"), "4321");
  EXPECT_FALSE((*group)->HadOutOfMemoryKill());
  Put("own/worker-1/memory.events", "low 0\noom 3\noom_kill 1\n");
  EXPECT_TRUE((*group)->HadOutOfMemoryKill());
}

TEST_F(WorkerCgroupTest, ChangesNothingWhereItCannot) {
  Put("own/cgroup.procs", absl::StrCat(getpid(), "\n1\n"));
  EXPECT_THAT(WorkerCgroups::Open(place_), StatusIs(absl::StatusCode::kFailedPrecondition, "NO_CGROUP"));
  EXPECT_EQ(Text("own/main/cgroup.procs"), "") << "it would part from processes that belong to it";
  Put("own/cgroup.procs", absl::StrCat(getpid(), "\n"));
  Put("own/cgroup.controllers", "cpu pids\n");
  EXPECT_THAT(WorkerCgroups::Open(place_), StatusIs(absl::StatusCode::kFailedPrecondition, "NO_CGROUP"));
  EXPECT_EQ(Text("own/main/cgroup.procs"), "");
  Put("own/cgroup.controllers", "memory\n");
  std::filesystem::remove(place_.mount + "/own/cgroup.subtree_control");
  EXPECT_THAT(WorkerCgroups::Open(place_), StatusIs(absl::StatusCode::kFailedPrecondition, "NO_CGROUP"));
  EXPECT_EQ(Text("own/cgroup.procs"), absl::StrCat(getpid())) << "it went back";
}

TEST_F(WorkerCgroupTest, SaysWhenAGroupCannotBeMade) {
  absl::StatusOr<std::shared_ptr<WorkerCgroups>> groups = WorkerCgroups::Open(place_);
  ASSERT_THAT(groups, IsOk());
  std::filesystem::remove_all(place_.mount + "/own");
  EXPECT_THAT((*groups)->Make(), StatusIs(absl::StatusCode::kFailedPrecondition, "NO_CGROUP"));
}

// In a child process, because it moves the process that does it.
TEST(WorkerCgroupKernelTest, TheKernelEndsAProcessBeyondItsLimit) {
  constexpr int kSkip = 77;
  pid_t parent = fork();
  if (parent == 0) {
    auto place = WorkerCgroups::FindPlace();
    auto groups = place.ok() ? WorkerCgroups::Open(*place) : place.status();
    auto group = groups.ok() ? (*groups)->Make() : groups.status();
    if (!group.ok() || !(*group)->SetMemoryMax(32 << 20).ok()) _exit(kSkip);
    int go[2];
    if (pipe(go) != 0) _exit(1);
    pid_t child = fork();
    if (child == 0) {
      char byte;
      if (read(go[0], &byte, 1) != 1) _exit(1);
      constexpr size_t kBytes = 128 << 20;
      void* memory = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      if (memory != MAP_FAILED) memset(memory, 1, kBytes);
      _exit(0);
    }
    if (!(*group)->Add(child).ok()) _exit(1);
    if (write(go[1], "g", 1) != 1) _exit(1);
    int status = 0;
    waitpid(child, &status, 0);
    _exit(WIFSIGNALED(status) && (*group)->HadOutOfMemoryKill() ? 0 : 2);
  }
  int status = 0;
  waitpid(parent, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == kSkip) GTEST_SKIP() << "SKIPPED: no cgroup of version 2 that is ours to divide";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace overlock::executor
