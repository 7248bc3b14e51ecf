#include "services/edge/listener.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "common/http/address.h"
#include "common/status/status.h"
#include "common/telemetry/log.h"

namespace overlock::edge {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// For requests whose services are told to stop: they answer at once, or something is wrong with them.
constexpr absl::Duration kAbortTimeout = absl::Seconds(2);

}  // namespace

absl::StatusOr<std::unique_ptr<Listener>> Listener::Start(EventLoops& loops, std::shared_ptr<EdgeContext> context,
                                                          const std::string& address) {
  OVERLOCK_ASSIGN_OR_RETURN(tcp::endpoint endpoint, http::ParseAddress(address));
  bool share_port = loops.size() > 1;
  if (share_port) {
    // Sockets that share a port do not notice another process that does the same; one that does not share it will.
    asio::io_context probe_loop;
    auto probe = std::make_shared<SessionGroup>(probe_loop.get_executor(), context);
    OVERLOCK_RETURN_IF_ERROR(probe->Listen(endpoint, /*share_port=*/false));
  }
  auto listener = std::unique_ptr<Listener>(new Listener());
  for (int i = 0; i < loops.size(); ++i) {
    auto group = std::make_shared<SessionGroup>(loops.Get(i), context);
    OVERLOCK_RETURN_IF_ERROR(group->Listen(endpoint, share_port));
    // The others listen on the port that the first one got.
    endpoint = group->endpoint();
    listener->groups_.push_back(std::move(group));
  }
  listener->endpoint_ = endpoint;
  for (auto& group : listener->groups_) {
    asio::post(group->executor(), [group] { group->Start(); });
  }
  return listener;
}

Listener::~Listener() { Drain(absl::InfinitePast()); }

std::string Listener::address() const { return http::FormatAddress(endpoint_); }

bool Listener::WaitUntil(absl::Time deadline) {
  return std::all_of(groups_.begin(), groups_.end(), [deadline](const std::shared_ptr<SessionGroup>& group) {
    return group->Ended().wait_until(absl::ToChronoTime(deadline)) == std::future_status::ready;
  });
}

void Listener::Retire() {
  for (auto& group : groups_) {
    asio::post(group->executor(), [group] { group->Retire(); });
  }
}

void Listener::Drain(absl::Time deadline) {
  for (auto& group : groups_) {
    asio::post(group->executor(), [group] { group->Drain(); });
  }
  if (!WaitUntil(std::clamp(deadline, absl::Now(), absl::Now() + absl::Hours(1)))) {
    for (auto& group : groups_) {
      asio::post(group->executor(), [group] { group->Cut(); });
    }
    if (!WaitUntil(absl::Now() + kAbortTimeout)) log::Error("connections did not end in time");
  }
  groups_.clear();
}

}  // namespace overlock::edge
