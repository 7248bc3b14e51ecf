// A MongoDB of a test's own. For tests only.
#ifndef OVERLOCK_COMMON_TESTING_MONGODB_SERVER_H_
#define OVERLOCK_COMMON_TESTING_MONGODB_SERVER_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace overlock {

// A server with a directory of its own, that listens on a socket there: mongod where it is installed, else the FerretDB
// that tests/mongodb/build has built. It ends with the thread that started it. Not thread-safe but for what is const.
class MongodbServer {
 public:
  // A certificate's and its key's PEM files.
  using TlsFiles = std::pair<std::string, std::string>;

  // Starts one and waits until it accepts connections. FAILED_PRECONDITION where there is neither program.
  static absl::StatusOr<std::unique_ptr<MongodbServer>> Create();
  // The same with TLS besides, at tls_address(). Only FerretDB.
  static absl::StatusOr<std::unique_ptr<MongodbServer>> CreateWithTls(const TlsFiles& files);
  // Stops the server and removes the directory.
  ~MongodbServer();
  MongodbServer(const MongodbServer&) = delete;
  MongodbServer& operator=(const MongodbServer&) = delete;

  // The connection string of OVERLOCK_TEST_MONGODB_URI, or of a server that is started when it is first asked for and
  // serves the whole process.
  static absl::StatusOr<std::string> SharedUri();

  // A connection string without credentials.
  std::string uri() const;
  const std::string& socket_path() const { return socket_; }
  // `127.0.0.1:12345`.
  const std::string& tls_address() const { return tls_address_; }

  // Ends it without a word to anyone.
  absl::Status Crash();
  // After Crash(): the same data at the same place.
  absl::Status Start();

 private:
  MongodbServer(std::string program, bool is_mongod) : program_(std::move(program)), is_mongod_(is_mongod) {}
  static absl::StatusOr<std::unique_ptr<MongodbServer>> Make(const TlsFiles& files);

  std::vector<std::string> Arguments() const;
  absl::StatusOr<pid_t> Spawn() const;
  bool AcceptsConnections() const;
  // An error with the end of the log.
  absl::Status Failed(const std::string& what) const;

  const std::string program_;
  const bool is_mongod_;
  TlsFiles tls_files_;
  std::string directory_;
  std::string socket_;
  std::string tls_address_;
  // 0 while it does not run.
  pid_t pid_ = 0;
};

// Why a test that needs a MongoDB is not run; says it on standard error too. Empty, after a failure of the test, where
// OVERLOCK_REQUIRE_MONGODB is set, as in CI.
std::string WhyNoMongodb(const absl::Status& status);

}  // namespace overlock

#endif  // OVERLOCK_COMMON_TESTING_MONGODB_SERVER_H_
