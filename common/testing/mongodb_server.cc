#include "common/testing/mongodb_server.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/status/status.h"
#include "gtest/gtest.h"

namespace overlock {
namespace {

constexpr absl::Duration kStartTimeMax = absl::Seconds(60);
constexpr size_t kLogBytesShown = 2000;
constexpr char kUriVariable[] = "OVERLOCK_TEST_MONGODB_URI";
constexpr char kRequireVariable[] = "OVERLOCK_REQUIRE_MONGODB";

// Empty if there is none.
std::string FindMongod() {
  const char* path = getenv("PATH");
  for (const std::string& directory : std::vector<std::string>(absl::StrSplit(path == nullptr ? "" : path, ':'))) {
    std::string program = directory + "/mongod";
    if (access(program.c_str(), X_OK) == 0) return program;
  }
  return "";
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

absl::StatusOr<std::unique_ptr<MongodbServer>> MongodbServer::Create() { return Make({}); }

absl::StatusOr<std::unique_ptr<MongodbServer>> MongodbServer::CreateWithTls(const TlsFiles& files) {
  return Make(files);
}

absl::StatusOr<std::unique_ptr<MongodbServer>> MongodbServer::Make(const TlsFiles& files) {
  const std::string mongod = FindMongod();
  const bool is_mongod = !mongod.empty() && files.first.empty();
  const std::string program = is_mongod ? mongod : OVERLOCK_FERRETDB;
  if (access(program.c_str(), X_OK) != 0) {
    return Error(absl::StatusCode::kFailedPrecondition, "MONGODB_MISSING",
                 "there is neither mongod nor FerretDB; run tests/mongodb/build");
  }
  auto server = std::unique_ptr<MongodbServer>(new MongodbServer(program, is_mongod));
  server->tls_files_ = files;
  // Not below TMPDIR: the path of a socket has little room.
  std::string pattern = "/tmp/overlock-mongodb-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) return server->Failed(absl::StrCat("mkdtemp: ", std::strerror(errno)));
  server->directory_ = pattern;
  server->socket_ = pattern + "/mongodb.sock";
  std::filesystem::create_directory(pattern + "/data");
  OVERLOCK_RETURN_IF_ERROR(server->Start());
  return server;
}

MongodbServer::~MongodbServer() {
  Crash().IgnoreError();
  std::error_code ignored;
  if (!directory_.empty()) std::filesystem::remove_all(directory_, ignored);
}

absl::StatusOr<std::string> MongodbServer::SharedUri() {
  if (const char* uri = getenv(kUriVariable); uri != nullptr && *uri != 0) return std::string(uri);
  static absl::StatusOr<std::unique_ptr<MongodbServer>> shared = Create();
  if (!shared.ok()) return shared.status();
  return (*shared)->uri();
}

std::string MongodbServer::uri() const {
  return absl::StrCat("mongodb://", absl::StrReplaceAll(socket_, {{"/", "%2F"}}), "/");
}

std::vector<std::string> MongodbServer::Arguments() const {
  if (is_mongod_) return {"--dbpath", directory_ + "/data", "--bind_ip", socket_, "--wiredTigerCacheSizeGB", "0.25"};
  std::vector<std::string> arguments = {"-directory", directory_};
  if (!tls_files_.first.empty()) {
    arguments.insert(arguments.end(), {"-certificate", tls_files_.first, "-key", tls_files_.second});
  }
  return arguments;
}

absl::Status MongodbServer::Start() {
  OVERLOCK_ASSIGN_OR_RETURN(pid_, Spawn());
  const absl::Time deadline = absl::Now() + kStartTimeMax;
  while (absl::Now() < deadline) {
    int ignored = 0;
    if (waitpid(pid_, &ignored, WNOHANG) == pid_) {
      pid_ = 0;
      return Failed("the server ended");
    }
    tls_address_ = ReadFile(directory_ + "/tls-address");
    if (AcceptsConnections() && tls_files_.first.empty() == tls_address_.empty()) return absl::OkStatus();
    // There is nothing to wait on.
    poll(nullptr, 0, 5);
  }
  return Failed("the server does not accept connections in time");
}

absl::Status MongodbServer::Crash() {
  if (pid_ == 0) return absl::OkStatus();
  const pid_t pid = std::exchange(pid_, 0);
  int ignored = 0;
  if (kill(pid, SIGKILL) != 0 || waitpid(pid, &ignored, 0) != pid) return Failed("the server cannot be ended");
  return absl::OkStatus();
}

bool MongodbServer::AcceptsConnections() const {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  socket_.copy(address.sun_path, sizeof(address.sun_path) - 1);
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool accepted = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  close(fd);
  return accepted;
}

absl::StatusOr<pid_t> MongodbServer::Spawn() const {
  // Made before the fork: after it only what is safe in a signal handler may be called.
  const std::vector<std::string> arguments = Arguments();
  const std::string log = directory_ + "/log";
  std::vector<char*> argv = {const_cast<char*>(program_.c_str())};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) return Failed(absl::StrCat("fork: ", std::strerror(errno)));
  if (pid > 0) return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(125);
  const int output = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  const int input = open("/dev/null", O_RDONLY);
  if (output < 0 || input < 0 || chdir(directory_.c_str()) != 0) _exit(124);
  dup2(input, 0);
  dup2(output, 1);
  dup2(output, 2);
  execv(program_.c_str(), argv.data());
  _exit(127);
}

absl::Status MongodbServer::Failed(const std::string& what) const {
  std::string log = ReadFile(directory_ + "/log");
  if (log.size() > kLogBytesShown) log = log.substr(log.size() - kLogBytesShown);
  return Error(absl::StatusCode::kInternal, "MONGODB_FAILED", absl::StrCat("MongoDB: ", what, "\n", log));
}

std::string WhyNoMongodb(const absl::Status& status) {
  if (getenv(kRequireVariable) != nullptr || status.code() != absl::StatusCode::kFailedPrecondition) {
    ADD_FAILURE() << status;
    return "";
  }
  std::string why = absl::StrCat("SKIPPED: no MongoDB: ", status.message());
  std::cerr << why << std::endl;
  return why;
}

}  // namespace overlock
