// A server of one's own for the time of one command.
#ifndef OVERLOCK_SERVICES_OVERLOCK_TEMPORARY_SERVER_H_
#define OVERLOCK_SERVICES_OVERLOCK_TEMPORARY_SERVER_H_

#include <sys/types.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace overlock {

// `overlock serve` as a child process, with one application, on ports that the system picks, with an empty data
// directory. It ends, and the directory goes, with this object.
class TemporaryServer {
 public:
  // Returns once it serves. What the application's files have wrong is printed to standard error. FAILED_PRECONDITION
  // (`SERVER_NOT_STARTED`) if the server ended instead, with its last words; DEADLINE_EXCEEDED after 60 s.
  static absl::StatusOr<std::unique_ptr<TemporaryServer>> Start(const std::string& app_dir);
  ~TemporaryServer();
  TemporaryServer(const TemporaryServer&) = delete;
  TemporaryServer& operator=(const TemporaryServer&) = delete;

  // HOST:PORT of every service.
  const std::string& grpc_target() const { return grpc_target_; }
  // Its admin token. FAILED_PRECONDITION (`SERVER_NOT_STARTED`) if it has not written one.
  absl::StatusOr<std::string> ReadToken() const;

 private:
  TemporaryServer(pid_t pid, std::string directory) : pid_(pid), directory_(std::move(directory)) {}
  absl::Status WaitUntilReady(int output_fd, const std::string& log_path);

  const pid_t pid_;
  const std::string directory_;
  std::string grpc_target_;
};

}  // namespace overlock

#endif  // OVERLOCK_SERVICES_OVERLOCK_TEMPORARY_SERVER_H_
