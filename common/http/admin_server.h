// The plain HTTP port that every service has for whoever watches over it.
#ifndef OVERLOCK_COMMON_HTTP_ADMIN_SERVER_H_
#define OVERLOCK_COMMON_HTTP_ADMIN_SERVER_H_

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace overlock::http {

struct AdminResponse {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

// By path, without a query. Handlers run on the server's executor and must not block.
using Routes = std::map<std::string, std::function<AdminResponse()>>;

// Serves GET and HEAD of a few fixed paths over HTTP/1.1: `/metrics`, `/healthz`, `/readyz`. At most 64 connections;
// further ones are closed at once. A request must arrive within 5 seconds, its header in 8 KiB, without a body.
class AdminServer {
 public:
  // Listens on `address` (`host:port`, port 0 picks a free one). `executor` must be that of one loop, which runs on
  // one thread. INVALID_ARGUMENT (`BAD_ADDRESS`); UNAVAILABLE (`LISTEN_FAILED`) if the address cannot be had.
  static absl::StatusOr<std::unique_ptr<AdminServer>> Start(const std::string& address,
                                                            boost::asio::any_io_executor executor, Routes routes);
  // Calls Stop().
  ~AdminServer();

  // The port that is listened on.
  int port() const { return port_; }
  // Stops listening and closes all connections. Any thread; does not wait. What the handlers refer to must live
  // until the loop has run once more, or has ended.
  void Stop();

 private:
  struct State;
  AdminServer(std::shared_ptr<State> state, int port);
  std::shared_ptr<State> state_;
  int port_;
};

}  // namespace overlock::http

#endif  // OVERLOCK_COMMON_HTTP_ADMIN_SERVER_H_
