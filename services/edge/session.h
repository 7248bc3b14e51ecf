// One connection.
#ifndef OVERLOCK_SERVICES_EDGE_SESSION_H_
#define OVERLOCK_SERVICES_EDGE_SESSION_H_

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/intrusive/list_hook.hpp>

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "common/async/task.h"
#include "common/telemetry/span.h"
#include "common/telemetry/trace.h"
#include "services/edge/answer.h"
#include "services/edge/edge_options.h"
#include "services/edge/request.h"
#include "services/edge/request_parser.h"
#include "services/edge/router.h"

namespace overlock::edge {

class SessionGroup;

// Reads requests, one after the other, and writes their answers (HTTP/1.1 with keep-alive and pipelining). Everything
// runs on the loop of its group, so nothing is locked. It owns no timer: the group's sweep tells it the time.
class Session : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  using Clock = std::chrono::steady_clock;

  Session(boost::asio::ip::tcp::socket socket, std::shared_ptr<SessionGroup> group);

  // Serves until the connection ends, and leaves the group.
  static Task<void> Run(std::shared_ptr<Session> session);

  // Called by the group, on the loop.
  // Ends what has waited beyond its time.
  void Tick(Clock::time_point now);
  // Whether no byte of a request has arrived since the last answer.
  bool idle() const { return phase_ == Phase::kIdle; }
  // Whether services are at work on a request: then its client may go away unnoticed.
  bool running() const { return phase_ == Phase::kRunning; }
  int native_handle() { return socket_.native_handle(); }
  // The client has gone away: nobody waits for the answer any more.
  void OnClientGone();
  // Ends the connection now, whatever it is at.
  void Abort();

 private:
  enum class Phase { kIdle, kHead, kBody, kRunning, kWriting, kLingering };
  enum class Read { kDone, kClosed, kFault };
  using Buffers = std::array<boost::asio::const_buffer, 2>;

  Task<void> Serve();
  // kFault: `fault_` says what is wrong with the head, and the connection cannot be used any further.
  Task<Read> ReadHead();
  // The same for the body.
  Task<Read> ReadBody();
  // Reads once. False when the connection ended, or timed out.
  Task<bool> Fill(size_t bytes_max);
  // Feeds what was read to the parser. kDone: `done` holds; nullopt: more bytes are needed.
  std::optional<Read> Parse(bool (RequestParser::*done)() const);
  // From a complete head to the answer; sets `close_` where the connection cannot be used any further.
  Task<Answer> Respond();
  Task<Answer> AskServices(RouteMatch match);
  Task<bool> Write();
  Task<bool> WriteAll(Buffers buffers);
  // Reads the rest of a body that nobody wants, so that the next request can be read. False if it is too large.
  Task<bool> SkipBody();
  // Lets the client read the last answer before the connection is reset.
  Task<void> Linger();

  void BeginRequest();
  void BeginTrace();
  void EndRequest(bool written);
  void Enter(Phase phase, absl::Duration timeout);
  Answer Refuse(const Problem& problem) const;
  // Whether the rest of the body is small enough to be read and forgotten.
  bool CanSkipBody() const;

  const std::shared_ptr<SessionGroup> group_;
  const EdgeOptions& options_;
  boost::asio::ip::tcp::socket socket_;
  boost::beast::flat_buffer buffer_;
  std::string peer_ip_address_;

  Phase phase_ = Phase::kIdle;
  Clock::time_point deadline_;
  bool timed_out_ = false;
  bool closing_ = false;
  bool client_gone_ = false;

  // The request under way.
  std::shared_ptr<Request> request_;
  std::optional<RequestParser> parser_;
  std::optional<Problem> fault_;
  Clock::time_point started_;
  std::string request_id_;
  TraceContext trace_;
  // A part of the request.
  std::string_view tracestate_;
  Span span_;
  std::stop_source stop_{std::nostopstate};
  // Which webhook or endpoint, for the log.
  std::shared_ptr<const AppRoutes> app_;
  const Route* route_ = nullptr;
  Answer answer_;
  std::string head_;
  bool expects_continue_ = false;
  bool close_ = false;
};

}  // namespace overlock::edge

#endif  // OVERLOCK_SERVICES_EDGE_SESSION_H_
