#include "common/testing/postgres_server.h"

#include <fcntl.h>
#include <grp.h>
#include <libpq-fe.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/status/status.h"

namespace overlock {
namespace {

constexpr char kVersions[] = "/usr/lib/postgresql";
constexpr absl::Duration kStartTimeMax = absl::Seconds(60);
constexpr absl::Duration kStopTimeMax = absl::Seconds(30);
constexpr size_t kLogBytesShown = 2000;

// The directory with the programs of the newest version; empty if there is none.
std::string FindPrograms() {
  std::string found;
  int newest = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(kVersions, error)) {
    int version = 0;
    std::string programs = entry.path() / "bin";
    if (absl::SimpleAtoi(entry.path().filename().string(), &version) && version > newest &&
        access((programs + "/postgres").c_str(), X_OK) == 0 && access((programs + "/initdb").c_str(), X_OK) == 0) {
      newest = version;
      found = programs;
    }
  }
  return found;
}

// Asks every few milliseconds, as there is nothing to wait on, until `condition` holds; false after `time_max`.
template <class Condition>
bool WaitFor(absl::Duration time_max, const Condition& condition) {
  const absl::Time deadline = absl::Now() + time_max;
  while (!condition()) {
    if (absl::Now() > deadline) return false;
    poll(nullptr, 0, 5);
  }
  return true;
}

bool HasEnded(pid_t pid, int* code) { return waitpid(pid, code, WNOHANG) == pid; }

}  // namespace

absl::StatusOr<std::unique_ptr<PostgresServer>> PostgresServer::Create() {
  std::string programs = FindPrograms();
  if (programs.empty()) {
    return Error(absl::StatusCode::kFailedPrecondition, "POSTGRES_MISSING",
                 absl::StrCat("there is no PostgreSQL under ", kVersions, "; deploy/setup installs it"));
  }
  std::unique_ptr<PostgresServer> server(new PostgresServer(std::move(programs)));
  OVERLOCK_RETURN_IF_ERROR(server->MakeCluster());
  OVERLOCK_RETURN_IF_ERROR(server->Start());
  return server;
}

absl::StatusOr<PostgresServer*> PostgresServer::Shared() {
  static const absl::StatusOr<std::unique_ptr<PostgresServer>> shared = Create();
  if (!shared.ok()) return shared.status();
  return shared->get();
}

PostgresServer::~PostgresServer() {
  SignalAndWait(SIGQUIT).IgnoreError();
  std::error_code error;
  if (!directory_.empty()) std::filesystem::remove_all(directory_, error);
}

std::string PostgresServer::url(const std::string& database) const {
  return absl::StrCat("postgresql://overlock@/", database, "?host=", directory_);
}

absl::StatusOr<std::string> PostgresServer::CreateDatabase() {
  std::string name = absl::StrCat("test", ++databases_);
  std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(url().c_str()), &PQfinish);
  std::unique_ptr<PGresult, decltype(&PQclear)> result(
      PQexec(connection.get(), absl::StrCat("CREATE DATABASE ", name).c_str()), &PQclear);
  if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) return Failed(PQerrorMessage(connection.get()));
  return url(name);
}

absl::Status PostgresServer::MakeCluster() {
  // Not below TMPDIR: the path of a socket has little room.
  std::string pattern = "/tmp/overlock-postgres-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) return Failed(absl::StrCat("mkdtemp: ", std::strerror(errno)));
  directory_ = pattern;
  if (geteuid() == 0) {
    const passwd* user = getpwnam("postgres");
    if (user == nullptr) user = getpwnam("nobody");
    if (user == nullptr) return Failed("there is neither a user postgres nor nobody to run it as");
    user_ = user->pw_uid;
    group_ = user->pw_gid;
    if (chown(directory_.c_str(), user_, group_) != 0) return Failed(absl::StrCat("chown: ", std::strerror(errno)));
  }
  OVERLOCK_ASSIGN_OR_RETURN(
      pid_t pid, Spawn("initdb", {"--pgdata", directory_ + "/data", "--no-sync", "--no-instructions", "--auth=trust",
                                  "--username=overlock", "--encoding=UTF8", "--locale=C"}));
  int code = 0;
  if (!WaitFor(kStartTimeMax, [&] { return HasEnded(pid, &code); })) {
    kill(pid, SIGKILL);
    waitpid(pid, &code, 0);
  }
  return code == 0 ? absl::OkStatus() : Failed("initdb failed");
}

