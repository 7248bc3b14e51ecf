// A gRPC server with what every service of ours has: health, reflection, limits, credentials, drain.
#ifndef OVERLOCK_COMMON_RPC_SERVER_RUNNER_H_
#define OVERLOCK_COMMON_RPC_SERVER_RUNNER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/rpc/credentials.h"
#include "common/rpc/served_service.h"

namespace grpc {
class Channel;
class Server;
class Service;
}  // namespace grpc

namespace overlock {
class Metrics;
}

namespace overlock::rpc {

class CallStreamServer;

struct ServerOptions {
  // How old a connection grows, give or take a tenth: then its client connects anew, and looks for servers that have
  // come. Calls under way end on the old one.
  absl::Duration connection_age = absl::Seconds(5);
};

class ServerRunner {
 public:
  // Listens on `address` (`host:port`, port 0 picks a free one) and serves; health says NOT_SERVING until
  // SetServing(true). Over TLS every call is held to the tables of callers (CallerCheck); they must be complete with
  // and without it (`CALLERS_UNSPECIFIED`), and are counted (CallCounters). Services and metrics must outlive the
  // runner.
  static absl::StatusOr<std::unique_ptr<ServerRunner>> Start(const std::string& address, const TlsOptions& tls,
                                                             const std::vector<ServedService>& services,
                                                             Metrics& metrics, const ServerOptions& options = {});
  // For tests: no port at all and no call streams; InProcessChannel() reaches it.
  static std::unique_ptr<ServerRunner> StartInProcess(const std::vector<grpc::Service*>& services);
  ~ServerRunner();

  void SetServing(bool serving);
  // The port that is listened on.
  int port() const { return port_; }
  std::shared_ptr<grpc::Channel> InProcessChannel();
  // Health NOT_SERVING, call streams end, no new calls, waits for those under way until the deadline, then cancels them
  // and logs how many.
  void Shutdown(absl::Time deadline);

 private:
  ServerRunner(std::unique_ptr<grpc::Server> server, std::unique_ptr<CallStreamServer> streams, int port);

  // Null in process.
  const std::unique_ptr<CallStreamServer> streams_;
  std::unique_ptr<grpc::Server> server_;
  int port_;
};

}  // namespace overlock::rpc

#endif  // OVERLOCK_COMMON_RPC_SERVER_RUNNER_H_
