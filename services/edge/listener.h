// The edge's port.
#ifndef OVERLOCK_SERVICES_EDGE_LISTENER_H_
#define OVERLOCK_SERVICES_EDGE_LISTENER_H_

#include <boost/asio/ip/tcp.hpp>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/async/event_loops.h"
#include "services/edge/session_group.h"

namespace overlock::edge {

// Listens on one address with all loops: a socket each on the same port (SO_REUSEPORT), so that a connection never
// changes threads. Used from one thread, none of the loops'.
class Listener {
 public:
  // `address` is `host:port`; port 0 picks a free one. INVALID_ARGUMENT (`BAD_ADDRESS`), UNAVAILABLE
  // (`LISTEN_FAILED`). The loops must run until the listener is destroyed.
  static absl::StatusOr<std::unique_ptr<Listener>> Start(EventLoops& loops, std::shared_ptr<EdgeContext> context,
                                                         const std::string& address);
  // Drains without waiting for requests under way.
  ~Listener();

  int port() const { return endpoint_.port(); }
  // `127.0.0.1:8080`.
  std::string address() const;

  // From now on answers say `Connection: close`; everything else goes on.
  void Retire();
  // Stops accepting, waits until the deadline for requests under way (their answers say `Connection: close`), and
  // ends all connections.
  void Drain(absl::Time deadline);

 private:
  Listener() = default;
  // Whether all groups have ended before the deadline.
  bool WaitUntil(absl::Time deadline);

  std::vector<std::shared_ptr<SessionGroup>> groups_;
  boost::asio::ip::tcp::endpoint endpoint_;
};

}  // namespace overlock::edge

#endif  // OVERLOCK_SERVICES_EDGE_LISTENER_H_
