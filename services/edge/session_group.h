// The connections of one event loop.
#ifndef OVERLOCK_SERVICES_EDGE_SESSION_GROUP_H_
#define OVERLOCK_SERVICES_EDGE_SESSION_GROUP_H_

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/intrusive/list.hpp>

#include <future>
#include <memory>

#include "absl/status/status.h"
#include "common/async/task.h"
#include "services/edge/edge_metrics.h"
#include "services/edge/edge_options.h"
#include "services/edge/pipeline.h"
#include "services/edge/session.h"

namespace overlock::edge {

// What all connections share. `router`, `metrics` and the services must outlive every request.
struct EdgeContext {
  EdgeContext(EdgeOptions options, const Router& router, Services services, Metrics& metrics)
      : options(std::move(options)),
        metrics(metrics, this->options.metrics_hooks_max),
        pipeline(router, services, this->options) {}
  EdgeContext(const EdgeContext&) = delete;
  EdgeContext& operator=(const EdgeContext&) = delete;

  const EdgeOptions options;
  EdgeMetrics metrics;
  const Pipeline pipeline;
};

// Accepts connections on its own socket and keeps watch over them. Runs on one loop; only Ended() may be called from
// elsewhere.
class SessionGroup : public std::enable_shared_from_this<SessionGroup> {
 public:
  SessionGroup(boost::asio::any_io_executor executor, std::shared_ptr<EdgeContext> context);

  // Binds and listens. `share_port`: other groups listen on the same port, and the kernel spreads connections.
  // UNAVAILABLE (`LISTEN_FAILED`) if the address cannot be had. Call before Start().
  absl::Status Listen(const boost::asio::ip::tcp::endpoint& endpoint, bool share_port);
  boost::asio::ip::tcp::endpoint endpoint() const;
  boost::asio::any_io_executor executor() { return acceptor_.get_executor(); }

  // Begins to accept and to watch.
  void Start();
  // Answers end their connections from now on.
  void Retire() { retired_ = true; }
  // Accepts no more; ends idle connections once no request is under way any more.
  void Drain();
  // Ends all connections, whatever they are at, and logs how many requests that cut.
  void Cut();
  // Ready when the group drains and its last connection has ended.
  std::shared_future<void> Ended() const { return ended_future_; }

  // For sessions.
  EdgeContext& context() { return *context_; }
  // Whether an answer is its connection's last.
  bool closing() const { return retired_ || draining_; }
  void Remove(Session& session);

 private:
  using Sessions = boost::intrusive::list<Session, boost::intrusive::constant_time_size<false>>;

  static Task<void> Accept(std::shared_ptr<SessionGroup> group);
  static Task<void> Sweep(std::shared_ptr<SessionGroup> group);
  void Admit(boost::asio::ip::tcp::socket socket);
  void RefuseConnection(boost::asio::ip::tcp::socket socket);
  // Tells sessions with work under way when their clients have gone.
  void FindGoneClients();
  void CheckDrained();
  void Abort();

  const std::shared_ptr<EdgeContext> context_;
  boost::asio::ip::tcp::acceptor acceptor_;
  Sessions sessions_;
  bool retired_ = false;
  bool draining_ = false;
  bool ended_ = false;
  std::promise<void> ended_promise_;
  const std::shared_future<void> ended_future_ = ended_promise_.get_future().share();
};

}  // namespace overlock::edge

#endif  // OVERLOCK_SERVICES_EDGE_SESSION_GROUP_H_
