#include "services/overlock/temporary_server.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>
#include <system_error>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "common/status/status.h"

namespace overlock {
namespace {

constexpr absl::Duration kReadyMax = absl::Seconds(60);

absl::Status NotStarted(std::string_view why) {
  return Error(absl::StatusCode::kFailedPrecondition, "SERVER_NOT_STARTED",
               absl::StrCat("the server for --app_dir did not start: ", why));
}

absl::StatusOr<pid_t> Spawn(const std::vector<std::string>& arguments, int output_fd, const std::string& log_path) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output_fd, STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log_path.c_str(), O_WRONLY | O_CREAT, 0600);
  pid_t pid = -1;
  int error = posix_spawn(&pid, "/proc/self/exe", &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return NotStarted(std::strerror(error));
  return pid;
}

// The lines that are no log lines: what the import had to say, and why the server ended.
std::string LastWords(const std::string& log_path) {
  std::ifstream file(log_path);
  std::string words;
  for (std::string line; std::getline(file, line);) {
    if (!absl::StartsWith(line, "{\"")) absl::StrAppend(&words, words.empty() ? "" : "\n", line);
  }
  return words;
}

}  // namespace

absl::StatusOr<std::unique_ptr<TemporaryServer>> TemporaryServer::Start(const std::string& app_dir) {
  std::string directory = (std::filesystem::temp_directory_path() / "overlock-run-XXXXXX").string();
  if (mkdtemp(directory.data()) == nullptr) return NotStarted(std::strerror(errno));
  int pipe_fds[2];
  if (pipe2(pipe_fds, O_CLOEXEC) != 0) return NotStarted(std::strerror(errno));
  const std::string log_path = directory + "/log";
  absl::StatusOr<pid_t> pid =
      Spawn({"overlock", "serve", "--app=" + app_dir, "--data_dir=" + directory + "/data", "--edge_listen=127.0.0.1:0",
             "--config_listen=127.0.0.1:0", "--metrics_listen=127.0.0.1:0"},
            pipe_fds[1], log_path);
  close(pipe_fds[1]);
  absl::Status ready = pid.status();
  std::unique_ptr<TemporaryServer> server;
  if (pid.ok()) {
    server.reset(new TemporaryServer(*pid, directory));
    ready = server->WaitUntilReady(pipe_fds[0], log_path);
  }
  close(pipe_fds[0]);
  if (!ready.ok()) return ready;
  return server;
}

absl::Status TemporaryServer::WaitUntilReady(int output_fd, const std::string& log_path) {
  const absl::Time deadline = absl::Now() + kReadyMax;
  std::string output;
  while (true) {
    // The line of the metrics is the last one.
    if (size_t at = output.find("\nmetrics "); at != std::string::npos && output.find('\n', at + 1) != output.npos)
      break;
    pollfd readable = {output_fd, POLLIN, 0};
    int left_ms = static_cast<int>(absl::ToInt64Milliseconds(deadline - absl::Now()));
    if (left_ms <= 0 || (poll(&readable, 1, left_ms) == 0)) {
      return Error(absl::StatusCode::kDeadlineExceeded, "SERVER_NOT_STARTED",
                   absl::StrCat("the server for --app_dir was not ready within ", absl::FormatDuration(kReadyMax)));
    }
    char bytes[4096];
    ssize_t got = read(output_fd, bytes, sizeof(bytes));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return NotStarted(absl::StrCat("\n", LastWords(log_path)));
    output.append(bytes, static_cast<size_t>(got));
  }
  for (std::string_view line : absl::StrSplit(output, '\n')) {
    if (absl::StartsWith(line, "grpc ")) grpc_target_ = std::string(line.substr(5));
  }
  if (std::string words = LastWords(log_path); !words.empty()) std::fprintf(stderr, "%s\n", words.c_str());
  return absl::OkStatus();
}

absl::StatusOr<std::string> TemporaryServer::ReadToken() const {
  std::ifstream file(directory_ + "/data/admin.token");
  std::string token;
  if (!(file >> token)) return NotStarted("it has written no admin token");
  return token;
}

TemporaryServer::~TemporaryServer() {
  kill(pid_, SIGTERM);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

}  // namespace overlock
