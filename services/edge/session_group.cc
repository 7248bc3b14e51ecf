#include "services/edge/session_group.h"

#include <poll.h>
#include <sys/socket.h>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/async/event_loops.h"
#include "common/http/address.h"
#include "common/status/status.h"
#include "common/telemetry/log.h"
#include "common/telemetry/trace.h"

namespace overlock::edge {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

constexpr absl::Duration kAcceptPause = absl::Milliseconds(50);

}  // namespace

SessionGroup::SessionGroup(asio::any_io_executor executor, std::shared_ptr<EdgeContext> context)
    : context_(std::move(context)), acceptor_(executor) {}

absl::Status SessionGroup::Listen(const tcp::endpoint& endpoint, bool share_port) {
  ErrorCode error;
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error && share_port) {
    int on = 1;
    if (setsockopt(acceptor_.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) {
      error.assign(errno, boost::system::system_category());
    }
  }
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (!error) return absl::OkStatus();
  return Error(absl::StatusCode::kUnavailable, "LISTEN_FAILED",
               absl::StrCat("edge_listen: cannot listen on ", http::FormatAddress(endpoint), ": ", error.message()));
}

tcp::endpoint SessionGroup::endpoint() const {
  ErrorCode ignored;
  return acceptor_.local_endpoint(ignored);
}

void SessionGroup::Start() {
  Detach(executor(), Accept(shared_from_this()));
  Detach(executor(), Sweep(shared_from_this()));
}

Task<void> SessionGroup::Accept(std::shared_ptr<SessionGroup> group) {
  while (!group->draining_) {
    ErrorCode error;
    tcp::socket socket = co_await group->acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, error));
    if (group->draining_) co_return;
    if (error) {
      // Most likely out of descriptors: trying again at once would only burn the processor.
      log::Warning("cannot accept a connection", {{"error", error.message()}});
      co_await Delay(kAcceptPause);
      continue;
    }
    group->Admit(std::move(socket));
  }
}

void SessionGroup::Admit(tcp::socket socket) {
  std::atomic<int>& connections = context_->metrics.connections();
  if (connections.fetch_add(1) >= context_->options.connections_max) {
    --connections;
    RefuseConnection(std::move(socket));
    return;
  }
  auto session = std::make_shared<Session>(std::move(socket), shared_from_this());
  sessions_.push_back(*session);
  Detach(executor(), Session::Run(std::move(session)));
}

void SessionGroup::RefuseConnection(tcp::socket socket) {
  context_->metrics.CountRefusal(Cause::kConnections);
  HeadOptions options;
  std::string request_id = NewRequestId();
  options.request_id = request_id;
  options.close = true;
  Answer answer = MakeAnswer(TooManyConnections(), context_->options.console_url, request_id);
  std::string bytes;
  AppendHead(answer, options, bytes);
  bytes += answer.body;
  // An empty send buffer takes this at once; a client that cannot be told is closed all the same.
  ErrorCode ignored;
  socket.non_blocking(true, ignored);
  socket.write_some(asio::buffer(bytes), ignored);
  socket.shutdown(tcp::socket::shutdown_send, ignored);
}

Task<void> SessionGroup::Sweep(std::shared_ptr<SessionGroup> group) {
  while (!group->ended_) {
    co_await Delay(group->context_->options.sweep_interval);
    Session::Clock::time_point now = Session::Clock::now();
    for (Session& session : group->sessions_) session.Tick(now);
    group->FindGoneClients();
    group->CheckDrained();
  }
}

void SessionGroup::FindGoneClients() {
  std::vector<pollfd> descriptors;
  std::vector<Session*> running;
  for (Session& session : sessions_) {
    if (!session.running()) continue;
    descriptors.push_back({session.native_handle(), POLLRDHUP, 0});
    running.push_back(&session);
  }
  if (descriptors.empty() || poll(descriptors.data(), descriptors.size(), 0) <= 0) return;
  for (size_t i = 0; i < descriptors.size(); ++i) {
    if (descriptors[i].revents & (POLLRDHUP | POLLHUP | POLLERR)) running[i]->OnClientGone();
  }
}

void SessionGroup::Drain() {
  draining_ = true;
  ErrorCode ignored;
  acceptor_.close(ignored);
  CheckDrained();
}

void SessionGroup::Cut() {
  const auto requests =
      std::count_if(sessions_.begin(), sessions_.end(), [](const Session& each) { return !each.idle(); });
  if (requests > 0)
    log::Warning("cuts requests at the end of the drain", {{"requests", static_cast<int64_t>(requests)}});
  Abort();
}

void SessionGroup::Abort() {
  for (Session& session : sessions_) session.Abort();
}

void SessionGroup::Remove(Session& session) {
  sessions_.erase(sessions_.iterator_to(session));
  --context_->metrics.connections();
  CheckDrained();
}

void SessionGroup::CheckDrained() {
  if (!draining_ || ended_) return;
  if (sessions_.empty()) {
    ended_ = true;
    ended_promise_.set_value();
    return;
  }
  for (const Session& session : sessions_) {
    if (!session.idle()) return;
  }
  Abort();
}

}  // namespace overlock::edge
