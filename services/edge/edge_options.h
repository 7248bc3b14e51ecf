// The edge's settings.
#ifndef OVERLOCK_SERVICES_EDGE_EDGE_OPTIONS_H_
#define OVERLOCK_SERVICES_EDGE_EDGE_OPTIONS_H_

#include <string>

#include "absl/time/time.h"
#include "common/http/network_list.h"

namespace overlock::edge {

// With more hooks a metric would have more label sets than Metrics keeps.
inline constexpr int kMetricsHooksEnd = 500;

struct EdgeOptions {
  // How senders reach this edge (`https://hooks.example.com`), without a path's slash at the end. Empty: what the
  // request's Host header says, over http.
  std::string public_url;
  // What `link` in an error's body begins with; empty: no `link`.
  std::string console_url;
  // Proxies whose `X-Forwarded-For` says where a request came from.
  http::NetworkList trusted_proxies;
  // How long an answer may wait until validation knows that its delivery failed (pipeline.h).
  absl::Duration release_wait_max = absl::Seconds(1);
  // Over all loops. A connection beyond them is told 503 and closed.
  int connections_max = 10'000;
  // Webhooks and endpoints that are measured each for itself: from 0 to kMetricsHooksEnd - 1.
  int metrics_hooks_max = 200;
  // From a request's first byte to the end of its head.
  absl::Duration header_timeout = absl::Seconds(10);
  // Without progress in reading a body or in writing an answer.
  absl::Duration body_timeout = absl::Seconds(30);
  // Between two requests.
  absl::Duration idle_timeout = absl::Seconds(60);
  // What a call to all services may take beyond the application's run-time limit.
  absl::Duration overhead_max = absl::Seconds(5);
  // How often a loop looks for connections that have timed out or whose clients have gone: the precision of both.
  absl::Duration sweep_interval = absl::Milliseconds(100);
};

}  // namespace overlock::edge

#endif  // OVERLOCK_SERVICES_EDGE_EDGE_OPTIONS_H_