absl::Status PostgresServer::Start() {
  std::vector<std::string> arguments = {"-D", directory_ + "/data", "-F"};
  for (const char* setting :
       {"listen_addresses=", "full_page_writes=off", "autovacuum=off", "max_connections=50", "shared_buffers=16MB",
        "max_wal_senders=0", "wal_level=minimal", "deadlock_timeout=20ms"}) {
    arguments.insert(arguments.end(), {"-c", setting});
  }
  arguments.insert(arguments.end(), {"-c", "unix_socket_directories=" + directory_});
  OVERLOCK_ASSIGN_OR_RETURN(pid_, Spawn("postgres", arguments));
  return WaitUntilReady();
}

absl::Status PostgresServer::WaitUntilReady() {
  bool ended = false;
  int code = 0;
  bool ready = WaitFor(kStartTimeMax, [&] {
    ended = HasEnded(pid_, &code);
    return ended || PQping(url().c_str()) == PQPING_OK;
  });
  if (ended) pid_ = 0;
  if (ready && !ended) return absl::OkStatus();
  return Failed(ended ? "postgres ended" : "postgres does not accept connections in time");
}

absl::Status PostgresServer::Stop() { return SignalAndWait(SIGINT); }
absl::Status PostgresServer::Crash() { return SignalAndWait(SIGQUIT); }

absl::Status PostgresServer::SignalAndWait(int signal) {
  if (pid_ == 0) return absl::OkStatus();
  const pid_t pid = std::exchange(pid_, 0);
  kill(pid, signal);
  int code = 0;
  if (WaitFor(kStopTimeMax, [&] { return HasEnded(pid, &code); })) return absl::OkStatus();
  kill(pid, SIGKILL);
  waitpid(pid, &code, 0);
  return Failed("postgres did not end in time");
}

absl::StatusOr<pid_t> PostgresServer::Spawn(const std::string& program,
                                            const std::vector<std::string>& arguments) const {
  // Made before the fork: after it only what is safe in a signal handler may be called.
  const std::string path = programs_ + "/" + program;
  const std::string log = directory_ + "/log";
  std::vector<char*> argv = {const_cast<char*>(path.c_str())};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) return Failed(absl::StrCat("fork: ", std::strerror(errno)));
  if (pid > 0) return pid;
  if (user_ != 0 && (setgroups(0, nullptr) != 0 || setgid(group_) != 0 || setuid(user_) != 0)) _exit(126);
  // After the change of user, which forgets it. SIGQUIT ends all of PostgreSQL at once.
  prctl(PR_SET_PDEATHSIG, SIGQUIT);
  if (getppid() != parent) _exit(125);
  const int output = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  const int input = open("/dev/null", O_RDONLY);
  if (output < 0 || input < 0 || chdir(directory_.c_str()) != 0) _exit(124);
  dup2(input, 0);
  dup2(output, 1);
  dup2(output, 2);
  execv(path.c_str(), argv.data());
  _exit(127);
}

absl::Status PostgresServer::Failed(const std::string& what) const {
  std::ifstream file(directory_ + "/log");
  std::string log((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (log.size() > kLogBytesShown) log = log.substr(log.size() - kLogBytesShown);
  return Error(absl::StatusCode::kInternal, "POSTGRES_FAILED", absl::StrCat("PostgreSQL: ", what, "\n", log));
}

}  // namespace overlock
