// A PostgreSQL server of a test's own. For tests only.
#ifndef OVERLOCK_COMMON_TESTING_POSTGRES_SERVER_H_
#define OVERLOCK_COMMON_TESTING_POSTGRES_SERVER_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace overlock {

// A cluster in a directory of its own, from Debian's package, that listens on a socket there and nowhere else. Nothing
// survives a crash of the machine: nothing is written to disk for good. As root it runs as `postgres` or `nobody`,
// since PostgreSQL refuses root. It ends with the thread that started it. Not thread-safe but for url().
class PostgresServer {
 public:
  // Makes the cluster, starts the server and waits until it accepts connections. FAILED_PRECONDITION where
  // PostgreSQL is not installed.
  static absl::StatusOr<std::unique_ptr<PostgresServer>> Create();
  // Stops the server and removes the directory.
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  // One for the whole process, made when it is first asked for.
  static absl::StatusOr<PostgresServer*> Shared();

  // A connection URI.
  std::string url(const std::string& database = "postgres") const;
  // Makes an empty database and returns its URL.
  absl::StatusOr<std::string> CreateDatabase();

  // Connections are cut with SQLSTATE 57P01.
  absl::Status Stop();
  // Connections are cut without a word, and the server recovers when it is started.
  absl::Status Crash();
  // After Stop() or Crash(): the same databases at the same place.
  absl::Status Start();

 private:
  explicit PostgresServer(std::string programs) : programs_(std::move(programs)) {}

  absl::Status MakeCluster();
  absl::Status WaitUntilReady();
  // Starts a program of PostgreSQL as the user, its output to the log.
  absl::StatusOr<pid_t> Spawn(const std::string& program, const std::vector<std::string>& arguments) const;
  absl::Status SignalAndWait(int signal);
  // An error with the end of the log.
  absl::Status Failed(const std::string& what) const;

  // Where initdb and postgres are.
  const std::string programs_;
  std::string directory_;
  // Whom it runs as; 0: as we do.
  uid_t user_ = 0;
  gid_t group_ = 0;
  // 0 while it does not run.
  pid_t pid_ = 0;
  int databases_ = 0;
};

}  // namespace overlock

#endif  // OVERLOCK_COMMON_TESTING_POSTGRES_SERVER_H_
