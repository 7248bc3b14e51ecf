#include "services/config/npm.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/status/status.h"

namespace overlock::config {
namespace {

namespace fs = std::filesystem;

constexpr absl::Duration kRunMax = absl::Minutes(5);
constexpr size_t kLastWordsBytes = 2000;

absl::Status Failed(std::string_view why) {
  return Error(absl::StatusCode::kFailedPrecondition, "NPM_FAILED", absl::StrCat("functions/package.json: npm ", why));
}

std::string LastWords(const fs::path& log) {
  std::ifstream stream(log, std::ios::binary);
  std::string words((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  return words.size() > kLastWordsBytes ? words.substr(words.size() - kLastWordsBytes) : words;
}

absl::StatusOr<pid_t> Spawn(const std::vector<std::string>& arguments, const fs::path& directory, const fs::path& log) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log.c_str(), O_WRONLY | O_CREAT, 0600);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  posix_spawn_file_actions_addchdir_np(&actions, directory.c_str());
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  // A group of its own: npm's children end with it.
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  pid_t pid = -1;
  int error = posix_spawnp(&pid, argv[0], &actions, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return Failed(absl::StrCat("cannot be run: ", std::strerror(error), "; is Node.js installed?"));
  return pid;
}

absl::Status Wait(pid_t pid, const fs::path& log) {
  const absl::Time deadline = absl::Now() + kRunMax;
  int status = 0;
  while (true) {
    pid_t ended = waitpid(pid, &status, WNOHANG);
    if (ended == pid) break;
    if (ended < 0 && errno != EINTR) return Failed(std::strerror(errno));
    if (absl::Now() > deadline) {
      kill(-pid, SIGKILL);
      waitpid(pid, &status, 0);
      return Failed(absl::StrCat("did not end within ", absl::FormatDuration(kRunMax), ":\n", LastWords(log)));
    }
    absl::SleepFor(absl::Milliseconds(20));
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return absl::OkStatus();
  return Failed(absl::StrCat("failed:\n", LastWords(log)));
}

}  // namespace

absl::StatusOr<NpmInstallation> NpmInstallation::Make(const fs::path& directory) {
  std::string root = (fs::temp_directory_path() / "overlock-npm-XXXXXX").string();
  if (mkdtemp(root.data()) == nullptr) return Failed(std::strerror(errno));
  NpmInstallation installation{fs::path(root)};
  std::error_code error;
  bool locked = false;
  for (const char* name : {"package.json", "package-lock.json", ".npmrc"}) {
    if (!fs::is_regular_file(directory / name, error)) continue;
    fs::copy_file(directory / name, installation.root_ / name, error);
    if (error) return Failed(absl::StrCat("needs ", name, ": ", error.message()));
    locked = locked || std::string_view(name) == "package-lock.json";
  }
  fs::path log = installation.root_ / "npm.log";
  OVERLOCK_ASSIGN_OR_RETURN(
      pid_t pid, Spawn({"npm", locked ? "ci" : "install", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund",
                        "--no-bin-links", "--no-update-notifier", "--loglevel=error"},
                       installation.root_, log));
  OVERLOCK_RETURN_IF_ERROR(Wait(pid, log));
  // npm leaves none where there is nothing to install.
  fs::create_directory(installation.node_modules(), error);
  return installation;
}

NpmInstallation::~NpmInstallation() {
  std::error_code ignored;
  if (!root_.empty()) fs::remove_all(root_, ignored);
}

}  // namespace overlock::config
